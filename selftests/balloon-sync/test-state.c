// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state file: what is written comes back, and what somebody else wrote, or
 * half of it, is refused by one line and left where it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "balloon-sync/state.h"
#include "base/macros.h"
#include "ktap.h"
#include "random.h"

#define TEMPLATE	"/tmp/test-state-XXXXXX"
#define TEXT_MAX	65536

static char folder[sizeof(TEMPLATE)];
static char path[sizeof(folder) + 16];

static void make_folder(void)
{
	strcpy(folder, TEMPLATE);
	ASSERT(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.state", folder);
}

static void remove_folder(void)
{
	char lock[sizeof(path) + 8];

	snprintf(lock, sizeof(lock), "%s/lock", folder);
	unlink(lock);
	unlink(path);
	/* Nothing half-written is left beside it. */
	EXPECT_INT(rmdir(folder), 0);
}

static struct side_base make_base(uint32_t id)
{
	struct side_base base = {
		.domain.id = id,
		.sizes = { 1000 + id, 2000 + id, 3000 + id, 4000 + id, HV_UNKNOWN },
		.quantum_kb = id % 2 ? 2048 : 4,
	};

	snprintf(base.domain.name, sizeof(base.domain.name), id ? "u%u" : "dom%u", id);
	memset(base.domain.uuid, 'a' + (int)id, HV_UUID_LEN);
	return base;
}

static void make_state(struct state *state, unsigned int guests)
{
	unsigned int i;

	*state = (struct state){ .host = make_base(0) };
	for (i = 1; i <= guests; i++) {
		struct state_guest guest = {
			.base = make_base(i),
			.once = i == 2,
			.foreign = i == 3,
		};

		ASSERT(state_add(state, &guest, NULL) == 0);
	}
}

static void write_text(const char *text, size_t len)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	ASSERT(f);
	ASSERT(fwrite(text, 1, len, f) == len);
	ASSERT(fclose(f) == 0);
	ASSERT(chmod(path, 0600) == 0);
}

static size_t read_text(char *text)
{
	FILE *f = fopen(path, "r");
	size_t len;

	ASSERT(f);
	len = fread(text, 1, TEXT_MAX - 1, f);
	text[len] = '\0';
	fclose(f);
	return len;
}

/* Refused by one line that names the file, which is still there as it was. */
static void expect_refused(int code)
{
	static char before[TEXT_MAX], after[TEXT_MAX];
	struct error err = { 0 };
	struct state state = { .count = 77 };
	size_t len = read_text(before);

	EXPECT_INT(state_load(path, &state, &err), code);
	EXPECT_U64(state.count, 77);
	EXPECT_HAS(err.text, path);
	EXPECT(!strchr(err.text, '\n'));
	EXPECT(read_text(after) == len && memcmp(before, after, len) == 0);
}

TEST(what_is_written_comes_back)
{
	struct state state, back;
	struct error err = { 0 };
	struct stat st;
	size_t i;

	make_folder();
	make_state(&state, 3);
	state.host_foreign = true;
	ASSERT(state_save(path, &state, &err) == 0);
	ASSERT(stat(path, &st) == 0);
	EXPECT_INT(st.st_mode & 0777, 0600);
	ASSERT(state_load(path, &back, &err) == 0);
	EXPECT(memcmp(&back.host, &state.host, sizeof(back.host)) == 0);
	EXPECT(back.host_foreign && !back.stale);
	ASSERT(back.count == 3);
	for (i = 0; i < 3; i++) {
		const struct state_guest *a = &state.guests[i], *b = &back.guests[i];

		EXPECT(memcmp(&a->base, &b->base, sizeof(a->base)) == 0);
		EXPECT(a->once == b->once && a->foreign == b->foreign);
	}
	state_free(&back);
	state_free(&state);
	EXPECT_INT(state_remove(path, &err), 0);
	EXPECT_INT(state_remove(path, &err), 0);
	EXPECT_INT(state_load(path, &back, &err), -ENOENT);
	remove_folder();
}

