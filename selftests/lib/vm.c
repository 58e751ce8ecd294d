// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "vm.h"

/* Exit status of a lab that has not got what it takes on this machine. */
#define LAB_CANNOT	77
#define OPTIONS_MAX	16

#define FOLDER_ROOM	512

static char name[40];
static char own_folder[FOLDER_ROOM];
/* Empty while there is no guest; shared by all tests' processes where the guest is. */
static char *folder = own_folder;
/* The process that ends it. */
static pid_t owner;

/* What it prints goes to a file. Return: its exit status. */
static int lab(const char *output, char *const *argv)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd < 0)
			_exit(126);
		dup2(fd, 1);
		execv(LAB, argv);
		_exit(127);
	}
	ASSERT(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void stop(void)
{
	if (getpid() == owner && folder[0])
		lab("/dev/null", (char *[]){ "lab", "guest", "stop", name, NULL });
}

static void read_folder(int fd)
{
	FILE *file = fdopen(fd, "r");

	ASSERT(file && fgets(folder, FOLDER_ROOM, file));
	folder[strcspn(folder, "\n")] = '\0';
	fclose(file);
}

static void become_owner(void)
{
	owner = getpid();
	snprintf(name, sizeof(name), "view-%d", owner);
	atexit(stop);
}

void vm_share(void)
{
	folder = mmap(NULL, FOLDER_ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (folder == MAP_FAILED)
		exit(KTAP_EXIT_FAIL);
	become_owner();
}

void vm_start(const char *const *options)
{
	char *argv[OPTIONS_MAX + 5] = { "lab", "guest", "start", name };
	char output[] = "/tmp/test-vm.XXXXXX";
	int status, fd;
	size_t i;

	if (folder[0])
		return;
	if (access("/usr/bin/qemu-system-x86_64", X_OK) < 0)
		SKIP("no qemu-system-x86_64");
	if (!owner)
		become_owner();
	fd = mkstemp(output);
	for (i = 0; options[i]; i++) {
		ASSERT(i < OPTIONS_MAX);
		argv[4 + i] = (char *)options[i];
	}
	status = lab(output, argv);
	unlink(output);
	if (status == LAB_CANNOT)
		SKIP("no kernel for a guest");
	ASSERT(status == 0 && fd >= 0);
	read_folder(fd);
}

void vm_path(char *ret, size_t room, const char *file)
{
	snprintf(ret, room, "%s/%s", folder, file);
}

void vm_run(const char *output, const char *command)
{
	char *const argv[] = { "lab", "guest", "exec", name, "--", "sh", "-c", (char *)command,
			       NULL };

	ASSERT(lab(output, argv) == 0);
}
