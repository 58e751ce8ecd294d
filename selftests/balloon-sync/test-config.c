// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration files: good ones, bad ones with the line that is bad, noise. */
#include <errno.h>
#include <sys/stat.h>

#include "balloon-sync/changes.h"
#include "balloon-sync/config.h"
#include "balloon-sync/settings.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/macros.h"
#include "ktap.h"
#include "random.h"

#define FUZZ_ROUNDS 4000

/* libconfig 1.5 forgets the text that it was in when the file ends in it. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static char path[32] = "/tmp/test-config-XXXXXX";

static void write_file(const void *data, size_t len)
{
	static bool made;
	int fd = made ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : mkstemp(path);

	ASSERT(fd >= 0);
	made = true;
	ASSERT(write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static int load(const char *text, struct config **ret, struct error *err)
{
	int r;

	write_file(text, strlen(text));
	r = config_load(path, ret, err);
	unlink(path);
	return r;
}

static struct config *good(const char *text)
{
	struct error err = { 0 };
	struct config *config = NULL;

	if (load(text, &config, &err) < 0) {
		KTAP_SAY("%s", err.text);
		exit(KTAP_EXIT_FAIL);
	}
	return config;
}

/* That it is refused for @line, with a sentence that has @part in it. */
static void bad(const char *text, int line, const char *part)
{
	struct config *config = NULL;
	struct error err = { 0 };
	char where[64];
	int r = load(text, &config, &err);

	if (r != -EINVAL || config) {
		KTAP_SAY("accepted (%d): %s", r, text);
		return;
	}
	snprintf(where, sizeof(where), "%s:%d: ", path, line);
	if (strncmp(err.text, where, strlen(where)) != 0 || !strstr(err.text, part))
		KTAP_SAY("'%s' is not '%s...%s' for: %s", err.text, where, part, text);
}

#define GUESTS "guests = ( { name = \"g\"; }, { name = \"h\"; } );\n"
#define NO_GROUPS "groups = ();\n"
#define TEN "0123456789"
#define MEMBERS "members = ( \"pid=1\" );"

static const char whole[] =
	"policy = \"slack-first\";\n"
	"interval = \"500ms\"; deadband = \"1M\"; slew = \"64M\";\n"
	"patience = \"10s\"; linger = \"never\"; reserve = \"1.5G\";\n"
	"metrics = \"/x/y.prom\"; socket = \"/x/s\";\n"
	"guests = (\n"
	"  { name = \"v\"; hypervisor = \"libvirt\"; uri = \"qemu:///system\"; },\n"
	"  { name = \"q\"; hypervisor = \"qmp\"; socket = \"/run/q\"; floor = \"512M\";\n"
	"    ceiling = \"2G\"; quantum = \"2M\"; back_off = false; }\n"
	");\n"
	"groups = (\n"
	"  { name = \"a\"; members = ( \"comm=aide,uid=0\", \"cgroup=/x\", \"user=root\" );\n"
	"    guests = \"q\"; cap = \"1G\"; },\n"
	"  { name = \"b\"; members = [ \"unit=b.service\" ]; source = \"cgroup\"; limit = true;\n"
	"    guests = ( { guest = \"q\"; weight = 3; }, { guest = \"v\"; } ); },\n"
	"  { name = \"c\"; members = ( \"pid=7,children\" ); guests = \"v\"; }\n"
	");\n";