TEST(guests_come_and_go)
{
	struct state_guest again = { .base = make_base(2) };
	struct state state;

	make_state(&state, 3);
	EXPECT_INT(state_add(&state, &again, NULL), -EEXIST);
	state_drop(&state, again.base.domain.uuid);
	EXPECT(!state_find(&state, again.base.domain.uuid));
	state_drop(&state, again.base.domain.uuid);
	EXPECT_U64(state.count, 2);
	EXPECT_INT(state_add(&state, &again, NULL), 0);
	ASSERT(state_find(&state, again.base.domain.uuid));
	EXPECT_STR(state_find(&state, again.base.domain.uuid)->base.domain.name, "u2");
	state_free(&state);
	EXPECT_U64(state.count, 0);
}

#define BOOT "\"boot_id\": \"of another boot\""
#define SIZES "\"actual_kb\": 8, \"target_kb\": 8, \"max_kb\": 9, \"static_max_kb\": 9"
#define HOST_1 "\"host\": {\"id\": 0, \"name\": \"dom0\", \"uuid\": \"h\", " SIZES "}"
#define HOST "\"host\": {\"id\": 0, \"name\": \"dom0\", \"uuid\": \"h\", " SIZES \
	", \"quantum_kb\": 4, \"foreign\": false}"
#define FLAGS "\"once\": false, \"foreign\": false"
#define GUEST(id, uuid, sizes, quantum) "{\"id\": " id ", \"name\": \"u1\", \"uuid\": " \
	uuid ", " sizes ", \"quantum_kb\": " quantum ", " FLAGS "}"
#define FILE_2(host, guests) "{\"version\": 2, " BOOT ", " host ", \"guests\": [" guests "]}"
#define GOOD GUEST("1", "\"u\"", SIZES, "4")

TEST(first_version_is_still_read)
{
	static const char text[] = "{\"version\": 1, " BOOT ", \"once\": true, " HOST_1
		", \"guest\": {\"id\": 1, \"name\": \"u1\", \"uuid\": \"u\", " SIZES "}}";
	struct error err = { 0 };
	struct state state;

	make_folder();
	write_text(text, strlen(text));
	if (state_load(path, &state, &err) < 0)
		KTAP_SAY("%s", err.text);
	ASSERT(state.count == 1);
	EXPECT(state.guests[0].once && !state.guests[0].foreign && state.stale);
	EXPECT_U64(state.guests[0].base.sizes.actual_kb, 8);
	EXPECT_U64(state.guests[0].base.quantum_kb, 4);
	EXPECT_STR(state.host.domain.name, "dom0");
	state_free(&state);
	remove_folder();
}

TEST(hostile_files_are_refused)
{
	static const char good[] = FILE_2(HOST, GOOD);
	static const char * const bad[] = {
		"", "{", "[]", "null", "{}", "\xff\xfe", "{\"version\": 2}",
		"{\"version\": 3, " BOOT ", " HOST ", \"guests\": []}",
		"{\"version\": 1, \"guest\": {}}",
		"{\"version\": 2, " BOOT ", " HOST "}",
		"{\"version\": 2, " BOOT ", " HOST ", \"guests\": {}}",
		"{\"version\": 2, " BOOT ", \"host\": 7, \"guests\": []}",
		"{\"version\": 2, \"boot_id\": 7, " HOST ", \"guests\": []}",
		"{\"version\": 2, \"version\": 1, " BOOT ", " HOST ", \"guests\": []}",
		FILE_2(HOST, GOOD) "x",
		FILE_2(HOST_1, GOOD),
		FILE_2(HOST, "7"),
		FILE_2(HOST, GOOD ", " GOOD),
		FILE_2(HOST, GUEST("0", "\"u\"", SIZES, "4")),
		/* This one is the host's when cut to 32 bits. */
		FILE_2(HOST, GUEST("4294967296", "\"u\"", SIZES, "4")),
		FILE_2(HOST, GUEST("-1", "\"u\"", SIZES, "4")),
		FILE_2(HOST, GUEST("1.5", "\"u\"", SIZES, "4")),
		FILE_2(HOST, GUEST("1", "\"h\"", SIZES, "4")),
		FILE_2(HOST, GUEST("1", "\"\"", SIZES, "4")),
		FILE_2(HOST, GUEST("1", "\"u\\u0000x\"", SIZES, "4")),
		FILE_2(HOST, GUEST("1", "\"0123456789012345678901234567890123456\"",
				   SIZES, "4")),
		FILE_2(HOST, GUEST("1", "\"u\"", SIZES, "0")),
		FILE_2(HOST, GUEST("1", "\"u\"", SIZES, "6")),
		FILE_2(HOST, GUEST("1", "\"u\"", SIZES, "4194304")),
		FILE_2(HOST, GUEST("1", "\"u\"", "\"actual_kb\": 9223372036854775807, "
				   "\"target_kb\": 8, \"max_kb\": 9, \"static_max_kb\": 9",
				   "4")),
		FILE_2(HOST, GUEST("1", "\"u\"", "\"actual_kb\": 8, \"target_kb\": 1e99, "
				   "\"max_kb\": 9, \"static_max_kb\": 9", "4")),
	};
	struct state state;
	size_t i;

	make_folder();
	/* What they are made from is right. */
	write_text(good, strlen(good));
	ASSERT(state_load(path, &state, NULL) == 0);
	EXPECT_U64(state.count, 1);
	state_free(&state);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		write_text(bad[i], strlen(bad[i]));
		printf("# file %zu\n", i);
		expect_refused(-EINVAL);
	}
	remove_folder();
}

