// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folding: when more dead owners have pages than anybody can look at, the
 * oldest ones' pages are given to an owner that stands for all dead ones of
 * one user in one cgroup.  Sums by user and by cgroup do not change, and what
 * a fork bomb can make the kernel remember is bounded.  An owner whose process
 * runs another program by now counts as dead here: whoever only executes is
 * bounded as well, and loses from the sum over the process what was folded.
 */
#include <linux/filecache.h>

#include "filecache.h"
#include "fold.h"
#include "retag.h"

/*
 * Not more buckets than BUCKETS_MAX.  When BUCKETS_FULL are there, a new pair
 * of cgroup and user goes to a bucket of that user, whatever the cgroup; at
 * the end all that is left goes to one.
 */
#define BUCKETS_MAX	1024
#define BUCKETS_FULL	(BUCKETS_MAX / 4 * 3)

/* Owners that are looked at while the lock is held, with interrupts off. */
#define FOLD_BATCH	64

/**
 * struct fold_batch - owners that are to be folded
 * @owner: they stay, since we hold owners.lock
 * @cgroup_id: of each, 0 in a bucket for all cgroups
 * @uid: of each
 * @nr: how many
 */
struct fold_batch {
	struct filecache_owner *owner[FOLD_BATCH];
	u64 cgroup_id[FOLD_BATCH];
	kuid_t uid[FOLD_BATCH];
	unsigned int nr;
};

/* A stand-in for a cgroup has an exec_id of 0, and a cgroup. */
static struct account_key bucket_key(u64 cgroup_id, kuid_t uid)
{
	return (struct account_key){
		.start = cgroup_id,
		.exec_id = 1ULL + __kuid_val(uid),
	};
}

static u32 bucket(u64 cgroup_id, kuid_t uid)
{
	const struct account_key key = bucket_key(cgroup_id, uid);

	return filecache_owner_stand_in(&key, cgroup_id, uid, FILECACHE_OWNER_FLAG_FOLDED,
					GFP_KERNEL);
}

static bool bucket_exists(u64 cgroup_id, kuid_t uid)
{
	const struct account_key key = bucket_key(cgroup_id, uid);
	bool exists;

	rcu_read_lock();
	exists = filecache_owner_by_key(&key);
	rcu_read_unlock();
	return exists;
}

static u32 bucket_for(u64 cgroup_id, kuid_t uid)
{
	const struct account_key rest = {};
	unsigned int nr = READ_ONCE(filecache.owners.buckets);

	if (nr < BUCKETS_FULL || bucket_exists(cgroup_id, uid))
		return bucket(cgroup_id, uid);
	if (nr < BUCKETS_MAX - 1 || bucket_exists(0, uid))
		return bucket(0, uid);
	return filecache_owner_stand_in(&rest, 0, GLOBAL_ROOT_UID,
					FILECACHE_OWNER_FLAG_FOLDED, GFP_KERNEL);
}

/*
 * The next few dead owners after @last, which stays in the list as only we
 * take owners out of it.  Others add to its end.
 */
static void batch_take(struct fold_batch *batch, struct list_head **last,
		       unsigned int max)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_owner *owner;

	batch->nr = 0;
	xa_lock(&owners->xa);
	while (batch->nr < min_t(unsigned int, max, FOLD_BATCH) &&
	       !list_is_last(*last, &owners->dead_list)) {
		*last = (*last)->next;
		owner = list_entry(*last, struct filecache_owner, dead);
		batch->owner[batch->nr] = owner;
		batch->cgroup_id[batch->nr] = owner->cgroup_id;
		batch->uid[batch->nr] = owner->uid;
		batch->nr++;
	}
	xa_unlock(&owners->xa);
}

/* It may come here again if one of its pages was busy: it counts once. */
static void owner_merge(struct filecache_owner *owner, u32 idx)
{
	struct filecache_owners *owners = &filecache.owners;
	struct filecache_owner *heir;

	xa_lock(&owners->xa);
	heir = xa_load(&owners->xa, idx);
	if (heir && !owner->merged) {
		owner->merged = true;
		heir->folded++;
		owners->folded++;
	}
	xa_unlock(&owners->xa);
}

static int batch_fold(const struct fold_batch *batch, struct filecache_retag *retag)
{
	unsigned int i;
	u32 idx;

	for (i = 0; i < batch->nr; i++) {
		idx = bucket_for(batch->cgroup_id[i], batch->uid[i]);
		if (idx == TAG_OVERFLOW)
			return -ENOMEM;
		owner_merge(batch->owner[i], idx);
		filecache_retag_add(retag, batch->owner[i]->idx, idx);
	}
	cond_resched();
	return 0;
}

/**
 * filecache_fold() - Fold the oldest dead owners, if there are too many.
 *
 * Some more than necessary, since a pass over all tags costs the same for one
 * as for all.
 *
 * Context: owners.lock; may sleep.
 * Return: whether owners have lost their pages.
 */
bool filecache_fold(void)
{
	struct filecache_owners *owners = &filecache.owners;
	unsigned int dead = READ_ONCE(owners->dead) + READ_ONCE(owners->superseded);
	unsigned int max = READ_ONCE(owners->max_dead);
	struct list_head *last = &owners->dead_list;
	struct filecache_retag retag;
	struct fold_batch batch;
	unsigned int left;

	lockdep_assert_held(&owners->lock);
	if (dead <= max || filecache_retag_init(&retag))
		return false;
	/* What there is no memory for now is folded next time. */
	for (left = dead - max + max / 8; left; left -= batch.nr) {
		batch_take(&batch, &last, left);
		if (!batch.nr || batch_fold(&batch, &retag))
			break;
	}
	filecache_retag_run(&retag);
	filecache_retag_exit(&retag);
	return true;
}
