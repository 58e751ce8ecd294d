/* SPDX-License-Identifier: GPL-2.0-only */
/* Which page belongs to whom: 32 bits for every base page of memory. */
#ifndef FILECACHE_TAG_H
#define FILECACHE_TAG_H

#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/*
 * Values of a tag.  All others are indices of owners; every one of these but
 * TAG_NONE is the index of an owner too.
 */
#define TAG_NONE	0	/* not in the page cache, as far as we have seen */
#define TAG_UNKNOWN	1	/* was in the page cache before the module */
#define TAG_OVERFLOW	2	/* its owner could not be allocated */
#define TAG_FIRST	3	/* the first index of a process's owner */

#define TAG_CHUNK_SHIFT	15
#define TAG_CHUNK_PAGES	BIT(TAG_CHUNK_SHIFT)
#define TAG_LEAF_SHIFT	9
#define TAG_LEAF_CHUNKS	BIT(TAG_LEAF_SHIFT)

/**
 * struct tag_chunk - tags of TAG_CHUNK_PAGES pages, aligned to their number
 * @tag: one for each base page
 *
 * A tag is written with the folio of its page locked and preemption off.
 */
struct tag_chunk {
	u32 tag[TAG_CHUNK_PAGES];
};

/**
 * struct tag_leaf - second level of the directory
 * @chunk: NULL where no memory is online; read under RCU (preemption off),
 *	   written under filecache_tags.lock
 */
struct tag_leaf {
	struct tag_chunk __rcu *chunk[TAG_LEAF_CHUNKS];
};

/**
 * struct filecache_tags - the tags of all memory that is online
 * @root: first level of the directory, never NULL entries: where there is no
 *	  memory they are @empty; published by smp_store_release(), pairs with
 *	  the address dependency in filecache_tag()
 * @root_size: entries of @root
 * @empty: a leaf without chunks
 * @lock: protects changes to the directory
 * @chunks: how many there are; protected by @lock
 * @notifier: tells us of memory that comes and goes
 */
struct filecache_tags {
	struct tag_leaf **root;
	unsigned long root_size;
	struct tag_leaf *empty;
	struct mutex lock;	/* changes of the directory */
	unsigned long chunks;
	struct notifier_block notifier;
};

int filecache_tags_init(void);
void filecache_tags_exit(void);
u64 filecache_tags_bytes(void);
struct tag_chunk *filecache_tags_next(unsigned long *pfn);

/**
 * filecache_tag_chunk() - The tags around a page.
 * @tags: the tags
 * @pfn: of the page, which must be one of this machine's memory
 *
 * Context: preemption off, which keeps the chunk alive.
 * Return: NULL when the page's memory has no tags.
 */
static __always_inline struct tag_chunk *
filecache_tag_chunk(const struct filecache_tags *tags, unsigned long pfn)
{
	struct tag_leaf *leaf;

	leaf = READ_ONCE(tags->root[pfn >> (TAG_CHUNK_SHIFT + TAG_LEAF_SHIFT)]);
	return rcu_dereference_sched(leaf->chunk[(pfn >> TAG_CHUNK_SHIFT) &
						 (TAG_LEAF_CHUNKS - 1)]);
}

/** filecache_tag_in() - The tag of a page in its chunk. */
static __always_inline u32 *filecache_tag_in(struct tag_chunk *chunk, unsigned long pfn)
{
	return &chunk->tag[pfn & (TAG_CHUNK_PAGES - 1)];
}

/**
 * filecache_tag() - The tag of a page.
 * @tags: the tags
 * @pfn: of the page, which must be one of this machine's memory
 *
 * Context: preemption off, which keeps the tag alive.
 * Return: NULL when the page's memory has no tags.
 */
static __always_inline u32 *filecache_tag(const struct filecache_tags *tags,
					  unsigned long pfn)
{
	struct tag_chunk *chunk = filecache_tag_chunk(tags, pfn);

	return likely(chunk) ? filecache_tag_in(chunk, pfn) : NULL;
}

#endif