TEST(torn_files_are_refused_at_any_length)
{
	static char text[TEXT_MAX];
	struct state state;
	size_t len, n;

	make_folder();
	make_state(&state, 2);
	ASSERT(state_save(path, &state, NULL) == 0);
	state_free(&state);
	len = read_text(text);
	/* All but the newline at its end. */
	for (n = 0; n + 1 < len; n++) {
		write_text(text, n);
		expect_refused(-EINVAL);
	}
	remove_folder();
}

/* Whatever is in it: no crash, and what is believed is within bounds. */
TEST(damaged_files_do_no_harm)
{
	static char text[TEXT_MAX];
	struct random rnd;
	struct state state;
	size_t len, i;
	int round, believed = 0;

	make_folder();
	make_state(&state, 2);
	ASSERT(state_save(path, &state, NULL) == 0);
	state_free(&state);
	len = read_text(text);
	random_init(&rnd, 20261121);
	for (round = 0; round < 3000; round++) {
		static char damaged[TEXT_MAX];
		unsigned int times = 1 + random_below(&rnd, 3);

		memcpy(damaged, text, len);
		while (times--)
			damaged[random_below(&rnd, (uint32_t)len)] =
				" \0{}[],:\"0919-e\\u"[random_below(&rnd, 17)];
		write_text(damaged, len);
		if (state_load(path, &state, NULL) < 0)
			continue;
		believed++;
		for (i = 0; i < state.count; i++) {
			const struct side_base *base = &state.guests[i].base;

			EXPECT(base->domain.id != 0 && base->domain.uuid[0]);
			EXPECT(base->sizes.actual_kb < 1ULL << 43);
			EXPECT(base->quantum_kb && base->quantum_kb % 4 == 0);
		}
		state_free(&state);
	}
	EXPECT(believed > 0);
	remove_folder();
}

TEST(too_many_guests_are_refused)
{
	static const char head[] = "{\"version\": 2, " BOOT ", " HOST ", \"guests\": [";
	struct error err = { 0 };
	struct state state;
	FILE *f;
	int i;

	make_folder();
	f = fopen(path, "w");
	ASSERT(f);
	fputs(head, f);
	for (i = 1; i <= MOVE_GUESTS_MAX + 1; i++)
		fprintf(f, "%s{\"id\": %d, \"name\": \"u\", \"uuid\": \"u%d\", " SIZES
			", \"quantum_kb\": 4, " FLAGS "}", i > 1 ? "," : "", i, i);
	fputs("]}", f);
	fclose(f);
	EXPECT_INT(state_load(path, &state, &err), -EINVAL);
	EXPECT_HAS(err.text, "more than");
	remove_folder();
}

