// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whole runs, of one guest and group and as a service, from the command line to
 * the last line: real processes, files, signals and sockets, and a fake world
 * and fake use in memory that they share with the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "balloon-sync/manager.h"
#include "balloon-sync/restore.h"
#include "balloon-sync/source.h"
#include "balloon-sync/trace.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/macros.h"
#include "daemon/client.h"
#include "hv/fake.h"
#include "ktap.h"

#define MB		1024ULL
#define HOST_KB		(700 * MB)
#define GUEST_KB	(512 * MB)
#define GUESTS		2
#define ARGUMENTS_MAX	24
#define TEMPLATE	"/tmp/test-manager-XXXXXX"
#define PATH_MAX_HERE	(sizeof(TEMPLATE) + 32)
/* Nothing is measured by this; a machine may be slow. */
#define WAIT_NS		(60 * NSEC_PER_SEC)
#define LOOK_AGAIN_NS	(10 * NSEC_PER_MSEC)

/**
 * struct shared - what the test and the run both see
 * @world: hypervisor and guests
 * @used_kb: by the group whose name ends in this number + 1
 * @hidden: that guest is not to be found
 * @broken: use cannot be measured
 * @evicted: how often a cache was dropped
 */
struct shared {
	struct fake_world world;
	uint64_t used_kb[GUESTS];
	bool hidden[GUESTS];
	bool broken;
	unsigned int evicted;
};

static struct shared *shared;
static char folder[sizeof(TEMPLATE)];
static pid_t run_pid;

int __wrap_source_filecache_create(struct source **ret, struct error *err);
const char *__wrap_group_cgroup(const struct group *group, size_t index);
int __real_hv_find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err);
int __wrap_hv_find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err);
int __real_file_write(const char *path, const char *text, struct error *err);
int __wrap_file_write(const char *path, const char *text, struct error *err);

/* --- what a run is made to believe -------------------------------------------- */

int hv_xen_create(struct hv **ret, struct error *err)
{
	return hv_fake_create(ret, &shared->world, err);
}

int hv_libvirt_create(const char *uri, struct hv **ret, struct error *err)
{
	return error_set(err, -ENODEV, "libvirt: not in this test");
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

static const char *path_of(const char *name)
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

static void begin(void)
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

static void end(void)
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

static void put_file(const char *name, const char *text)
{
	ASSERT(file_write_atomic(path_of(name), 0600, text, strlen(text), NULL) == 0);
}

/* Two guests, and a group for each; @more is put before them. */
static void put_config(const char *more, const char *guests, const char *groups)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "interval = \"50ms\"; patience = \"2s\"; socket = \"%s\"; metrics = \"%s\";\n"
		 "%s\nguests = ( %s );\ngroups = ( %s );\n", path_of("socket"),
		 path_of("metrics"), more, guests, groups);
	put_file("conf", text);
}

#define U1 "{ name = \"u1\"; }"
#define U2 "{ name = \"u2\"; floor = \"400M\"; }"
#define G1(more) "{ name = \"g1\"; members = ( \"cgroup=/no-such\" ); guests = \"u1\"; " more "}"
#define G2 "{ name = \"g2\"; members = ( \"cgroup=/nor-such\" ); guests = \"u2\"; }"

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

/* Arguments end with NULL; --state is added. */
static void start(const char *first, ...)
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