TEST(all_that_can_be_written)
{
	struct config *config = good(whole);
	const struct config_global *g = &config->global;

	EXPECT_INT(g->policy, CONFIG_SLACK_FIRST);
	EXPECT_U64(g->interval_ns, 500 * NSEC_PER_MSEC);
	EXPECT_U64(g->deadband_kb, 1024);
	EXPECT_U64(g->slew_kb, 65536);
	EXPECT_U64(g->patience_ns, 10 * NSEC_PER_SEC);
	EXPECT_U64(g->linger_ns, CONFIG_NEVER);
	EXPECT_U64(g->reserve_kb, 1536 << 10);
	EXPECT_STR(g->metrics, "/x/y.prom");
	EXPECT_STR(g->socket, "/x/s");
	ASSERT(config->guest_count == 2 && config->group_count == 3);
	EXPECT_INT(config->guests[0].hypervisor, CONFIG_LIBVIRT);
	EXPECT_STR(config->guests[0].address, "qemu:///system");
	EXPECT_U64(config->guests[0].floor_kb, CONFIG_FLOOR_HALF);
	EXPECT_U64(config->guests[0].ceiling_kb, CONFIG_NO_CEILING);
	EXPECT_STR(config->guests[1].address, "/run/q");
	EXPECT_U64(config->guests[1].floor_kb, 512 << 10);
	EXPECT_U64(config->guests[1].ceiling_kb, 2 << 20);
	EXPECT_U64(config->guests[1].quantum_kb, 2048);
	EXPECT(config->guests[0].back_off);
	EXPECT(!config->guests[1].back_off);
	EXPECT_U64(config->groups[0].member_count, 3);
	EXPECT_STR(config->groups[0].members[1].name, "/x");
	EXPECT_U64(config->groups[0].cap_kb, 1 << 20);
	EXPECT_INT(config->groups[0].source, CONFIG_FILECACHE);
	EXPECT(!config->groups[0].limit);
	EXPECT_U64(config->groups[0].shares[0].guest, 1);
	EXPECT_U64(config->groups[0].shares[0].weight, 1);
	EXPECT_STR(config->groups[1].members[0].name, "b.service");
	EXPECT_INT(config->groups[1].source, CONFIG_CGROUP);
	EXPECT(config->groups[1].limit);
	EXPECT_U64(config->groups[1].share_count, 2);
	EXPECT_U64(config->groups[1].shares[0].weight, 3);
	EXPECT_U64(config->groups[1].shares[1].guest, 0);
	EXPECT_U64(config->groups[1].cap_kb, CONFIG_NO_CAP);
	EXPECT_INT(config->groups[2].members[0].pid, 7);
	EXPECT(config->groups[2].members[0].children);
	config_free(config);
}

TEST(what_is_left_out)
{
	struct config *config = good(GUESTS NO_GROUPS);

	EXPECT_INT(config->global.policy, CONFIG_MIRROR);
	EXPECT_U64(config->global.interval_ns, NSEC_PER_SEC);
	EXPECT_U64(config->global.deadband_kb, 256);
	EXPECT_U64(config->global.linger_ns, 10 * NSEC_PER_SEC);
	EXPECT(!config->global.metrics);
	EXPECT_STR(config->global.socket, CONFIG_SOCKET);
	EXPECT_INT(config->guests[1].hypervisor, CONFIG_XEN);
	config_free(config);
}

