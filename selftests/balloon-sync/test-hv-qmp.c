// SPDX-License-Identifier: GPL-2.0-or-later
/* Guests behind QMP sockets: who they are, what they were asked, what is unknown. */
#include <errno.h>

#include "balloon-sync/fake-qemu.h"
#include "hv/hv.h"
#include "ktap.h"

#define MB	1024ULL

/**
 * struct rig - hypervisor, and a QEMU or two
 */
struct rig {
	char folder[64];
	char path[2][96];
	pid_t pids[2];
	struct fake_qemu *qemu[2];
	struct hv *hv;
	struct hv_domain domain;
	struct hv_sizes sizes;
	struct error err;
};

static struct rig rig;

static void clean(void)
{
	int i;

	hv_destroy(rig.hv);
	for (i = 0; i < 2; i++) {
		if (rig.pids[i])
			fake_end(rig.pids[i]);
		unlink(rig.path[i]);
	}
	rmdir(rig.folder);
}

static void start_qemu(int i)
{
	rig.pids[i] = fake_listen(rig.path[i], fake_qemu_serve, rig.qemu[i]);
}

static void end_qemu(int i)
{
	fake_end(rig.pids[i]);
	rig.pids[i] = 0;
}

static void start(void)
{
	int i;

	strcpy(rig.folder, "/tmp/test-hv-qmp.XXXXXX");
	ASSERT(mkdtemp(rig.folder));
	atexit(clean);
	for (i = 0; i < 2; i++) {
		snprintf(rig.path[i], sizeof(rig.path[i]), "%s/qmp%d", rig.folder, i);
		rig.qemu[i] = fake_qemu_create();
	}
	start_qemu(0);
	ASSERT(hv_qmp_create(&rig.hv, &rig.err) == 0);
	ASSERT(hv_qmp_add(rig.hv, "web1", rig.path[0], &rig.err) == 0);
}

static void found(void)
{
	start();
	ASSERT(hv_find(rig.hv, "web1", &rig.domain, &rig.err) == 0);
}

static int look(void)
{
	return hv_read(rig.hv, &rig.domain, &rig.sizes, &rig.err);
}

TEST(who_it_is_and_what_it_has)
{
	found();
	EXPECT_STR(rig.domain.name, "web1");
	EXPECT_STR(rig.domain.uuid, rig.qemu[0]->uuid);
	EXPECT_INT(rig.domain.id, rig.pids[0]);
	EXPECT(rig.hv->pool);
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.sizes.actual_kb, FAKE_RAM_KB);
	EXPECT_U64(rig.sizes.target_kb, FAKE_RAM_KB);
	EXPECT_U64(rig.sizes.max_kb, FAKE_RAM_KB);
	EXPECT_U64(rig.sizes.static_max_kb, FAKE_RAM_KB);
	/* Nothing of that size is mapped there. */
	EXPECT_U64(rig.sizes.resident_kb, HV_UNKNOWN);
}

TEST(names_that_are_not_there)
{
	found();
	EXPECT_INT(hv_find(rig.hv, "db1", &rig.domain, &rig.err), -ENOENT);
	EXPECT_INT(hv_qmp_add(rig.hv, "db1", rig.path[1], &rig.err), 0);
	EXPECT_INT(hv_find(rig.hv, "db1", &rig.domain, &rig.err), -ENOENT);
	EXPECT_HAS(rig.err.text, "db1: nobody listens");
}

/* Half-way, and nobody knows where to: it stays there, and that is told. */
TEST(what_somebody_asked_before_does_not_go_on)
{
	start();
	rig.qemu[0]->actual_kb = 20 * MB;
	rig.qemu[0]->asked_kb = 16 * MB;
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), 0);
	EXPECT_INT(rig.qemu[0]->asks, 1);
	EXPECT_U64(rig.qemu[0]->asked_kb, 20 * MB);
	rig.qemu[0]->actual_kb = 19 * MB;
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.sizes.actual_kb, 19 * MB);
	EXPECT_U64(rig.sizes.target_kb, 20 * MB);
	EXPECT_INT(rig.qemu[0]->asks, 1);
}