static int wait_end(void)
{
	int status;

	ASSERT(waitpid(run_pid, &status, 0) == run_pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int finish(int signal)
{
	ASSERT(kill(run_pid, signal) == 0);
	return wait_end();
}

static char *said(void)
{
	char *text = NULL;

	ASSERT(file_read(path_of("said"), 1 << 20, &text, NULL, NULL) == 0);
	return text;
}

static void expect_said(const char *what)
{
	char *text = said();

	EXPECT_HAS(text, what);
	free(text);
}

static unsigned int count_said(const char *what)
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

#define WAIT(condition) do {							\
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + WAIT_NS;		\
										\
	while (!(condition) && clock_now_ns(CLOCK_MONOTONIC) < until_ns)	\
		clock_sleep(LOOK_AGAIN_NS);					\
	if (!(condition)) {							\
		char *waited = said();						\
										\
		KTAP_SAY("in vain: %s; said: %s", #condition, waited);		\
		free(waited);							\
		kill(run_pid, SIGKILL);						\
		ASSERT(false);							\
	}									\
} while (0)

static uint64_t size_of(size_t i)
{
	const struct hv_sizes *sizes = &shared->world.guests[i].sizes;

	return sizes->actual_kb;
}

static uint64_t arrived(void)
{
	const struct hv_sizes *sizes = &shared->world.host.sizes;

	return sizes->actual_kb - HOST_KB;
}

static bool exists(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static void expect_back(void)
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

/* --- one guest and one group ------------------------------------------------------- */

TEST(run_follows_and_gives_back)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", "--log",
	      path_of("log"), NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT(exists("s.state"));
	shared->used_kb[0] = 20 * MB;
	WAIT(arrived() == 20 * MB && size_of(0) == GUEST_KB - 20 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	expect_said("u1: all memory is back, as is that of dom0 (700 MB)");
	expect_said("used  60.0 MiB");
	EXPECT(shared->evicted > 0);
	end();
}

TEST(run_ends_with_sighup)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT_INT(finish(SIGHUP), 0);
	expect_back();
	end();
}

TEST(run_ends_with_its_guest)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	shared->world.guests[0].gone = true;
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(arrived(), 0);
	EXPECT_U64(count_said("u1: the guest is gone"), 1);
	expect_said("u1: is gone; dom0 is at its 700 MB again");
	EXPECT(!exists("s.state"));
	end();
}

TEST(run_ends_when_use_cannot_be_measured)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 60 * MB);
	shared->broken = true;
	EXPECT_INT(wait_end(), 1);
	expect_said("fake: use cannot be measured");
	expect_back();
	end();
}

TEST(limits_of_a_run_are_told_once)
{
	begin();
	shared->used_kb[0] = 300 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", NULL);
	WAIT(arrived() == 256 * MB);
	shared->used_kb[0] = 100 * MB;
	WAIT(arrived() == 100 * MB);
	WAIT(count_said("u1: is charged in full again") == 1);
	EXPECT_INT(finish(SIGINT), 0);
	EXPECT_U64(count_said("u1: at its floor: 262144 of 307200 kB used are charged"), 1);
	EXPECT_U64(count_said("is charged in full again"), 1);
	expect_back();
	end();
}

TEST(dry_run_moves_nothing)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--dry-run", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	expect_said("would move  60.0 MiB");
	EXPECT_U64(shared->world.writes, 0);
	expect_back();
	end();
}

