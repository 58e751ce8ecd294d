// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storage of tags: chunks that follow the memory sections as they come and
 * go.  Growing dom0, which is what this module is used for, hot-adds memory,
 * so an array sized at load would be wrong.
 *
 * Finding a page's tag is what every event begins with, so all chunks are
 * mapped side by side, and the page's number is all that is needed.  When
 * memory comes or goes they are mapped anew: the old and the new map show the
 * same tags, so that it does not matter which one an event is using.
 */
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "filecache.h"
#include "page.h"

/* Pages of memory that the tags of a chunk take. */
#define CHUNK_MEMORY (TAG_CHUNK_SIZE / PAGE_SIZE)

static void chunk_pages(const struct filecache_tags *tags, unsigned long i,
			struct page **ret)
{
	const void *chunk = i < tags->room ? tags->chunk[i] : NULL;
	unsigned int j;

	for (j = 0; j < CHUNK_MEMORY; j++)
		ret[j] = chunk ? vmalloc_to_page(chunk + j * PAGE_SIZE) : tags->missing;
}

static void map_free(u32 *map, unsigned long chunks)
{
	if (map)
		vm_unmap_ram(map, chunks * CHUNK_MEMORY);
}

/* Map the chunks that there are now. */
static int map_renew(struct filecache_tags *tags)
{
	/* It never becomes smaller: somebody may have read the end already. */
	unsigned long i, chunks = max(tags->room, tags->end >> TAG_CHUNK_SHIFT);
	const unsigned long old_chunks = tags->end >> TAG_CHUNK_SHIFT;
	struct page **pages;
	u32 *map, *old;

	lockdep_assert_held(&tags->lock);
	pages = kvmalloc_array(chunks, CHUNK_MEMORY * sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < chunks; i++)
		chunk_pages(tags, i, &pages[i * CHUNK_MEMORY]);
	/* Unlike vmap() it may map the same page more often than there is memory. */
	map = vm_map_ram(pages, chunks * CHUNK_MEMORY, NUMA_NO_NODE);
	kvfree(pages);
	if (!map)
		return -ENOMEM;
	old = tags->map;
	/* Pairs with the address dependency in filecache_tag_of(). */
	smp_store_release(&tags->map, map);
	/* Pairs with the address dependency in filecache_tag_of_page(). */
	smp_store_release(&tags->by_page, (unsigned long)map -
			  (unsigned long)pfn_to_page(0) / (sizeof(struct page) / sizeof(u32)));
	/* First the map; pairs with the acquire in filecache_tag(). */
	smp_store_release(&tags->end, chunks << TAG_CHUNK_SHIFT);
	synchronize_rcu();
	map_free(old, old_chunks);
	return 0;
}

/* Make room for chunks up to the @i-th. */
static int room_make(struct filecache_tags *tags, unsigned long i)
{
	struct tag_chunk **chunk;

	if (i < tags->room)
		return 0;
	chunk = kvcalloc(i + 1, sizeof(*chunk), GFP_KERNEL);
	if (!chunk)
		return -ENOMEM;
	if (tags->room)
		memcpy(chunk, tags->chunk, tags->room * sizeof(*chunk));
	kvfree(tags->chunk);
	tags->chunk = chunk;
	tags->room = i + 1;
	return 0;
}

/* Make sure that the page's chunk exists. */
static int chunk_add(struct filecache_tags *tags, unsigned long pfn, int nid)
{
	unsigned long i = pfn >> TAG_CHUNK_SHIFT;
	int err;

	lockdep_assert_held(&tags->lock);
	err = room_make(tags, i);
	if (err || tags->chunk[i])
		return err;
	tags->chunk[i] = vzalloc_node(sizeof(*tags->chunk[i]), nid);
	if (!tags->chunk[i])
		return -ENOMEM;
	tags->chunks++;
	return 0;
}

/* The chunk must not be in the map any more. */
static void chunk_free(struct filecache_tags *tags, struct tag_chunk *chunk)
{
	if (!chunk)
		return;
	vfree(chunk);
	tags->chunks--;
}

/* Whether memory of pages from @start to @end is online. */
static bool range_online(unsigned long start, unsigned long end)
{
	unsigned long pfn;

	for (pfn = start; pfn < end; pfn += pageblock_nr_pages)
		if (pfn_to_online_page(pfn))
			return true;
	return false;
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
	return map_renew(tags);
}