TEST(wrong_for_all)
{
	bad("", 1, "no guests");
	bad(GUESTS, 1, "no groups");
	bad("\npolcy = \"mirror\";\n" GUESTS NO_GROUPS, 2, "'polcy'");
	bad("policy = \"slack\";\n" GUESTS NO_GROUPS, 1, "mirror and slack-first");
	bad("policy = 1;\n" GUESTS NO_GROUPS, 1, "as text");
	bad("policy = \"\";\n" GUESTS NO_GROUPS, 1, "empty");
	bad("\n\ninterval = 1;\n" GUESTS NO_GROUPS, 3, "like interval = \"10s\"");
	bad("interval = 0.5;\n" GUESTS NO_GROUPS, 1, "like interval = \"10s\"");
	bad("interval = \"1ms\";\n" GUESTS NO_GROUPS, 1, "not within");
	bad("interval = \"2d\";\n" GUESTS NO_GROUPS, 1, "not a time");
	bad("interval = \"25h\";\n" GUESTS NO_GROUPS, 1, "not within");
	bad("linger = \"ever\";\n" GUESTS NO_GROUPS, 1, "not a time");
	bad("patience = \"0\";\n" GUESTS NO_GROUPS, 1, "not within");
	bad("deadband = 256;\n" GUESTS NO_GROUPS, 1, "like deadband = \"512M\"");
	bad("deadband = \"256\";\n" GUESTS NO_GROUPS, 1, "no unit");
	bad("deadband = \"-1K\";\n" GUESTS NO_GROUPS, 1, "not a size");
	bad("slew = \"17T\";\n" GUESTS NO_GROUPS, 1, "not within");
	bad("slew = \"99999999999999999999T\";\n" GUESTS NO_GROUPS, 1, "not within");
	bad("metrics = \"x.prom\";\n" GUESTS NO_GROUPS, 1, "from the root");
	bad("socket = \"/" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "0123456\";\n" GUESTS NO_GROUPS,
	    1, "less than 108");
	bad("guests = { };\n" NO_GROUPS, 1, "write a list");
	bad("guests = [ \"g\" ];\n" NO_GROUPS, 1, "write a list");
	bad(GUESTS "groups = \"g\";\n", 2, "write a list");
}

TEST(wrong_syntax)
{
	bad(GUESTS "groups = (;\n", 2, "syntax error");
	bad("policy = \"mirror\";\npolicy = \"mirror\";\n" GUESTS NO_GROUPS, 2, "duplicate");
	bad("policy = \"mirror\n", 2, "");
	bad(GUESTS "  @include \"/etc/shadow\"\n" NO_GROUPS, 2, "included");
	bad("# x\n\t@include \"/etc/shadow\"\n" GUESTS NO_GROUPS, 2, "included");
	bad("guests = ( { name = \"g\"; weight = 4294967297; } );", 1, "many digits");
	bad("# \"\n/* \" */ // \"\nx = 0x100000001;\n", 3, "many digits");
}

/* Quotes, digits and slashes where they mean nothing. */
TEST(comments_and_text)
{
	static const char text[] =
		"# it's \"99999999999\n"
		"/* \" 99999999999\n */ // \" 99999999999\n"
		"socket = \"/99999999999\\\"# /* \";\n"
		"guests = ( { name = \"12345678901\"; } );\n" NO_GROUPS;
	struct config *config = good(text);

	EXPECT_STR(config->global.socket, "/99999999999\"# /* ");
	EXPECT_STR(config->guests[0].name, "12345678901");
	config_free(config);
}

#define ONE(guest) "guests = (\n" guest "\n);\n" NO_GROUPS

TEST(wrong_guests)
{
	bad(ONE("{ }"), 2, "no name");
	bad(ONE("\"g\" /* libconfig looks ahead */"), 3, "{ key = value; ... }");
	bad(ONE("{ name = 5; }"), 2, "as text");
	bad(ONE("{ name = \"a/b\"; }"), 2, "without '/'");
	bad(ONE("{ name = \"..\"; }"), 2, "not beginning");
	bad(ONE("{ name = \"a\\nb\"; }"), 2, "characters");
	bad(ONE("{ name = \"g\"; memory = \"1G\"; }"), 2, "'memory'");
	bad(ONE("{ name = \"g\"; hypervisor = \"kvm\"; }"), 2, "xen, qmp and libvirt");
	bad(ONE("{ name = \"g\"; hypervisor = \"qmp\"; }"), 2, "socket = ");
	bad(ONE("{ name = \"g\"; socket = \"/x\"; }"), 2, "\"qmp\"");
	bad(ONE("{ name = \"g\"; uri = \"x\"; }"), 2, "\"libvirt\"");
	bad(ONE("{ name = \"g\"; hypervisor = \"qmp\"; socket = \"x\"; }"), 2, "from the root");
	bad(ONE("{ name = \"g\"; floor = 512; }"), 2, "floor = \"512M\"");
	bad(ONE("{ name = \"g\";\n floor = \"3G\"; ceiling = \"2G\"; }"), 3, "above the ceiling");
	bad(ONE("{ name = \"g\"; quantum = \"3M\"; }"), 2, "power of two");
	bad(ONE("{ name = \"g\"; quantum = \"1K\"; }"), 2, "not within");
	bad(ONE("{ name = \"g\"; back_off = 1; }"), 2, "true or false");
	bad(ONE("{ name = \"g\"; },\n { name = \"h\"; },\n{ name = \"g\"; }"), 4,
	    "in line 2 already");
	bad(ONE("{ name = \"g\"; },\n{ name = \"h\"; hypervisor = \"libvirt\"; }"), 3, "of Xen or");
	bad(ONE("{ name = \"g\"; hypervisor = \"qmp\"; socket = \"/s\"; },\n"
		"{ name = \"h\"; hypervisor = \"qmp\"; socket = \"/s\"; }"), 3,
	    "in line 2 already");
}

