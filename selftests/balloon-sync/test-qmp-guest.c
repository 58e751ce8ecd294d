// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real guest in a real QEMU gives memory and gets it back, as the hypervisor,
 * the file that its RAM is in, and its own kernel see it; then its QEMU dies.
 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/u64.h"
#include "ktap.h"
#include "real-guest.h"

static char name[32];
static char folder[512];

static int lab(char *ret, size_t room, char *const *argv)
{
	return real_guest_run(ret, room, LAB, argv);
}

static void stop_guest(void)
{
	char out[256];

	lab(out, sizeof(out), (char *[]){ "lab", "guest", "stop", name, NULL });
}

static void start_guest(void)
{
	char *const start[] = { "lab", "guest", "start", name, "--memory", "256",
				"--memory-in", "/dev/shm", NULL };
	int status;

	if (access("/usr/bin/qemu-system-x86_64", X_OK) < 0)
		SKIP("no qemu-system-x86_64");
	snprintf(name, sizeof(name), "qmp-%d", getpid());
	status = lab(folder, sizeof(folder), start);
	if (status == REAL_GUEST_LAB_CANNOT)
		SKIP("no kernel for a guest");
	atexit(stop_guest);
	ASSERT(status == 0);
}

static void in_guest(char *ret, size_t room, const char *command)
{
	char sh[512];
	char *const argv[] = { "lab", "guest", "exec", name, "--", "sh", "-c", sh, NULL };

	snprintf(sh, sizeof(sh), "%s", command);
	ASSERT(lab(ret, room, argv) == 0);
}

/* What the file in memory that is the guest's RAM takes. */
static uint64_t file_kb(void)
{
	char path[600];
	struct stat st;

	snprintf(path, sizeof(path), "%s/memory", folder);
	ASSERT(stat(path, &st) == 0);
	return (uint64_t)st.st_blocks / 2;
}

/* The guest goes on while they are read. */
static bool is_resident(uint64_t resident_kb)
{
	return u64_abs_diff(resident_kb, file_kb()) <= 4 * 1024;
}

static void kill_guest(const struct hv_domain *domain)
{
	ASSERT(kill((pid_t)domain->id, SIGKILL) == 0);
}

/* The process, by the lab's own word. */
static void check_pid(const struct hv_domain *domain)
{
	char path[600];
	uint64_t pid = 0;

	snprintf(path, sizeof(path), "%s/pid", folder);
	EXPECT_INT(file_read_u64(path, &pid, NULL), 0);
	EXPECT_U64(domain->id, pid);
}

TEST(gives_and_gets_back_and_dies)
{
	struct real_guest guest = {
		.name = "g",
		.command = in_guest,
		.backing_kb = file_kb,
		.is_resident = is_resident,
		.end = kill_guest,
	};
	struct hv_domain domain;
	struct error err;
	char path[600];

	start_guest();
	snprintf(path, sizeof(path), "%s/qmp", folder);
	ASSERT(hv_qmp_create(&guest.hv, &err) == 0);
	ASSERT(hv_qmp_add(guest.hv, guest.name, path, &err) == 0);
	ASSERT(hv_find(guest.hv, guest.name, &domain, &err) == 0);
	check_pid(&domain);
	real_guest_gives_gets_back_and_dies(&guest);
	hv_destroy(guest.hv);
}

KTAP_MAIN()
