// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of which files owners have pages: one pass over all tags adds up by inode.
 * What is to be known of an inode is written down when it is first met, and
 * nothing is held from then on, so that neither a long pass nor a client that
 * takes its time with the list keeps anybody from unmounting.
 */
#include <linux/dcache.h>
#include <linux/filecache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat/folio.h"
#include "files.h"
#include "filecache.h"
#include "page.h"
#include "pass.h"

/* What one list may take of the kernel's memory. */
#define FILES_MAX	65536
#define PATH_BYTES_MAX	(64 << 20)

#define FILES_HASH_BITS	14

/* One at a time: it may take all of the memory above, and goes over all tags. */
static DEFINE_MUTEX(files_lock);

/**
 * struct search - files that are being found
 * @pass: by which they are found
 * @files: those that have been found
 * @hash: they, by the address of the inode
 * @spare: memory for the next one, as none can be allocated with a folio locked
 * @fresh: the last one, whose inode is held until its path is known
 * @buf: for a path; NULL when there is no memory, and then there are no paths
 */
struct search {
	struct filecache_pass pass;
	struct filecache_files *files;
	struct hlist_head *hash;
	struct filecache_file *spare;
	struct filecache_file *fresh;
	char *buf;
};

static struct hlist_head *inode_bucket(struct search *search, const struct inode *inode)
{
	return &search->hash[hash_ptr(inode, FILES_HASH_BITS)];
}

/* An inode may have been freed meanwhile, and another one be at its address. */
static bool file_is(const struct filecache_file *file, const struct inode *inode)
{
	return file->inode == inode && file->ino == inode->i_ino &&
	       file->sb_dev == inode->i_sb->s_dev &&
	       file->generation == inode->i_generation;
}

static struct filecache_file *file_find(struct search *search, const struct inode *inode)
{
	struct filecache_file *file;

	hlist_for_each_entry(file, inode_bucket(search, inode), hash)
		if (file_is(file, inode))
			return file;
	return NULL;
}

static void path_note(struct filecache_file *file, struct filecache_files *files, char *buf)
{
	struct dentry *dentry = d_find_alias(file->inode);
	const char *path;

	if (!dentry)
		return;
	path = dentry_path_raw(dentry, buf, PATH_MAX);
	if (!IS_ERR(path) && files->path_bytes + strlen(path) < PATH_BYTES_MAX) {
		file->path = kstrdup(path, GFP_KERNEL_ACCOUNT);
		files->path_bytes += strlen(path) + 1;
	}
	dput(dentry);
}

/* With no folio locked, as the last one to let an inode go truncates it. */
static void search_pause(struct filecache_pass *pass)
{
	struct search *search = container_of(pass, struct search, pass);
	struct filecache_file *file = search->fresh;

	if (!file)
		return;
	if (search->buf)
		path_note(file, search->files, search->buf);
	filecache_pass_release(file->inode);
	search->fresh = NULL;
}

static int search_ready(struct filecache_pass *pass)
{
	struct search *search = container_of(pass, struct search, pass);

	search_pause(pass);
	if (!search->spare)
		search->spare = kzalloc(sizeof(*search->spare), GFP_KERNEL_ACCOUNT);
	return search->spare ? 0 : -ENOMEM;
}

static u32 folio_kind(struct folio *folio)
{
	switch (filecache_page_kind(folio)) {
	case COUNT_SHMEM:
		return FILECACHE_KIND_SHMEM;
	case COUNT_BLOCKDEV:
		return FILECACHE_KIND_BLOCKDEV;
	default:
		return FILECACHE_KIND_FILE;
	}
}

/* Return: 0; -EBUSY, -ENOENT as filecache_pass_hold(). */
static int file_add(struct search *search, struct inode *inode, struct folio *folio)
{
	struct filecache_file *file = search->spare;
	int err = filecache_pass_hold(inode);

	if (err)
		return err;
	search->spare = NULL;
	search->fresh = file;
	file->inode = inode;
	file->ino = inode->i_ino;
	file->sb_dev = inode->i_sb->s_dev;
	file->dev = S_ISBLK(inode->i_mode) ? inode->i_rdev : file->sb_dev;
	file->generation = inode->i_generation;
	file->kind = folio_kind(folio);
	hlist_add_head(&file->hash, inode_bucket(search, inode));
	list_add_tail(&file->list, &search->files->list);
	search->files->nr++;
	return 0;
}