#define G "guest = \"g\";"
#define GROUP(group) GUESTS "groups = (\n" group "\n);\n"

TEST(wrong_groups)
{
	bad(GROUP("{ " MEMBERS " guests = \"g\"; }"), 3, "no name");
	bad(GROUP("{ name = \"a\"; guests = \"g\"; }"), 3, "members: write 1");
	bad(GROUP("{ name = \"a\"; members = (); guests = \"g\"; }"), 3,
	    "members: write 1");
	bad(GROUP("{ name = \"a\"; members = \"pid=1\"; guests = \"g\"; }"), 3,
	    "members: write 1");
	bad(GROUP("{ name = \"a\"; members = ( 1 ); guests = \"g\"; }"), 3, "as text");
	bad(GROUP("{ name = \"a\"; members = (\n\"pid=1\",\n\"pid=x\" ); guests = \"g\"; }"), 5,
	    "whole number");
	bad(GROUP("{ name = \"a\"; members = ( \"unit=aide\" ); guests = \"g\"; }"), 3, ".service");
	bad(GROUP("{ name = \"a\"; members = ( \"cgroup=/a/../..\" ); guests = \"g\"; }"), 3, "..");
	bad(GROUP("{ name = \"a\"; members = ( \"comm=aide\" ); guests = \"g\"; }"), 3, ",uid=");
	bad(GROUP("{ name = \"a\"; " MEMBERS " }"), 3, "who pays");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = (); }"), 3, "who pays");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"x\"; }"), 3, "no guest 'x'");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { weight = 1; } ); }"), 3, "guest = ");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " weight = 0; } ); }"), 3,
	    "1 to 10000");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " weight = 10001; } ); }"), 3,
	    "1 to 10000");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " weight = -1; } ); }"), 3,
	    "1 to 10000");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " weight = 1.5; } ); }"), 3,
	    "whole number");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " weight = \"2\"; } ); }"), 3,
	    "whole number");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = ( { " G " }, { " G " } ); }"),
	    3, "twice");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\"; },\n"
		  "{ name = \"a\"; members = ( \"pid=2\" ); guests = \"g\"; }"), 4,
	    "in line 3 already");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\"; },\n"
		  "{ name = \"b\"; " MEMBERS " guests = \"g\"; }"), 4,
	    "in line 3 already");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\";\nsource = \"cgroup\"; }"), 4,
	    "no cgroup");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\";\nlimit = true; }"), 4, "limit:");
	bad(GROUP("{ name = \"a\"; members = ( \"cgroup=/a\", \"cgroup=/b\" ); guests = \"g\";\n"
		  "limit = true; }"), 4, "limit:");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\"; limit = 1; }"), 3, "true or false");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\"; source = \"rss\"; }"), 3,
	    "filecache and cgroup");
	bad(GROUP("{ name = \"a\"; " MEMBERS " guests = \"g\"; guest = \"h\"; }"), 3, "'guest'");
}