TEST(once_is_gone_on_from_and_restored)
{
	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT_U64(arrived(), 60 * MB);
	shared->used_kb[0] = 80 * MB;
	start("--guest", "u1", "--group", "pid=1", NULL);
	EXPECT_INT(wait_end(), 1);
	expect_said("run 'balloon-sync restore' first");
	start("--guest", "u1", "--group", "pid=1", "--once", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT_U64(arrived(), 80 * MB);
	start("restore", NULL);
	EXPECT_INT(wait_end(), 0);
	expect_back();
	end();
}

TEST(trace_of_a_run_can_be_simulated)
{
	struct trace_reader *reader;
	struct trace_sample sample;
	struct error err = { 0 };
	bool seen = false;
	int r;

	begin();
	shared->used_kb[0] = 60 * MB;
	start("--guest", "u1", "--group", "pid=1", "--interval", "50ms", "--record",
	      path_of("trace"), NULL);
	WAIT(arrived() == 60 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	r = trace_open(path_of("trace"), &reader, &err);
	if (r < 0)
		KTAP_SAY("%s", err.text);
	ASSERT(r == 0);
	EXPECT_STR(trace_header(reader)->guests[0].name, "u1");
	EXPECT_U64(trace_header(reader)->guests[0].plan.floor_kb, GUEST_KB / 2);
	EXPECT_U64(trace_header(reader)->room_kb, 900 * MB);
	while ((r = trace_next(reader, &sample, &err)) > 0)
		seen |= sample.used_kb[0] == 60 * MB;
	EXPECT_INT(r, 0);
	EXPECT(seen);
	trace_close(reader);
	end();
}

/* --- the service --------------------------------------------------------------------- */

static json_t *ask(json_t *request, struct error *err)
{
	json_t *reply = NULL;

	client_ask(path_of("socket"), request, &reply, err);
	json_decref(request);
	return reply;
}

static json_t *ask_status(void)
{
	return ask(json_pack("{s:s}", "request", "status"), NULL);
}

/* Of the guest or group of that place. */
static uint64_t answered(const char *list, size_t i, const char *key)
{
	json_t *reply = ask_status();
	uint64_t kb = UINT64_MAX;

	json_get_u64(json_array_get(json_object_get(reply, list), i), key, &kb, NULL);
	json_decref(reply);
	return kb;
}

static void start_service(void)
{
	start("--config", path_of("conf"), NULL);
}

TEST(service_follows_guests_that_come_later)
{
	begin();
	put_config("", U1 "," U2, G1("") "," G2);
	shared->used_kb[0] = 60 * MB;
	shared->used_kb[1] = 30 * MB;
	shared->hidden[1] = true;
	start_service();
	WAIT(arrived() == 60 * MB);
	EXPECT_U64(size_of(1), GUEST_KB);
	shared->hidden[1] = false;
	WAIT(arrived() == 90 * MB);
	EXPECT_U64(size_of(0), GUEST_KB - 60 * MB);
	EXPECT_U64(size_of(1), GUEST_KB - 30 * MB);
	WAIT(answered("groups", 1, "charged_kb") == 30 * MB);
	EXPECT_U64(answered("guests", 0, "given_kb"), 60 * MB);
	EXPECT_U64(answered("guests", 1, "size_kb"), GUEST_KB - 30 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_said("u2: is there");
	expect_said("all memory is back");
	expect_back();
	EXPECT(!exists("socket"));
	end();
}

TEST(service_goes_on_without_a_guest_that_is_gone)
{
	begin();
	put_config("", U1 "," U2, G1("") "," G2);
	shared->used_kb[0] = 60 * MB;
	shared->used_kb[1] = 30 * MB;
	start_service();
	WAIT(arrived() == 90 * MB);
	shared->world.guests[0].gone = true;
	WAIT(arrived() == 30 * MB);
	WAIT(count_said("u1: has left") == 1);
	EXPECT_U64(size_of(1), GUEST_KB - 30 * MB);
	EXPECT_U64(answered("groups", 0, "uncovered_kb"), 60 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

TEST(service_caps_a_group_when_asked)
{
	struct error err = { 0 };
	json_t *reply;

	begin();
	put_config("", U1, G1(""));
	shared->used_kb[0] = 60 * MB;
	start_service();
	WAIT(arrived() == 60 * MB);
	reply = ask(json_pack("{s:s, s:s, s:i, s:i}", "request", "limit", "group", "g1",
			      "kb", (int)(10 * MB), "seconds", 3600), &err);
	EXPECT(reply);
	json_decref(reply);
	WAIT(arrived() == 10 * MB);
	EXPECT_U64(answered("groups", 0, "cap_kb"), 10 * MB);
	EXPECT(!ask(json_pack("{s:s, s:s, s:i, s:i}", "request", "limit", "group", "g9",
			      "kb", 1, "seconds", 1), &err));
	EXPECT_HAS(err.text, "no such group");
	EXPECT(!ask(json_pack("{s:s, s:s, s:i, s:i}", "request", "limit", "group", "g1",
			      "kb", 1, "seconds", 1000000), &err));
	EXPECT_HAS(err.text, "86400");
	EXPECT(!ask(json_pack("{s:s, s:s, s:i}", "request", "limit", "group", "g1",
			      "seconds", 1), &err));
	EXPECT_HAS(err.text, "kb");
	reply = ask(json_pack("{s:s, s:s, s:i}", "request", "limit", "group", "g1",
			      "seconds", 0), &err);
	EXPECT(reply);
	json_decref(reply);
	WAIT(arrived() == 60 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

static bool is_limit(const char *text)
{
	char *is = NULL;
	bool same = file_read(path_of("group/memory.high"), 64, &is, NULL, NULL) == 0 &&
		    strncmp(is, text, strlen(text)) == 0;

	free(is);
	return same;
}

static void make_cgroup(void)
{
	ASSERT(mkdir(path_of("group"), 0700) == 0);
	put_file("group/memory.high", "max\n");
}

TEST(service_limits_a_group_at_its_guests_floor)
{
	begin();
	make_cgroup();
	put_config("", U1, G1("limit = true; "));
	shared->used_kb[0] = 300 * MB;
	start_service();
	WAIT(is_limit("268435456"));
	EXPECT(exists("s.state"));
	shared->used_kb[0] = 100 * MB;
	WAIT(is_limit("max"));
	shared->used_kb[0] = 300 * MB;
	WAIT(is_limit("268435456"));
	EXPECT_U64(answered("groups", 0, "limit_kb"), 256 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	EXPECT(is_limit("max"));
	expect_said("g1: is limited to 262144 kB");
	expect_said("g1: is not limited any more");
	expect_back();
	end();
}

TEST(service_squares_what_a_crash_left_and_goes_on)
{
	int status;

	begin();
	make_cgroup();
	put_config("", U1 "," U2, G1("limit = true; ") "," G2);
	shared->used_kb[0] = 300 * MB;
	shared->used_kb[1] = 30 * MB;
	start_service();
	WAIT(arrived() == 286 * MB && is_limit("268435456"));
	ASSERT(kill(run_pid, SIGKILL) == 0 && waitpid(run_pid, &status, 0) == run_pid);
	EXPECT(exists("s.state"));
	shared->used_kb[0] = 10 * MB;
	start_service();
	WAIT(arrived() == 40 * MB);
	EXPECT(is_limit("max"));
	expect_said("u1: has its 512 MB again");
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

TEST(restore_squares_a_service_that_crashed)
{
	int status;

	begin();
	make_cgroup();
	put_config("", U1 "," U2, G1("limit = true; ") "," G2);
	shared->used_kb[0] = 300 * MB;
	shared->used_kb[1] = 30 * MB;
	start_service();
	WAIT(arrived() == 286 * MB && is_limit("268435456"));
	ASSERT(kill(run_pid, SIGKILL) == 0 && waitpid(run_pid, &status, 0) == run_pid);
	unlink(path_of("socket"));
	start("restore", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT(is_limit("max"));
	expect_back();
	end();
}

TEST(service_reads_its_configuration_again)
{
	begin();
	make_cgroup();
	put_config("", U1 "," U2, G1("limit = true; ") "," G2);
	shared->used_kb[0] = 300 * MB;
	shared->used_kb[1] = 30 * MB;
	start_service();
	WAIT(arrived() == 286 * MB && is_limit("268435456"));
	/* One that is wrong changes nothing. */
	put_config("polcy = \"mirror\";", U1, G1(""));
	ASSERT(kill(run_pid, SIGHUP) == 0);
	WAIT(count_said("from before stays in force") == 1);
	expect_said("polcy");
	EXPECT_U64(arrived(), 286 * MB);
	/* Nor one that cannot be carried out. */
	put_config("", "{ name = \"v\"; hypervisor = \"libvirt\"; }",
		   "{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }");
	ASSERT(kill(run_pid, SIGHUP) == 0);
	WAIT(count_said("from before stays in force") == 2);
	EXPECT(is_limit("268435456"));
	/* The first guest and its group leave. */
	put_config("", U2, G2);
	ASSERT(kill(run_pid, SIGHUP) == 0);
	WAIT(count_said("u1: has left") == 1);
	EXPECT(is_limit("max"));
	WAIT(arrived() == 30 * MB);
	EXPECT_U64(size_of(0), GUEST_KB);
	EXPECT_U64(answered("guests", 0, "given_kb"), 30 * MB);
	/* And come back, with a lower cap. */
	put_config("", U1 "," U2, G1("cap = \"50M\"; ") "," G2);
	ASSERT(kill(run_pid, SIGHUP) == 0);
	WAIT(arrived() == 80 * MB);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

TEST(service_keeps_its_socket_when_there_can_be_no_other)
{
	json_t *reply;

	begin();
	put_config("", U1, G1(""));
	start_service();
	WAIT(exists("metrics"));
	/* Where nobody can make one, the old one stays. */
	put_file("conf", "socket = \"/proc/x/y\"; guests = ( " U1 " ); groups = ( " G1("") " );\n");
	ASSERT(kill(run_pid, SIGHUP) == 0);
	WAIT(count_said("from before stays in force") == 1);
	reply = ask_status();
	EXPECT(reply);
	json_decref(reply);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

TEST(service_writes_metrics)
{
	char *text = NULL;

	begin();
	put_config("", U1, G1(""));
	shared->used_kb[0] = 60 * MB;
	start_service();
	WAIT(answered("groups", 0, "charged_kb") == 60 * MB);
	WAIT(arrived() == 60 * MB);
	WAIT(answered("guests", 0, "given_kb") == 60 * MB);
	unlink(path_of("metrics"));
	WAIT(exists("metrics"));
	ASSERT(file_read(path_of("metrics"), 1 << 16, &text, NULL, NULL) == 0);
	EXPECT_HAS(text, "balloon_sync_guest_given_bytes{guest=\"u1\"} 62914560\n");
	EXPECT_HAS(text, "balloon_sync_group_charged_bytes{group=\"g1\"} 62914560\n");
	free(text);
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

TEST(service_says_what_it_cannot_do)
{
	begin();
	put_config("", "{ name = \"v\"; hypervisor = \"libvirt\"; }",
		   "{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }");
	start_service();
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(count_said("\n"), 1);
	expect_said("libvirt: not in this test");
	put_config("", "{ name = \"v\"; hypervisor = \"qmp\"; socket = \"/run/v\"; },"
		   "{ name = \"w\"; hypervisor = \"libvirt\"; }",
		   "{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }");
	start_service();
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(count_said("\n"), 1);
	expect_said("must be of one hypervisor");
	put_config("", "{ name = \"v\"; hypervisor = \"libvirt\"; uri = \"qemu:///a\"; },"
		   "{ name = \"w\"; hypervisor = \"libvirt\"; uri = \"qemu:///b\"; }",
		   "{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }");
	start_service();
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(count_said("\n"), 1);
	expect_said("another uri");
	put_config("", "", "");
	start_service();
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(count_said("\n"), 1);
	expect_said("guests: there are none");
	end();
}

TEST(service_and_run_exclude_each_other)
{
	pid_t service;

	begin();
	put_config("", U1, G1(""));
	start_service();
	WAIT(exists("socket"));
	service = run_pid;
	start("--guest", "u1", "--group", "pid=1", NULL);
	EXPECT_INT(wait_end(), 1);
	expect_said("another balloon-sync");
	run_pid = service;
	EXPECT_INT(finish(SIGTERM), 0);
	expect_back();
	end();
}

KTAP_MAIN()
