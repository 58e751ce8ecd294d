// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storage of tags: chunks that follow the memory sections as they come and
 * go.  Growing dom0, which is what this module is used for, hot-adds memory,
 * so an array sized at load would be wrong.
 */
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "filecache.h"

static struct tag_leaf *leaf_get(struct filecache_tags *tags, unsigned long pfn)
{
	struct tag_leaf **entry, *leaf;
	unsigned long i = pfn >> (TAG_CHUNK_SHIFT + TAG_LEAF_SHIFT);

	lockdep_assert_held(&tags->lock);
	if (i >= tags->root_size)
		return NULL;
	entry = &tags->root[i];
	if (*entry != tags->empty)
		return *entry;
	leaf = kzalloc(sizeof(*leaf), GFP_KERNEL);
	if (leaf)
		/* Pairs with the address dependency in filecache_tag(). */
		smp_store_release(entry, leaf);
	return leaf;
}

/* Make sure that the page's chunk exists. */
static int chunk_add(struct filecache_tags *tags, unsigned long pfn, int nid)
{
	struct tag_chunk *chunk;
	struct tag_leaf *leaf;
	unsigned long i = (pfn >> TAG_CHUNK_SHIFT) & (TAG_LEAF_CHUNKS - 1);

	leaf = leaf_get(tags, pfn);
	if (!leaf)
		return -ENOMEM;
	if (rcu_access_pointer(leaf->chunk[i]))
		return 0;
	chunk = vzalloc_node(sizeof(*chunk), nid);
	if (!chunk)
		return -ENOMEM;
	rcu_assign_pointer(leaf->chunk[i], chunk);
	tags->chunks++;
	return 0;
}

static void chunk_remove(struct filecache_tags *tags, unsigned long pfn)
{
	unsigned long i = (pfn >> TAG_CHUNK_SHIFT) & (TAG_LEAF_CHUNKS - 1);
	struct tag_leaf *leaf = tags->root[pfn >> (TAG_CHUNK_SHIFT + TAG_LEAF_SHIFT)];
	struct tag_chunk *chunk;

	chunk = rcu_dereference_protected(leaf->chunk[i],
					  lockdep_is_held(&tags->lock));
	if (!chunk)
		return;
	RCU_INIT_POINTER(leaf->chunk[i], NULL);
	tags->chunks--;
	synchronize_rcu();
	vfree(chunk);
}

static int range_add(struct filecache_tags *tags, unsigned long start,
		     unsigned long end)
{
	int err, nid = pfn_to_nid(start);
	unsigned long pfn;

	for (pfn = round_down(start, TAG_CHUNK_PAGES); pfn < end; pfn += TAG_CHUNK_PAGES) {
		err = chunk_add(tags, pfn, nid);
		if (err)
			return err;
	}
	return 0;
}

/* A chunk that is only in part of the range may have other memory online. */
static void range_remove(struct filecache_tags *tags, unsigned long start,
			 unsigned long end)
{
	unsigned long pfn;

	for (pfn = round_up(start, TAG_CHUNK_PAGES); pfn + TAG_CHUNK_PAGES <= end;
	     pfn += TAG_CHUNK_PAGES)
		chunk_remove(tags, pfn);
}

/*
 * Memory that cannot get tags is refused, as page_ext does: a page without a
 * tag would make the counts inexact for ever.
 */
static int memory_changes(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	struct filecache_tags *tags = container_of(nb, struct filecache_tags, notifier);
	const struct memory_notify *mem = data;
	unsigned long end = mem->start_pfn + mem->nr_pages;
	int err = 0;

	mutex_lock(&tags->lock);
	switch (action) {
	case MEM_GOING_ONLINE:
		err = range_add(tags, mem->start_pfn, end);
		break;
	case MEM_OFFLINE:
	case MEM_CANCEL_ONLINE:
		range_remove(tags, mem->start_pfn, end);
		break;
	}
	mutex_unlock(&tags->lock);
	return notifier_from_errno(err);
}

static bool chunk_online(unsigned long start, unsigned long end)
{
	unsigned long pfn;

	for (pfn = start; pfn < end; pfn += pageblock_nr_pages)
		if (pfn_to_online_page(pfn))
			return true;
	return false;
}