/* @count guests in one file; to be freed. */
static char *many_guests(int count)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int i;

	ASSERT(f);
	fputs("guests = (", f);
	for (i = 0; i < count; i++)
		fprintf(f, "%s{ name = \"g%d\"; }\n", i ? "," : "", i);
	fputs(");\n" NO_GROUPS, f);
	fclose(f);
	return text;
}

TEST(as_many_as_allowed_and_one_more)
{
	char *text = many_guests(CONFIG_LIST_MAX);
	struct config *config = good(text);

	EXPECT_U64(config->guest_count, CONFIG_LIST_MAX);
	EXPECT_STR(config->guests[CONFIG_LIST_MAX - 1].name, "g4095");
	config_free(config);
	free(text);
	text = many_guests(CONFIG_LIST_MAX + 1);
	bad(text, 1, "no more than 4096");
	free(text);
}

TEST(files_that_are_not_trusted)
{
	struct config *config = NULL;
	struct error err = { 0 };
	static char big[SETTINGS_FILE_MAX + 2];

	write_file(GUESTS NO_GROUPS, strlen(GUESTS NO_GROUPS));
	ASSERT(chmod(path, 0620) == 0);
	EXPECT_INT(config_load(path, &config, &err), -EINVAL);
	EXPECT_HAS(err.text, "chmod go-w");
	ASSERT(chmod(path, 0602) == 0);
	EXPECT_INT(config_load(path, &config, &err), -EINVAL);
	ASSERT(chmod(path, 0644) == 0);
	EXPECT_INT(config_load(path, &config, &err), 0);
	config_free(config);
	config = NULL;
	if (geteuid() == 0) {
		ASSERT(chown(path, 12345, 0) == 0);
		EXPECT_INT(config_load(path, &config, &err), -EINVAL);
		EXPECT_HAS(err.text, "another user");
		ASSERT(chown(path, 0, 0) == 0);
	}
	write_file("guests\0 = ();", 13);
	EXPECT_INT(config_load(path, &config, &err), -EINVAL);
	EXPECT_HAS(err.text, "NUL");
	memset(big, '#', sizeof(big) - 1);
	write_file(big, sizeof(big) - 1);
	EXPECT_INT(config_load(path, &config, &err), -EINVAL);
	EXPECT_HAS(err.text, "mistake");
	EXPECT(!config);
	unlink(path);
	EXPECT_INT(config_load(path, &config, &err), -ENOENT);
	EXPECT_INT(config_load("/tmp", &config, &err), -EISDIR);
	ASSERT(mkfifo(path, 0600) == 0);
	EXPECT_INT(config_load(path, &config, &err), -EISDIR);
	unlink(path);
}

/* Whatever comes: a sentence, or a configuration that keeps its promises. */
TEST(noise)
{
	char text[sizeof(whole) + 64];
	struct random rnd;
	int round, accepted = 0;

	random_init(&rnd, 20);
	for (round = 0; round < FUZZ_ROUNDS; round++) {
		struct config *config = NULL;
		struct error err = { 0 };
		size_t len = sizeof(whole) - 1, i, changes = 1 + random_below(&rnd, 4);
		int r;

		memcpy(text, whole, len);
		while (changes--) {
			size_t at = random_below(&rnd, len);

			switch (random_below(&rnd, 4)) {
			case 0:
				text[at] = (char)random_below(&rnd, 256);
				break;
			case 1:
				memmove(text + at, text + at + 1, len - at - 1);
				len--;
				break;
			case 2:
				memmove(text + at + 1, text + at, len - at);
				text[at] = "(){}[]=;,\"@#/-0123456789\\\n"[random_below(&rnd, 26)];
				len++;
				break;
			case 3:
				len = at + 1;
				break;
			}
		}
		write_file(text, len);
		r = config_load(path, &config, &err);
		unlink(path);
		ASSERT(r == 0 || r == -EINVAL);
		ASSERT(r == 0 || strncmp(err.text, path, strlen(path)) == 0);
		ASSERT((r == 0) == !!config);
		if (r < 0)
			continue;
		accepted++;
		for (i = 0; i < config->group_count; i++) {
			size_t j;

			ASSERT(config->groups[i].member_count && config->groups[i].share_count);
			for (j = 0; j < config->groups[i].share_count; j++) {
				ASSERT(config->groups[i].shares[j].guest < config->guest_count);
				ASSERT(config->groups[i].shares[j].weight);
			}
		}
		config_free(config);
	}
	/* Noise that is never right tests nothing but the first check. */
	EXPECT(accepted > 10);
}