TEST(files_of_others_are_refused)
{
	static const char good[] = FILE_2(HOST, GOOD);
	char elsewhere[sizeof(path) + 8];
	struct error err = { 0 };
	struct state state;

	make_folder();
	write_text(good, strlen(good));
	ASSERT(chmod(path, 0620) == 0);
	expect_refused(-EPERM);
	ASSERT(chmod(path, 0602) == 0);
	expect_refused(-EPERM);
	ASSERT(chmod(path, 0600) == 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s.real", path);
	ASSERT(rename(path, elsewhere) == 0);
	ASSERT(symlink(elsewhere, path) == 0);
	expect_refused(-EPERM);
	ASSERT(unlink(path) == 0 && unlink(elsewhere) == 0);
	/* Nobody waits for the other end of a pipe. */
	ASSERT(mkfifo(path, 0600) == 0);
	EXPECT_INT(state_load(path, &state, &err), -EPERM);
	EXPECT_HAS(err.text, path);
	if (geteuid() == 0) {
		write_text(good, strlen(good));
		ASSERT(chown(path, 12345, 0) == 0);
		expect_refused(-EPERM);
	}
	remove_folder();
}

TEST(file_that_cannot_be_replaced_stays)
{
	struct error err = { 0 };
	struct state state, back;

	if (geteuid() != 0)
		SKIP("not root");
	make_folder();
	make_state(&state, 1);
	ASSERT(state_save(path, &state, NULL) == 0);
	/* A folder where nobody can write, root neither. */
	ASSERT(chmod(folder, 0500) == 0);
	ASSERT(seteuid(65534) == 0);
	state.guests[0].foreign = true;
	EXPECT(state_save(path, &state, &err) < 0);
	EXPECT_HAS(err.text, path);
	ASSERT(seteuid(0) == 0);
	ASSERT(chmod(folder, 0700) == 0);
	ASSERT(state_load(path, &back, NULL) == 0);
	EXPECT(!back.guests[0].foreign);
	state_free(&back);
	state_free(&state);
	remove_folder();
}

TEST(lock_lets_only_one_in)
{
	struct error err = { 0 };
	int first, second;

	make_folder();
	ASSERT(state_lock(path, &first, &err) == 0);
	EXPECT_INT(state_lock(path, &second, &err), -EBUSY);
	EXPECT_HAS(err.text, "another balloon-sync");
	close(first);
	EXPECT_INT(state_lock(path, &second, &err), 0);
	close(second);
	remove_folder();
}

TEST(limits_and_addresses_come_back)
{
	struct state state, back;
	struct error err = { 0 };

	make_folder();
	make_state(&state, 1);
	strcpy(state.hypervisor, "qmp");
	strcpy(state.guests[0].address, "/run/vm/u1.qmp");
	ASSERT(state_add_limit(&state, "/sys/fs/cgroup/a", 7, 4096, &err) == 0);
	ASSERT(state_add_limit(&state, "/sys/fs/cgroup/b", UINT64_MAX - 1, STATE_UNLIMITED,
			       &err) == 0);
	EXPECT_INT(state_add_limit(&state, "/sys/fs/cgroup/a", 8, 1, &err), -EEXIST);
	ASSERT(state_save(path, &state, &err) == 0);
	ASSERT(state_load(path, &back, &err) == 0);
	EXPECT_STR(back.hypervisor, "qmp");
	EXPECT_STR(back.guests[0].address, "/run/vm/u1.qmp");
	ASSERT(back.limit_count == 2);
	EXPECT_STR(back.limits[0].folder, "/sys/fs/cgroup/a");
	EXPECT_U64(back.limits[0].id, 7);
	EXPECT_U64(back.limits[0].before_bytes, 4096);
	EXPECT_U64(back.limits[1].id, UINT64_MAX - 1);
	EXPECT_U64(back.limits[1].before_bytes, STATE_UNLIMITED);
	state_drop_limit(&back, "/sys/fs/cgroup/a");
	ASSERT(back.limit_count == 1);
	EXPECT_STR(back.limits[0].folder, "/sys/fs/cgroup/b");
	state_free(&back);
	state_free(&state);
	remove_folder();
}

TEST(limits_that_cannot_be_ours_are_refused)
{
	static const char *const wrong[] = {
		"\"folder\": \"a\"", "\"folder\": \"/a/../b\"", "\"folder\": 7", "\"folder\": \"\"",
	};
	static char text[TEXT_MAX], changed[TEXT_MAX + 64];
	const char *right = "\"folder\": \"/sys/x\"";
	struct state state;
	struct error err = { 0 };
	size_t i;

	make_folder();
	make_state(&state, 1);
	ASSERT(state_add_limit(&state, "/sys/x", 7, 4096, &err) == 0);
	ASSERT(state_save(path, &state, &err) == 0);
	read_text(text);
	ASSERT(strstr(text, right));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		int at = (int)(strstr(text, right) - text);
		int len = snprintf(changed, sizeof(changed), "%.*s%s%s", at, text, wrong[i],
				   text + at + strlen(right));

		write_text(changed, (size_t)len);
		expect_refused(-EINVAL);
	}
	state_free(&state);
	remove_folder();
}

KTAP_MAIN()
