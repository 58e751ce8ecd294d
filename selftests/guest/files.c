// SPDX-License-Identifier: GPL-2.0-or-later
/* Open files of real guests, held against their own /proc/PID/fd. */
#include "guest/file.h"
#include "ktap.h"
#include "view.h"
#include "vm.h"

#define FILES		400

/**
 * struct open_file - whose is which
 * @pid: of the process
 * @fd: number of the file
 * @path: what it is called
 */
static struct open_file {
	uint32_t pid;
	uint32_t fd;
	char path[600];
} seen[FILES];
static size_t seen_count;

static int note_file(const struct guest_file *file, void *data)
{
	const struct guest_task *task = data;
	struct open_file *f = &seen[seen_count];

	ASSERT(seen_count < FILES);
	f->pid = task->pid;
	f->fd = file->fd;
	snprintf(f->path, sizeof(f->path), "%.599s", file->path);
	seen_count++;
	return 0;
}

static struct guest_doubts doubts;

static int note_process(const struct guest_task *task, void *data)
{
	return guest_files(view_guest, task, note_file, (void *)task, &doubts);
}

static const struct open_file *find(uint32_t pid, uint32_t fd)
{
	size_t i;

	for (i = 0; i < seen_count; i++)
		if (seen[i].pid == pid && seen[i].fd == fd)
			return &seen[i];
	return NULL;
}

TEST(files)
{
	char path[600], line[1024], told[600];
	unsigned int pid, fd;
	size_t count = 0;
	FILE *file;

	vm_start(VIEWED);
	/* A folder that is mounted on, a file that is deleted, a pipe, what has no place. */
	vm_run("/dev/null", "mkdir -p /tmp/a/b && mount -t tmpfs x /tmp/a/b && mkdir /tmp/a/b/c && "
			    "(exec 7</tmp/a/b 8>/tmp/a/b/gone 9>/tmp/a/b/c/file; rm /tmp/a/b/gone; "
			    "sleep 5000 | sleep 6000) >/dev/null 2>&1 & "
			    "httpd -p 127.0.0.1:81 -h / ; sleep 1");
	vm_path(path, sizeof(path), "fds");
	/* Of processes that stay. */
	vm_run(path, "for p in 1 $(pidof sleep) $(pidof httpd); do cd /proc/$p/fd && "
		     "for f in *; do echo $p $f $(readlink $f); done; done");
	view_open();
	EXPECT_INT(guest_processes(view_guest, note_process, NULL, &doubts), 0);
	file = fopen(path, "r");
	ASSERT(file);
	while (fgets(line, sizeof(line), file)) {
		const struct open_file *f;

		line[strcspn(line, "\r\n")] = '\0';
		ASSERT(sscanf(line, "%u %u %599[^\n]", &pid, &fd, told) == 3);
		f = find(pid, fd);
		/* What the agent had open for that command is gone. */
		if (!f && pid == 1)
			continue;
		if (!f)
			KTAP_SAY("%u has %u (%s) open, which was not seen", pid, fd, told);
		else
			EXPECT_STR(f->path, told);
		count++;
	}
	fclose(file);
	EXPECT(count > 15);
	EXPECT_U64(doubts.bad + doubts.cut, 0);
	printf("# %zu files, %zu compared\n", seen_count, count);
	view_close();
}