static const struct change *change_of(const struct changes *changes, bool groups,
				      const struct config *before,
				      const struct config *after, const char *name)
{
	const struct change *list = groups ? changes->groups : changes->guests;
	size_t i, count = groups ? changes->group_count : changes->guest_count;

	for (i = 0; i < count; i++) {
		const struct config *in = list[i].after == CHANGES_NONE ? before : after;
		size_t at = list[i].after == CHANGES_NONE ? list[i].before : list[i].after;

		if (strcmp(groups ? in->groups[at].name : in->guests[at].name, name) == 0)
			return &list[i];
	}
	KTAP_SAY("no word of %s", name);
	exit(KTAP_EXIT_FAIL);
}

TEST(nothing_has_changed)
{
	struct config *before = good(whole), *after = good(whole);
	struct changes changes;
	size_t i;

	ASSERT(changes_find(before, after, &changes) == 0);
	EXPECT(!changes.global && !changes.paths);
	EXPECT_U64(changes.guest_count, 2);
	EXPECT_U64(changes.group_count, 3);
	for (i = 0; i < changes.guest_count; i++)
		EXPECT_INT(changes.guests[i].kind, CHANGE_SAME);
	for (i = 0; i < changes.group_count; i++)
		EXPECT_INT(changes.groups[i].kind, CHANGE_SAME);
	changes_free(&changes);
	config_free(before);
	config_free(after);
}

TEST(order_means_nothing)
{
	struct config *before = good("guests = ( { name = \"g\"; }, { name = \"h\"; } );\n"
		"groups = ( { name = \"a\"; members = ( \"pid=1\", \"pid=2\" );"
		" guests = ( { guest = \"g\"; }, { guest = \"h\"; weight = 2; } ); } );");
	struct config *after = good("guests = ( { name = \"h\"; }, { name = \"g\"; } );\n"
		"groups = ( { name = \"a\"; members = ( \"pid=2\", \"pid=1\" );"
		" guests = ( { guest = \"h\"; weight = 2; }, { guest = \"g\"; } ); } );");
	struct changes changes;

	ASSERT(changes_find(before, after, &changes) == 0);
	EXPECT_INT(change_of(&changes, false, before, after, "g")->kind, CHANGE_SAME);
	EXPECT_U64(change_of(&changes, false, before, after, "g")->before, 0);
	EXPECT_U64(change_of(&changes, false, before, after, "g")->after, 1);
	EXPECT_INT(change_of(&changes, true, before, after, "a")->kind, CHANGE_SAME);
	changes_free(&changes);
	config_free(before);
	config_free(after);
}

