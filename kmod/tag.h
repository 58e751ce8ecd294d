/* SPDX-License-Identifier: GPL-2.0-only */
/* Which page belongs to whom: 32 bits for every base page of memory. */
#ifndef FILECACHE_TAG_H
#define FILECACHE_TAG_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/*
 * Values of a tag.  All others are indices of owners, and so are TAG_UNKNOWN
 * and TAG_OVERFLOW.
 */
#define TAG_NONE	0	/* not in the page cache, as far as we have seen */
#define TAG_UNKNOWN	1	/* was in the page cache before the module */
#define TAG_OVERFLOW	2	/* its owner could not be allocated */
#define TAG_FIRST	3	/* the first index of a process's owner */
#define TAG_MISSING	U32_MAX	/* no memory is online there, so there is no tag */

#define TAG_CHUNK_SHIFT	15
#define TAG_CHUNK_PAGES	BIT(TAG_CHUNK_SHIFT)
#define TAG_CHUNK_SIZE	(TAG_CHUNK_PAGES * sizeof(u32))

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
 * struct filecache_tags - the tags of all memory that is online
 * @map: by page frame number, contiguous in virtual memory; where no memory is
 *	 online it shows @missing over and over.  Replaced by another map of the
 *	 same tags when memory comes or goes, and used with preemption off or
 *	 under RCU, which keeps it alive
 * @by_page: where @map is for a struct page at address 0
 * @end: first page frame number that is not in @map; only grows, after @map has
 * @chunk: the tags as they are allocated, or NULL; protected by @lock
 * @room: entries of @chunk; protected by @lock
 * @missing: a page of TAG_MISSING
 * @lock: protects changes
 * @chunks: how many there are; protected by @lock
 * @notifier: tells us of memory that comes and goes
 */
struct filecache_tags {
	u32 *map;
	unsigned long by_page;
	unsigned long end;
	struct tag_chunk **chunk;
	unsigned long room;
	struct page *missing;
	struct mutex lock;	/* changes of all of these */
	unsigned long chunks;
	struct notifier_block notifier;
};

int filecache_tags_init(void);
void filecache_tags_exit(void);
u64 filecache_tags_bytes(void);
struct tag_chunk *filecache_tags_next(unsigned long *pfn);

/**
 * filecache_tag_of() - The tag of a page, or what is in its place.
 * @tags: the tags
 * @pfn: of the page, which must be of memory that has been online
 *
 * Context: preemption off, which keeps the tag alive.
 * Return: where TAG_MISSING is when the page's memory has no tags.
 */
static __always_inline u32 *filecache_tag_of(const struct filecache_tags *tags,
					     unsigned long pfn)
{
	return READ_ONCE(tags->map) + pfn;
}

/**
 * filecache_tag_of_page() - The same for who has no page frame number yet.
 * @tags: the tags
 * @page: which must be of memory that has been online
 *
 * A page's number is its distance from where the array of all pages begins;
 * that is subtracted beforehand where it can be, as every event passes here.
 *
 * Context: preemption off, which keeps the tag alive.
 * Return: where TAG_MISSING is when the page's memory has no tags.
 */
static __always_inline u32 *filecache_tag_of_page(const struct filecache_tags *tags,
						  const struct page *page)
{
	if (!IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) || !is_power_of_2(sizeof(*page)))
		return filecache_tag_of(tags, page_to_pfn(page));
	/* Read once or twice makes no difference: both maps show the same tags. */
	return (u32 *)(data_race(tags->by_page) +
		       (unsigned long)page / (sizeof(*page) / sizeof(u32)));
}

/**
 * filecache_tag() - The tag of a page.
 * @tags: the tags
 * @pfn: of the page
 *
 * Context: preemption off, which keeps the tag alive.
 * Return: NULL when the page's memory has no tags.
 */
static inline u32 *filecache_tag(const struct filecache_tags *tags, unsigned long pfn)
{
	u32 *tag;

	/* Pairs with the release in map_renew(). */
	if (unlikely(pfn >= smp_load_acquire(&tags->end)))
		return NULL;
	tag = filecache_tag_of(tags, pfn);
	return likely(READ_ONCE(*tag) != TAG_MISSING) ? tag : NULL;
}

#endif
