// SPDX-License-Identifier: GPL-2.0-or-later
/* filecache top on a terminal, with the module, in the plain lab. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "ktap.h"
#include "vt52.h"

#define DIR "/var/tmp/filecache-top"
#define FILE_BYTES (24 << 20)

static struct vt52 vt;

static void start(size_t columns, size_t lines, char **more)
{
	static char *argv[16] = { "filecache", "top", "--delay", "0.2" };
	size_t i;

	if (access("/sys/module/filecache", F_OK) != 0)
		SKIP("the module is not loaded");
	for (i = 0; more && more[i]; i++)
		argv[4 + i] = more[i];
	ASSERT(vt52_start(&vt, columns, lines, argv) == 0);
	ASSERT(vt52_wait(&vt, "filecache", true));
	ASSERT(vt52_wait(&vt, "quit", true) || columns < 40);
}

static void quit(void)
{
	vt52_type(&vt, "q");
	EXPECT_INT(vt52_end(&vt), 0);
	EXPECT_INT(vt.bad, 0);
}

/* A program of that name reads a new file and lives on, or ends. */
static pid_t reader(const char *name, bool lives)
{
	char script[600];
	pid_t pid;

	snprintf(script, sizeof(script),
		 "mkdir -p " DIR " && cd " DIR " && cp $(command -v cat) %s &&"
		 " dd if=/dev/zero of=%s.data bs=1M count=%d conv=fsync 2>/dev/null &&"
		 " echo 3 >/proc/sys/vm/drop_caches &&"
		 " %s./%s %s.data %s >/dev/null", name, name, FILE_BYTES >> 20,
		 lives ? "exec " : "", name, name, lives ? "-" : "");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int fds[2];

		/* It reads on from a pipe into which nobody writes. */
		if (pipe(fds) < 0 || dup2(fds[0], 0) < 0)
			_exit(1);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(1);
	}
	ASSERT(pid > 0);
	if (!lives)
		ASSERT(waitpid(pid, NULL, 0) == pid);
	return pid;
}

TEST(the_module_loads)
{
	EXPECT_INT(system("modprobe filecache"), 0);
}

TEST(rows_come_and_say_who)
{
	const char *line;
	pid_t pid;

	start(80, 24, NULL);
	EXPECT(vt52_line(&vt, "PROGRAM"));
	EXPECT(vt52_wait(&vt, "(before load)", true));
	pid = reader("toplives", true);
	EXPECT(vt52_wait(&vt, "toplives", true));
	EXPECT(vt52_wait(&vt, "24.", true));
	line = vt52_line(&vt, "toplives");
	EXPECT_HAS(line, "root");
	EXPECT_HAS(line, "live");
	/* When it ends it stays, marked. */
	kill(pid, SIGTERM);
	ASSERT(waitpid(pid, NULL, 0) == pid);
	EXPECT(vt52_wait(&vt, "DEAD", true));
	quit();
}

TEST(keys_sort_group_filter_and_hide)
{
	reader("topends", false);
	start(80, 24, NULL);
	EXPECT(vt52_wait(&vt, "topends", true));

	vt52_type(&vt, "d");
	EXPECT(vt52_wait(&vt, "topends", false));
	vt52_type(&vt, "d");
	EXPECT(vt52_wait(&vt, "topends", true));

	vt52_type(&vt, "gg");
	EXPECT(vt52_wait(&vt, "by program", true));
	EXPECT(vt52_wait(&vt, "OWNERS", true));
	vt52_type(&vt, "g");
	EXPECT(vt52_wait(&vt, "by user", true));
	EXPECT(vt52_wait(&vt, "topends", false));
	vt52_type(&vt, "g");
	EXPECT(vt52_wait(&vt, "CGROUP", true));
	vt52_type(&vt, "g");
	EXPECT(vt52_wait(&vt, "by parent", true));
	vt52_type(&vt, "g");
	EXPECT(vt52_wait(&vt, "by owner", true));

	vt52_type(&vt, "/TOPEN");
	EXPECT(vt52_wait(&vt, "only: TOPEN", true));
	EXPECT(vt52_wait(&vt, "(before load)", false));
	EXPECT(vt52_line(&vt, "topends"));
	vt52_type(&vt, "\n");
	EXPECT(vt52_wait(&vt, "only 'TOPEN'", true));
	vt52_type(&vt, "/\177\177x\033");
	EXPECT(vt52_wait(&vt, "only 'TOPEN'", true));
	vt52_type(&vt, "\033");
	EXPECT(vt52_wait(&vt, "(before load)", true));

	vt52_type(&vt, ">");
	EXPECT(vt52_wait(&vt, "add first", true));
	vt52_type(&vt, "e");
	EXPECT(vt52_wait(&vt, "evict first", true));
	vt52_type(&vt, "r");
	EXPECT(vt52_wait(&vt, "evict backwards", true));
	vt52_type(&vt, "rn");
	EXPECT(vt52_wait(&vt, "program first", true));
	quit();
}

