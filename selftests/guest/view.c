// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/file.h"
#include "ktap.h"
#include "mem/qemu.h"
#include "view.h"
#include "vm.h"

struct guest *view_guest;
char view_disk[] = "/tmp/view-disk.XXXXXX";
static struct mem *mem;

#define DISK_BYTES	(160ll << 20)
#define ANSWER_MAX	(64u << 20)

void view_open(void)
{
	struct error err = { 0 };
	char path[600];

	vm_path(path, sizeof(path), "qmp");
	if (mem_open_qmp(&mem, "guest", path, &err) < 0 ||
	    guest_open(&view_guest, mem, &err) < 0) {
		printf("# %s\n", err.text);
		ASSERT(!"opened");
	}
}

void view_close(void)
{
	guest_close(view_guest);
	mem_destroy(mem);
}

char *view_ask(const char *command, size_t *size)
{
	char path[600], *answer = NULL;

	vm_path(path, sizeof(path), "answer");
	vm_run(path, command);
	ASSERT(file_read(path, ANSWER_MAX, &answer, size, NULL) == 0);
	return answer;
}

void view_physical(uint64_t address, void *buf, size_t len)
{
	ASSERT(mem_read(mem, address, buf, len) == 0);
}

static void make_disk(void)
{
	char command[150];
	int fd = mkstemp(view_disk);

	if (fd < 0 || ftruncate(fd, DISK_BYTES) < 0)
		exit(KTAP_EXIT_FAIL);
	close(fd);
	snprintf(command, sizeof(command), "/sbin/mkfs.ext4 -q -b 1024 -U " VIEW_UUID " %s",
		 view_disk);
	if (system(command) != 0)
		exit(KTAP_EXIT_FAIL);
}

int main(int argc, char **argv)
{
	int r;

	vm_share();
	make_disk();
	r = ktap_main(argc, argv);
	unlink(view_disk);
	return r;
}
