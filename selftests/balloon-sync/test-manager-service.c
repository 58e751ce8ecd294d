// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole runs as a service of many guests and groups. */
#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "daemon/client.h"
#include "manager-rig.h"

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

static void reload(void)
{
	ASSERT(kill(run_pid, SIGHUP) == 0);
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

static bool is_stopping(void)
{
	json_t *reply = ask_status();
	const char *phase = json_string_value(json_object_get(reply, "phase"));
	bool is = phase && strcmp(phase, "stopping") == 0;

	json_decref(reply);
	return is;
}

TEST(service_answers_while_it_gives_everything_back)
{
	struct error err = { 0 };

	begin();
	put_config("", U1, G1(""));
	shared->used_kb[0] = 60 * MB;
	start_service();
	WAIT(arrived() == 60 * MB);
	shared->world.guests[0].refused = true;
	EXPECT(!is_stopping());
	ASSERT(kill(run_pid, SIGTERM) == 0);
	WAIT(is_stopping());
	WAIT(count_said("u1: stays as it is for now") == 1);
	EXPECT_U64(answered("guests", 0, "given_kb"), 60 * MB);
	EXPECT(!ask(json_pack("{s:s, s:s, s:i, s:i}", "request", "limit", "group", "g1",
			      "kb", 1, "seconds", 1), &err));
	EXPECT_HAS(err.text, "given back");
	/* Neither another configuration nor a second request to end is an interruption. */
	reload();
	shared->world.guests[0].refused = false;
	EXPECT_INT(finish(SIGTERM), 0);
	expect_said("all memory is back");
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

/* One guest at its floor, whose group is limited, and one that gives in full. */
static void begin_limited(void)
{
	begin();
	make_cgroup();
	put_config("", U1 "," U2, G1("limit = true; ") "," G2);
	shared->used_kb[0] = 300 * MB;
	shared->used_kb[1] = 30 * MB;
	start_service();
	WAIT(arrived() == 286 * MB && is_limit("268435456"));
}

static void crash(void)
{
	int status;

	ASSERT(kill(run_pid, SIGKILL) == 0 && waitpid(run_pid, &status, 0) == run_pid);
}

TEST(service_squares_what_a_crash_left_and_goes_on)
{
	begin_limited();
	crash();
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
	begin_limited();
	crash();
	unlink(path_of("socket"));
	start("restore", NULL);
	EXPECT_INT(wait_end(), 0);
	EXPECT(is_limit("max"));
	expect_back();
	end();
}

TEST(service_reads_its_configuration_again)
{
	begin_limited();
	/* One that is wrong changes nothing. */
	put_config("polcy = \"mirror\";", U1, G1(""));
	reload();
	WAIT(count_said("from before stays in force") == 1);
	expect_said("polcy");
	EXPECT_U64(arrived(), 286 * MB);
	/* Nor one that cannot be carried out. */
	put_config("", "{ name = \"v\"; hypervisor = \"libvirt\"; }",
		   "{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }");
	reload();
	WAIT(count_said("from before stays in force") == 2);
	EXPECT(is_limit("268435456"));
	/* The first guest and its group leave. */
	put_config("", U2, G2);
	reload();
	WAIT(count_said("u1: has left") == 1);
	EXPECT(is_limit("max"));
	WAIT(arrived() == 30 * MB);
	EXPECT_U64(size_of(0), GUEST_KB);
	EXPECT_U64(answered("guests", 0, "given_kb"), 30 * MB);
	/* And come back, with a lower cap. */
	put_config("", U1 "," U2, G1("cap = \"50M\"; ") "," G2);
	reload();
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
	reload();
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

static void expect_refused(const char *guests, const char *groups, const char *why)
{
	put_config("", guests, groups);
	start_service();
	EXPECT_INT(wait_end(), 1);
	EXPECT_U64(count_said("\n"), 1);
	expect_said(why);
}

TEST(service_says_what_it_cannot_do)
{
	static const char group[] =
		"{ name = \"g1\"; members = ( \"user=root\" ); guests = \"v\"; }";

	begin();
	expect_refused("{ name = \"v\"; hypervisor = \"libvirt\"; }", group,
		       "libvirt: not in this test");
	expect_refused("{ name = \"v\"; hypervisor = \"qmp\"; socket = \"/run/v\"; },"
		       "{ name = \"w\"; hypervisor = \"libvirt\"; }", group,
		       "must be of one hypervisor");
	expect_refused("{ name = \"v\"; hypervisor = \"libvirt\"; uri = \"qemu:///a\"; },"
		       "{ name = \"w\"; hypervisor = \"libvirt\"; uri = \"qemu:///b\"; }",
		       group, "another uri");
	expect_refused("", "", "guests: there are none");
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