/*
 * A chunk that is only in part of the range may have other memory online, and
 * need not: a block's own struct pages may be at its beginning.  If it cannot
 * be taken out of the map for want of memory, it stays for later.
 */
static void range_remove(struct filecache_tags *tags, unsigned long start,
			 unsigned long end)
{
	unsigned long i, last = min(DIV_ROUND_UP(end, TAG_CHUNK_PAGES), tags->room);
	struct tag_chunk *chunk;

	for (i = start >> TAG_CHUNK_SHIFT; i < last; i++) {
		chunk = tags->chunk[i];
		if (!chunk || range_online(i << TAG_CHUNK_SHIFT, (i + 1) << TAG_CHUNK_SHIFT))
			continue;
		tags->chunk[i] = NULL;
		if (map_renew(tags)) {
			tags->chunk[i] = chunk;
			continue;
		}
		filecache_page_memory_gone(chunk->tag, TAG_CHUNK_PAGES);
		chunk_free(tags, chunk);
	}
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
		if (range_online(pfn, min(next, end)))
			err = chunk_add(tags, pfn, nid);
		mutex_unlock(&tags->lock);
		cond_resched();
	}
	return err;
}

static void all_free(struct filecache_tags *tags)
{
	unsigned long i;

	map_free(tags->map, tags->end >> TAG_CHUNK_SHIFT);
	for (i = 0; i < tags->room; i++)
		chunk_free(tags, tags->chunk[i]);
	kvfree(tags->chunk);
	__free_page(tags->missing);
}

static int nodes_add(struct filecache_tags *tags)
{
	int nid, err;

	for_each_online_node(nid) {
		err = node_add(tags, nid);
		if (err)
			return err;
	}
	mutex_lock(&tags->lock);
	err = map_renew(tags);
	mutex_unlock(&tags->lock);
	return err;
}

/**
 * filecache_tags_init() - Give tags to all memory, now and in future.
 *
 * Return: 0 or -ENOMEM.
 */
int filecache_tags_init(void)
{
	struct filecache_tags *tags = &filecache.tags;
	int err;

	mutex_init(&tags->lock);
	tags->missing = alloc_page(GFP_KERNEL);
	if (!tags->missing)
		return -ENOMEM;
	memset32(page_address(tags->missing), TAG_MISSING, PAGE_SIZE / sizeof(u32));
	/* First the notifier: memory that comes meanwhile is seen twice, not never. */
	tags->notifier.notifier_call = memory_changes;
	err = register_memory_notifier(&tags->notifier);
	if (err)
		goto err_free;
	err = nodes_add(tags);
	if (err)
		goto err_notifier;
	return 0;

err_notifier:
	unregister_memory_notifier(&tags->notifier);
err_free:
	all_free(tags);
	return err;
}

/** filecache_tags_exit() - Free all tags; no event may arrive any more. */
void filecache_tags_exit(void)
{
	unregister_memory_notifier(&filecache.tags.notifier);
	all_free(&filecache.tags);
}

/** filecache_tags_bytes() - Return: memory that the tags take. */
u64 filecache_tags_bytes(void)
{
	struct filecache_tags *tags = &filecache.tags;
	u64 mapped, bytes;

	mutex_lock(&tags->lock);
	/* Two entries of page tables for each page of tags: each is mapped twice. */
	mapped = (u64)tags->chunks * CHUNK_MEMORY + tags->room * CHUNK_MEMORY;
	bytes = (u64)tags->chunks * TAG_CHUNK_SIZE + mapped * sizeof(pte_t) +
		tags->room * sizeof(*tags->chunk) + PAGE_SIZE;
	mutex_unlock(&tags->lock);
	return bytes;
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
	/* Pairs with the release in map_renew(). */
	unsigned long end = smp_load_acquire(&tags->end);
	u32 *map = READ_ONCE(tags->map);

	for (; *pfn < end; *pfn += TAG_CHUNK_PAGES)
		if (READ_ONCE(map[*pfn]) != TAG_MISSING)
			return (struct tag_chunk *)&map[*pfn];
	return NULL;
}