static unsigned long folio_wanted(const struct search *search, struct folio *folio)
{
	long i, pages = folio_nr_pages(folio);
	unsigned long wanted = 0;
	const u32 *tag;

	preempt_disable();
	tag = filecache_tag(&filecache.tags, folio_pfn(folio));
	for (i = 0; tag && i < pages; i++)
		wanted += filecache_pass_wants(&search->pass, tag[i]);
	preempt_enable();
	return wanted;
}

static int folio_found(struct filecache_pass *pass, struct folio *folio)
{
	struct search *search = container_of(pass, struct search, pass);
	unsigned long pages = folio_wanted(search, folio);
	struct inode *inode = compat_mapping(&folio->page)->host;
	struct filecache_file *file;
	int err;

	if (!pages || !filecache_page_seen(folio))
		return 0;
	file = file_find(search, inode);
	if (!file && search->files->nr >= FILES_MAX) {
		search->files->truncated = true;
		return 0;
	}
	if (!file) {
		err = file_add(search, inode, folio);
		/* On its way out it takes its pages along. */
		if (err)
			return err == -ENOENT ? 0 : err;
		file = search->fresh;
	}
	file->pages += pages;
	file->inode_pages = READ_ONCE(inode->i_mapping->nrpages);
	file->flags = inode->i_nlink ? 0 : FILECACHE_FILE_FLAG_UNLINKED;
	return 0;
}

static int search_run(struct search *search)
{
	int err;

	search->buf = kmalloc(PATH_MAX, GFP_KERNEL);
	err = filecache_pass_run(&search->pass);
	if (search->pass.busy)
		search->files->truncated = true;
	kfree(search->buf);
	kfree(search->spare);
	return err;
}

static int search_all(struct search *search, const u32 *idx, unsigned int nr)
{
	unsigned long *wanted;
	unsigned int i;
	u32 size = 0;
	int err;

	for (i = 0; i < nr; i++)
		size = max(size, idx[i] + 1);
	wanted = kvcalloc(BITS_TO_LONGS(size), sizeof(*wanted), GFP_KERNEL);
	search->hash = kvcalloc(1 << FILES_HASH_BITS, sizeof(*search->hash), GFP_KERNEL);
	search->pass.again = kvcalloc(PASS_AGAIN, sizeof(*search->pass.again), GFP_KERNEL);
	err = -ENOMEM;
	if (wanted && search->hash && search->pass.again) {
		for (i = 0; i < nr; i++)
			__set_bit(idx[i], wanted);
		search->pass.wanted = wanted;
		search->pass.size = size;
		err = search_run(search);
	}
	kvfree(search->pass.again);
	kvfree(search->hash);
	kvfree(wanted);
	return err;
}

/**
 * filecache_files_find() - Find of which files owners have pages.
 * @idx: indices of the owners
 * @nr: how many they are
 * @ret: the files
 *
 * Pages that somebody holds the lock of are tried a few times; then the list
 * is one that is truncated.
 *
 * Context: may sleep.
 * Return: 0; -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_files_find(const u32 *idx, unsigned int nr, struct filecache_files *ret)
{
	struct search search = {
		.pass = {
			.ready = search_ready,
			.visit = folio_found,
			.pause = search_pause,
		},
		.files = ret,
	};
	int err;

	*ret = (struct filecache_files){};
	INIT_LIST_HEAD(&ret->list);
	if (mutex_lock_killable(&files_lock))
		return -EINTR;
	err = search_all(&search, idx, nr);
	mutex_unlock(&files_lock);
	if (err)
		filecache_files_free(ret);
	return err;
}

/** filecache_files_free() - Free what has been found. */
void filecache_files_free(struct filecache_files *files)
{
	struct filecache_file *file, *next;

	list_for_each_entry_safe(file, next, &files->list, list) {
		kfree(file->path);
		kfree(file);
		cond_resched();
	}
	INIT_LIST_HEAD(&files->list);
}
