// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "balloon-sync/manager.h"
#include "balloon-sync/restore.h"
#include "balloon-sync/source.h"
#include "base/file.h"
#include "base/macros.h"
#include "hv/plug.h"
#include "manager-rig.h"

#define ARGUMENTS_MAX	24
#define TEMPLATE	"/tmp/test-manager-XXXXXX"
#define PATH_MAX_HERE	(sizeof(TEMPLATE) + 32)

struct shared *shared;
pid_t run_pid;
static char folder[sizeof(TEMPLATE)];

int __wrap_source_filecache_create(struct source **ret, struct error *err);
const char *__wrap_group_cgroup(const struct group *group, size_t index);
int __real_hv_find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err);
int __wrap_hv_find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err);
int __real_file_write(const char *path, const char *text, struct error *err);
int __wrap_file_write(const char *path, const char *text, struct error *err);

/* --- what a run is made to believe -------------------------------------------- */

int hv_plug(const char *name, const char *address, struct hv **ret, struct error *err)
{
	if (strcmp(name, shared->world.pool ? "libvirt" : "xen") == 0)
		return hv_fake_create(ret, &shared->world, err);
	return error_set(err, -ENODEV, "%s: not in this test", name);
}

int __wrap_hv_find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err)
{
	size_t i = name[0] == 'u' && name[1] == '2';

	if (shared->hidden[i])
		return error_set(err, -ENOENT, "%s: no such guest", name);
	return __real_hv_find(hv, name, ret, err);
}

static size_t index_of(const struct group *group)
{
	return strcmp(group_name(group), "g2") == 0;
}

static int measure(struct source *source, struct group *group, struct census *census,
		   struct usage *ret, struct error *err)
{
	if (shared->broken)
		return error_set(err, -EIO, "fake: use cannot be measured");
	*ret = (struct usage){ .anon_kb = shared->used_kb[index_of(group)], .processes = 1 };
	return 0;
}

static int evict(struct source *source, struct group *group, uint64_t *ret_kb,
		 struct error *err)
{
	shared->evicted++;
	*ret_kb = 0;
	return 0;
}

static void destroy(struct source *source)
{
	free(source);
}

static const struct source_ops fake_source = {
	.name = "fake", .measure = measure, .evict = evict, .destroy = destroy,
};

int __wrap_source_filecache_create(struct source **ret, struct error *err)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	(*ret)->ops = &fake_source;
	return 0;
}

const char *path_of(const char *name)
{
	static char paths[4][PATH_MAX_HERE];
	static unsigned int next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, PATH_MAX_HERE, "%s/%s", folder, name);
	return path;
}

const char *__wrap_group_cgroup(const struct group *group, size_t index)
{
	static char path[PATH_MAX_HERE];

	snprintf(path, sizeof(path), "%s/group", folder);
	return index == 0 && index_of(group) == 0 ? path : NULL;
}

/* Unlike a cgroup's, a plain file keeps what was there behind what is written. */
int __wrap_file_write(const char *path, const char *text, struct error *err)
{
	return truncate(path, 0) < 0 ? error_errno(err, -errno, "%s", path) :
	       __real_file_write(path, text, err);
}

/* --- a run ------------------------------------------------------------------------ */

void begin(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(shared != MAP_FAILED);
	fake_world_init(&shared->world, HOST_KB, HOST_KB + 900 * MB, GUEST_KB);
	fake_world_add(&shared->world, GUEST_KB);
	shared->world.live = true;
	strcpy(folder, TEMPLATE);
	ASSERT(mkdtemp(folder));
}

void end(void)
{
	static const char *const names[] = {
		"conf", "said", "socket", "s.state", "lock", "metrics", "trace", "log",
		"group/memory.high",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		unlink(path_of(names[i]));
	rmdir(path_of("group"));
	EXPECT_INT(rmdir(folder), 0);
}

void put_file(const char *name, const char *text)
{
	ASSERT(file_write_atomic(path_of(name), 0600, text, strlen(text), NULL) == 0);
}

static int run_here(int argc, char **argv)
{
	struct options options;
	struct error err = { 0 };
	int r = options_parse(argc, argv, &options, &err);

	if (r == 0)
		r = options.command == COMMAND_RESTORE ? restore_run(&options, &err) :
		    manager_run(&options, &err);
	if (r < 0)
		fprintf(stderr, "balloon-sync: %s\n", err.text);
	fflush(NULL);
	return r < 0;
}

void start(const char *first, ...)
{
	static char copies[ARGUMENTS_MAX][PATH_MAX_HERE];
	char *argv[ARGUMENTS_MAX] = { "balloon-sync", "--state", (char *)path_of("s.state") };
	int argc = 3, fd;
	va_list args;

	va_start(args, first);
	for (; first; first = va_arg(args, const char *)) {
		snprintf(copies[argc], PATH_MAX_HERE, "%s", first);
		argv[argc] = copies[argc];
		argc++;
	}
	va_end(args);
	fflush(stdout);
	run_pid = fork();
	ASSERT(run_pid >= 0);
	if (run_pid)
		return;
	fd = open(path_of("said"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
		_exit(9);
	_exit(run_here(argc, argv));
}

int wait_end(void)
{
	int status;

	ASSERT(waitpid(run_pid, &status, 0) == run_pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

int finish(int signal)
{
	ASSERT(kill(run_pid, signal) == 0);
	return wait_end();
}

char *said(void)
{
	char *text = NULL;

	ASSERT(file_read(path_of("said"), 1 << 20, &text, NULL, NULL) == 0);
	return text;
}

void expect_said(const char *what)
{
	char *text = said();

	EXPECT_HAS(text, what);
	free(text);
}

unsigned int count_said(const char *what)
{
	char *text = said(), *at = text;
	unsigned int count = 0;

	while ((at = strstr(at, what))) {
		count++;
		at++;
	}
	free(text);
	return count;
}

uint64_t size_of(size_t i)
{
	const struct hv_sizes *sizes = &shared->world.guests[i].sizes;

	return sizes->actual_kb;
}

uint64_t arrived(void)
{
	const struct hv_sizes *sizes = &shared->world.host.sizes;

	return sizes->actual_kb - HOST_KB;
}

bool exists(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

void expect_back(void)
{
	const struct fake_world *world = &shared->world;
	size_t i;

	for (i = 0; i < GUESTS; i++) {
		if (world->guests[i].gone)
			continue;
		EXPECT_U64(world->guests[i].sizes.actual_kb, GUEST_KB);
		EXPECT_U64(world->guests[i].sizes.target_kb, GUEST_KB);
		EXPECT_U64(world->guests[i].sizes.max_kb, GUEST_KB + 1024);
	}
	EXPECT_U64(world->host.sizes.actual_kb, HOST_KB);
	EXPECT_U64(world->host.sizes.target_kb, HOST_KB);
	EXPECT_U64(world->claimed_kb, 0);
	EXPECT(!exists("s.state"));
}
