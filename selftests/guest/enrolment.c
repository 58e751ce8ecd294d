// SPDX-License-Identifier: GPL-2.0-or-later
/* A real guest whose types are others while they are read, and as enrolled later on. */
#include <fcntl.h>
#include <unistd.h>

#include "base/macros.h"
#include "guest/trust.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

static enum guest_finding_kind kinds[2];
static size_t found;

static int note(const struct guest_finding *finding, void *data)
{
	printf("# kind %d at 0x%llx\n", finding->kind, (unsigned long long)finding->address);
	if (found < ARRAY_SIZE(kinds))
		kinds[found] = finding->kind;
	found++;
	return 0;
}

static size_t compare(const struct enrolment *known)
{
	struct guest_doubts doubts = { 0 };
	struct error err = { 0 };

	found = 0;
	ASSERT(guest_compare(view_guest, known, note, NULL, &doubts, &err) == 0);
	return found;
}

/* Of the last name of all, where its physical address is the place in the file of its memory. */
static uint64_t place_of_types(void)
{
	const struct kernel *kernel = guest_kernel(view_guest);
	struct space_page page;
	uint64_t end;

	ASSERT(kernel_symbol(kernel, "__stop_BTF", &end, NULL) == 0);
	ASSERT(space_translate(kernel->space, end - 2, &page) == 0);
	return page.address;
}

static void add(uint64_t place, int what)
{
	char path[600], byte;
	int fd;

	vm_path(path, sizeof(path), "memory");
	fd = open(path, O_RDWR);
	ASSERT(fd >= 0 && pread(fd, &byte, 1, (off_t)place) == 1);
	byte = (char)(byte + what);
	ASSERT(pwrite(fd, &byte, 1, (off_t)place) == 1);
	close(fd);
}

TEST(types_that_were_read_are_held_against_the_enrolment)
{
	struct enrolment *known;
	uint64_t place;

	vm_start(VIEWED);
	view_open();
	ASSERT(guest_enrol(view_guest, &known, NULL) == 0);
	EXPECT_U64(compare(known), 0);
	place = place_of_types();
	/* As they are now; and the page of constants that they are in. */
	add(place, 1);
	EXPECT_U64(compare(known), 2);
	EXPECT_INT(kinds[0], GUEST_TYPES_CHANGED);
	view_close();
	/* As they were when they were read. */
	view_open();
	add(place, -1);
	EXPECT_U64(compare(known), 1);
	EXPECT_INT(kinds[0], GUEST_TYPES_CHANGED);
	view_close();
	view_open();
	EXPECT_U64(compare(known), 0);
	view_close();
	enrolment_free(known);
}