TEST(help_pause_and_pace)
{
	start(80, 24, NULL);
	vt52_type(&vt, "h");
	EXPECT(vt52_wait(&vt, "any key goes back", true));
	EXPECT(!vt52_line(&vt, "PROGRAM"));
	vt52_type(&vt, "x");
	EXPECT(vt52_wait(&vt, "PROGRAM", true));
	EXPECT(vt52_wait(&vt, "every 0.2 s", true));
	vt52_type(&vt, "-");
	EXPECT(vt52_wait(&vt, "every 0.4 s", true));
	vt52_type(&vt, "p");
	EXPECT(vt52_wait(&vt, "paused", true));
	vt52_type(&vt, "p");
	EXPECT(vt52_wait(&vt, "every 0.4 s", true));
	quit();
}

TEST(a_row_has_files)
{
	reader("topfiles", false);
	start(80, 24, (char *[]){ "--filter", "topfiles", NULL });
	EXPECT(vt52_wait(&vt, "topfiles", true));
	vt52_type(&vt, "\n");
	EXPECT(vt52_wait(&vt, "choose a row", true));
	/* Down, as a VT52 says it, to the first row. */
	vt52_type(&vt, "\033B\n");
	EXPECT(vt52_wait(&vt, "Files of topfiles", true));
	EXPECT(vt52_wait(&vt, DIR "/topfiles.data", true));
	vt52_type(&vt, "q");
	EXPECT(vt52_wait(&vt, "PROGRAM", true));
	quit();
}

TEST(any_size_will_do_and_may_change)
{
	start(40, 10, NULL);
	EXPECT(vt52_wait(&vt, "PROGRAM", true));
	EXPECT(!vt52_line(&vt, "OWNER"));
	vt52_resize(&vt, 120, 40);
	EXPECT(vt52_wait(&vt, "OWNER", true));
	EXPECT(vt52_wait(&vt, "h help", true));
	vt52_resize(&vt, 12, 3);
	EXPECT(vt52_wait(&vt, "h help", false));
	vt52_resize(&vt, 80, 24);
	EXPECT(vt52_wait(&vt, "h help", true));
	quit();
}

TEST(it_ends_when_the_terminal_goes)
{
	int status = 0;

	start(80, 24, NULL);
	/* As a window that is closed, to one that nobody else waits for. */
	close(vt.fd);
	ASSERT(waitpid(vt.child, &status, 0) == vt.child);
	EXPECT(!WIFEXITED(status) || WEXITSTATUS(status) == 0);
}

TEST(it_ends_after_so_many_looks)
{
	char *argv[8] = { "filecache", "top", "-d", "0.1", "-n", "3", NULL };

	ASSERT(vt52_start(&vt, 80, 24, argv) == 0);
	EXPECT_INT(vt52_end(&vt), 0);
}

TEST(a_terminal_that_is_not_known)
{
	char *argv[8] = {
		"env", "TERM=nosuch", "filecache", "top", NULL,
	};
	int status;

	ASSERT(vt52_start(&vt, 100, 24, argv) == 0);
	EXPECT(vt52_wait(&vt, "'nosuch' is not known; set TERM", true));
	status = vt52_end(&vt);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

KTAP_MAIN()