TEST(the_target_is_what_was_asked_whatever_the_guest_does)
{
	found();
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, 10 * MB, &rig.err), 0);
	EXPECT_U64(rig.qemu[0]->asked_kb, 10 * MB);
	rig.qemu[0]->actual_kb = 15 * MB;
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.sizes.actual_kb, 15 * MB);
	EXPECT_U64(rig.sizes.target_kb, 10 * MB);
}

TEST(targets_that_make_no_sense)
{
	unsigned int asks;

	found();
	asks = rig.qemu[0]->asks;
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, 0, &rig.err), -EINVAL);
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, FAKE_RAM_KB + 4, &rig.err), -EINVAL);
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, UINT64_MAX, &rig.err), -EINVAL);
	EXPECT_INT(rig.qemu[0]->asks, asks);
	EXPECT_INT(hv_set_max(rig.hv, &rig.domain, MB, &rig.err), -EOPNOTSUPP);
	EXPECT_INT(hv_claim(rig.hv, &rig.domain, MB, &rig.err), -EOPNOTSUPP);
}

TEST(a_request_whose_answer_was_lost_is_made_again)
{
	unsigned int asks;

	found();
	asks = rig.qemu[0]->asks;
	rig.qemu[0]->lose_answer = true;
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, 12 * MB, &rig.err), -ENOTCONN);
	/* As if it had not been carried out. */
	rig.qemu[0]->asked_kb = 0;
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.qemu[0]->asked_kb, 12 * MB);
	EXPECT_U64(rig.sizes.target_kb, 12 * MB);
	EXPECT_INT(look(), 0);
	EXPECT_INT(rig.qemu[0]->asks, asks + 2);
}

TEST(the_answer_to_the_first_request_is_lost)
{
	start();
	rig.qemu[0]->lose_answer = true;
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), -ENOTCONN);
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), 0);
	EXPECT_STR(rig.domain.uuid, rig.qemu[0]->uuid);
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.sizes.target_kb, FAKE_RAM_KB);
}

TEST(gone)
{
	found();
	end_qemu(0);
	EXPECT_INT(look(), -ENODEV);
	EXPECT_HAS(rig.err.text, "web1: the guest is gone");
	EXPECT_INT(hv_set_target(rig.hv, &rig.domain, MB, &rig.err), -ENODEV);
	unlink(rig.path[0]);
	EXPECT_INT(look(), -ENODEV);
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), -ENOENT);
}

/* The same guest by its name and UUID, but what was asked of it is forgotten. */
TEST(another_qemu_behind_the_same_socket_is_another_guest)
{
	struct hv_domain old;

	found();
	old = rig.domain;
	EXPECT_INT(hv_set_target(rig.hv, &old, 8 * MB, &rig.err), 0);
	end_qemu(0);
	start_qemu(0);
	EXPECT_INT(look(), -ENODEV);
	EXPECT_INT(hv_set_target(rig.hv, &old, 8 * MB, &rig.err), -ENODEV);
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), 0);
	EXPECT_INT(look(), 0);
	EXPECT_U64(rig.sizes.target_kb, FAKE_RAM_KB);
	EXPECT_STR(rig.domain.uuid, old.uuid);
	EXPECT(rig.domain.id != old.id);
}