/* Chunks for the memory that was online before the notifier was registered. */
static int node_add(struct filecache_tags *tags, int nid)
{
	unsigned long pfn = NODE_DATA(nid)->node_start_pfn;
	unsigned long end = pfn + NODE_DATA(nid)->node_spanned_pages;
	unsigned long next;
	int err = 0;

	for (; pfn < end && !err; pfn = next) {
		next = round_down(pfn, TAG_CHUNK_PAGES) + TAG_CHUNK_PAGES;
		mutex_lock(&tags->lock);
		if (chunk_online(pfn, min(next, end)))
			err = chunk_add(tags, pfn, nid);
		mutex_unlock(&tags->lock);
		cond_resched();
	}
	return err;
}

static void directory_free(struct filecache_tags *tags)
{
	unsigned long i, j;

	for (i = 0; tags->root && i < tags->root_size; i++) {
		if (tags->root[i] == tags->empty)
			continue;
		for (j = 0; j < TAG_LEAF_CHUNKS; j++)
			vfree(rcu_dereference_protected(tags->root[i]->chunk[j], 1));
		kfree(tags->root[i]);
	}
	kvfree(tags->root);
	kfree(tags->empty);
}

static int directory_alloc(struct filecache_tags *tags)
{
	unsigned long pfns = 1UL << (MAX_PHYSMEM_BITS - PAGE_SHIFT);
	unsigned long i;

	tags->root_size = DIV_ROUND_UP(pfns, TAG_CHUNK_PAGES * TAG_LEAF_CHUNKS);
	tags->empty = kzalloc(sizeof(*tags->empty), GFP_KERNEL);
	tags->root = kvmalloc_array(tags->root_size, sizeof(*tags->root), GFP_KERNEL);
	if (!tags->empty || !tags->root) {
		kvfree(tags->root);
		kfree(tags->empty);
		return -ENOMEM;
	}
	for (i = 0; i < tags->root_size; i++)
		tags->root[i] = tags->empty;
	return 0;
}

/**
 * filecache_tags_init() - Give tags to all memory, now and in future.
 *
 * Return: 0 or -ENOMEM.
 */
int filecache_tags_init(void)
{
	struct filecache_tags *tags = &filecache.tags;
	int nid, err;

	mutex_init(&tags->lock);
	err = directory_alloc(tags);
	if (err)
		return err;
	/* First the notifier: memory that comes meanwhile is seen twice, not never. */
	tags->notifier.notifier_call = memory_changes;
	err = register_memory_notifier(&tags->notifier);
	if (err)
		goto err_directory;
	for_each_online_node(nid) {
		err = node_add(tags, nid);
		if (err)
			goto err_notifier;
	}
	return 0;

err_notifier:
	unregister_memory_notifier(&tags->notifier);
err_directory:
	directory_free(tags);
	return err;
}

/** filecache_tags_exit() - Free all tags; no event may arrive any more. */
void filecache_tags_exit(void)
{
	unregister_memory_notifier(&filecache.tags.notifier);
	directory_free(&filecache.tags);
}

/** filecache_tags_bytes() - Return: memory that the tags take. */
u64 filecache_tags_bytes(void)
{
	return (u64)READ_ONCE(filecache.tags.chunks) * sizeof(struct tag_chunk) +
	       filecache.tags.root_size * sizeof(*filecache.tags.root);
}

/**
 * filecache_tags_next() - Find the next chunk that exists.
 * @pfn: where to begin, a multiple of TAG_CHUNK_PAGES; set to that of the
 *	 chunk's first page
 *
 * Context: RCU read side, under which alone the chunk may be used.
 * Return: NULL after the last one.
 */
struct tag_chunk *filecache_tags_next(unsigned long *pfn)
{
	const struct filecache_tags *tags = &filecache.tags;
	const unsigned long leaf_pages = TAG_CHUNK_PAGES * TAG_LEAF_CHUNKS;
	unsigned long i = *pfn / leaf_pages;
	unsigned long j = *pfn % leaf_pages / TAG_CHUNK_PAGES;
	struct tag_chunk *chunk;

	for (; i < tags->root_size; i++, j = 0) {
		struct tag_leaf *leaf = READ_ONCE(tags->root[i]);

		if (leaf == tags->empty)
			continue;
		for (; j < TAG_LEAF_CHUNKS; j++) {
			chunk = rcu_dereference(leaf->chunk[j]);
			if (!chunk)
				continue;
			*pfn = i * leaf_pages + j * TAG_CHUNK_PAGES;
			return chunk;
		}
	}
	return NULL;
}