TEST(every_change_is_seen)
{
	struct config *before = good("guests = ( { name = \"g\"; hypervisor = \"libvirt\"; },"
		" { name = \"h\"; hypervisor = \"libvirt\"; }, { name = \"old\"; hypervisor = \"libvirt\"; } );\n"
		"groups = ( { name = \"a\"; " MEMBERS " guests = \"g\"; },\n"
		"{ name = \"b\"; members = ( \"pid=2\" ); guests = \"g\"; },\n"
		"{ name = \"c\"; members = ( \"pid=3\" ); guests = \"g\"; },\n"
		"{ name = \"d\"; members = ( \"cgroup=d\" ); guests = \"g\"; },\n"
		"{ name = \"e\"; members = ( \"cgroup=e\" ); guests = \"g\"; },\n"
		"{ name = \"gone\"; members = ( \"pid=5\" ); guests = \"old\"; } );");
	struct config *after = good("interval = \"2s\";\n"
		"guests = ( { name = \"g\"; hypervisor = \"libvirt\"; floor = \"1G\"; }, { name = \"h\";"
		" hypervisor = \"qmp\"; socket = \"/h\"; },"
		" { name = \"new\"; hypervisor = \"libvirt\"; } );\n"
		"groups = ( { name = \"a\"; " MEMBERS " guests = \"h\"; },\n"
		"{ name = \"b\"; members = ( \"pid=4\" ); guests = \"g\"; },\n"
		"{ name = \"c\"; members = ( \"pid=3\" ); guests = \"g\"; cap = \"1M\"; },\n"
		"{ name = \"d\"; members = ( \"cgroup=d\" ); guests = \"g\"; source = \"cgroup\"; },\n"
		"{ name = \"e\"; members = ( \"cgroup=e\" ); guests = \"g\"; limit = true; },\n"
		"{ name = \"come\"; members = ( \"pid=5\" ); guests = \"new\"; } );");
	struct changes changes;

	ASSERT(changes_find(before, after, &changes) == 0);
	EXPECT(changes.global && !changes.paths);
	EXPECT_INT(change_of(&changes, false, before, after, "g")->kind, CHANGE_LIMITS);
	EXPECT_INT(change_of(&changes, false, before, after, "h")->kind, CHANGE_IDENTITY);
	EXPECT_INT(change_of(&changes, false, before, after, "old")->kind, CHANGE_REMOVED);
	EXPECT_INT(change_of(&changes, false, before, after, "new")->kind, CHANGE_ADDED);
	EXPECT_INT(change_of(&changes, true, before, after, "a")->kind, CHANGE_LIMITS);
	EXPECT_INT(change_of(&changes, true, before, after, "b")->kind, CHANGE_IDENTITY);
	EXPECT_INT(change_of(&changes, true, before, after, "c")->kind, CHANGE_LIMITS);
	EXPECT_INT(change_of(&changes, true, before, after, "d")->kind, CHANGE_IDENTITY);
	EXPECT_INT(change_of(&changes, true, before, after, "gone")->kind, CHANGE_REMOVED);
	EXPECT_INT(change_of(&changes, true, before, after, "e")->kind, CHANGE_LIMITS);
	EXPECT_INT(change_of(&changes, true, before, after, "come")->kind, CHANGE_ADDED);
	EXPECT_U64(changes.guest_count, 4);
	EXPECT_U64(changes.group_count, 7);
	changes_free(&changes);
	config_free(before);
	config_free(after);
}

/* What is installed is right as it is, and with its examples made real. */
TEST(example_file)
{
	struct config *config = NULL;
	struct error err = { 0 };
	char *text, *p;
	size_t len;

	ASSERT(file_read(EXAMPLE, SETTINGS_FILE_MAX, &text, &len, NULL) == 0);
	config_free(good(text));
	for (p = text; *p; p++)
		if (*p == '#' && p[1] == '\t')
			*p = ' ';
	/* A user that not every machine has. */
	p = strstr(text, "uid=clamav");
	ASSERT(p);
	memcpy(p, "uid=000000", 10);
	if (load(text, &config, &err) < 0)
		KTAP_SAY("%s", err.text);
	ASSERT(config);
	EXPECT_U64(config->guest_count, 2);
	EXPECT_U64(config->group_count, 3);
	config_free(config);
	free(text);
}

KTAP_MAIN()