TEST(a_guest_without_uuid_gets_one_of_its_own)
{
	struct hv_domain other;

	start();
	strcpy(rig.qemu[0]->uuid, "00000000-0000-0000-0000-000000000000");
	strcpy(rig.qemu[1]->uuid, "00000000-0000-0000-0000-000000000000");
	start_qemu(1);
	ASSERT(hv_qmp_add(rig.hv, "db1", rig.path[1], &rig.err) == 0);
	ASSERT(hv_find(rig.hv, "web1", &rig.domain, &rig.err) == 0);
	ASSERT(hv_find(rig.hv, "db1", &other, &rig.err) == 0);
	EXPECT_INT(strlen(other.uuid), HV_UUID_LEN);
	EXPECT(strcmp(other.uuid, rig.domain.uuid) != 0);
	EXPECT(strcmp(other.uuid, rig.qemu[0]->uuid) != 0);
	EXPECT_INT(look(), 0);
	/* It is the same for whoever comes after us. */
	hv_destroy(rig.hv);
	ASSERT(hv_qmp_create(&rig.hv, &rig.err) == 0);
	ASSERT(hv_qmp_add(rig.hv, "web1", rig.path[0], &rig.err) == 0);
	EXPECT_INT(look(), 0);
}

TEST(a_new_socket_for_an_old_name)
{
	struct hv_domain old;

	found();
	old = rig.domain;
	strcpy(rig.qemu[1]->uuid, "99999999-2222-3333-4444-555555555555");
	start_qemu(1);
	EXPECT_INT(hv_qmp_add(rig.hv, "web1", rig.path[1], &rig.err), 0);
	EXPECT_INT(hv_qmp_add(rig.hv, "web1", rig.path[1], &rig.err), 0);
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), 0);
	EXPECT_STR(rig.domain.uuid, rig.qemu[1]->uuid);
	EXPECT_INT(look(), 0);
	EXPECT_INT(hv_set_target(rig.hv, &old, 9 * MB, &rig.err), 0);
	EXPECT_U64(rig.qemu[0]->asked_kb, 9 * MB);
	EXPECT_U64(rig.qemu[1]->asked_kb, FAKE_RAM_KB);
	/* Whether the one behind it is the one we mean, nobody can tell then. */
	end_qemu(1);
	EXPECT_INT(hv_read(rig.hv, &old, &rig.sizes, &rig.err), 0);
	end_qemu(0);
	EXPECT_INT(hv_read(rig.hv, &old, &rig.sizes, &rig.err), -ENODEV);
}

TEST(without_a_balloon_it_is_said_what_to_add)
{
	start();
	rig.qemu[0]->no_balloon = true;
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), -EOPNOTSUPP);
	EXPECT_HAS(rig.err.text, "web1: has no balloon; start QEMU with '-device virtio-balloon'");
}

TEST(an_identity_that_is_none)
{
	start();
	strcpy(rig.qemu[0]->uuid, "short");
	EXPECT_INT(hv_find(rig.hv, "web1", &rig.domain, &rig.err), -EPROTO);
}

TEST(how_it_fares)
{
	struct hv_distress d;

	found();
	EXPECT_INT(hv_distress(rig.hv, &rig.domain, &d, &rig.err), 0);
	EXPECT(rig.qemu[0]->period_s > 0);
	/* It has never said anything. */
	EXPECT_U64(d.age_ms, HV_UNKNOWN);
	EXPECT_U64(d.total_kb, HV_UNKNOWN);
	strcpy(rig.qemu[0]->stats,
	       "{\"stats\": {\"stat-total-memory\": 2048, \"stat-free-memory\": 1024, "
	       "\"stat-available-memory\": 18446744073709551615, \"stat-swap-in\": 4096, "
	       "\"stat-swap-out\": \"x\", \"stat-major-faults\": 3}, \"last-update\": 1}");
	EXPECT_INT(hv_distress(rig.hv, &rig.domain, &d, &rig.err), 0);
	EXPECT_U64(d.total_kb, 2);
	EXPECT_U64(d.free_kb, 1);
	EXPECT_U64(d.available_kb, HV_UNKNOWN);
	EXPECT_U64(d.swap_in_kb, 4);
	EXPECT_U64(d.swap_out_kb, HV_UNKNOWN);
	EXPECT_U64(d.major_faults, 3);
	/* Since 1970. */
	EXPECT(d.age_ms != HV_UNKNOWN && d.age_ms > 1000000000000);
}

KTAP_MAIN()
