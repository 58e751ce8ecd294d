// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of which files owners have pages: one pass over all tags adds up by inode.
 * Inodes and their file systems are held only until the pass is over and
 * everything has been written down, so that a client that takes its time with
 * the list keeps nobody from unmounting.
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
 * @drop: file system that is still to be let go
 */
struct search {
	struct filecache_pass pass;
	struct filecache_files *files;
	struct hlist_head *hash;
	struct filecache_file *spare;
	struct super_block *drop;
};

static struct hlist_head *inode_bucket(struct search *search, const struct inode *inode)
{
	return &search->hash[hash_ptr(inode, FILES_HASH_BITS)];
}

static struct filecache_file *file_find(struct search *search, const struct inode *inode)
{
	struct filecache_file *file;

	hlist_for_each_entry(file, inode_bucket(search, inode), hash)
		if (file->inode == inode)
			return file;
	return NULL;
}

/* With no folio locked: letting a file system go may end an unmount. */
static int search_ready(struct filecache_pass *pass)
{
	struct search *search = container_of(pass, struct search, pass);

	if (search->drop)
		deactivate_super(search->drop);
	search->drop = NULL;
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

/*
 * An inode that is held would make an unmount complain, so the file system is
 * held as well.  Return: NULL when either is on its way out.
 */
static struct filecache_file *file_add(struct search *search, struct inode *inode,
				       struct folio *folio)
{
	struct super_block *sb = inode->i_sb;
	struct filecache_file *file = search->spare;

	if (!atomic_inc_not_zero(&sb->s_active))
		return NULL;
	if (!igrab(inode)) {
		search->drop = sb;
		return NULL;
	}
	search->spare = NULL;
	file->inode = inode;
	file->kind = folio_kind(folio);
	hlist_add_head(&file->hash, inode_bucket(search, inode));
	list_add_tail(&file->list, &search->files->list);
	search->files->nr++;
	return file;
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

	if (!pages)
		return 0;
	file = file_find(search, inode);
	if (!file && search->files->nr >= FILES_MAX)
		search->files->truncated = true;
	else if (!file)
		file = file_add(search, inode, folio);
	if (file)
		file->pages += pages;
	return 0;
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

/* Write down what is known of the inode, and let it go. */
static void file_note(struct filecache_file *file, struct filecache_files *files, char *buf)
{
	struct inode *inode = file->inode;
	struct super_block *sb = inode->i_sb;

	file->ino = inode->i_ino;
	file->dev = S_ISBLK(inode->i_mode) ? inode->i_rdev : sb->s_dev;
	file->generation = inode->i_generation;
	file->inode_pages = READ_ONCE(inode->i_mapping->nrpages);
	if (!inode->i_nlink)
		file->flags |= FILECACHE_FILE_FLAG_UNLINKED;
	if (buf)
		path_note(file, files, buf);
	file->inode = NULL;
	iput(inode);
	deactivate_super(sb);
}

static int search_run(struct search *search)
{
	struct filecache_file *file;
	char *buf;
	int err;

	err = filecache_pass_run(&search->pass);
	/* Without memory for a path there is none in the list. */
	buf = err ? NULL : kmalloc(PATH_MAX, GFP_KERNEL);
	list_for_each_entry(file, &search->files->list, list) {
		file_note(file, search->files, buf);
		cond_resched();
	}
	kfree(buf);
	if (search->drop)
		deactivate_super(search->drop);
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
	err = -ENOMEM;
	if (wanted && search->hash) {
		for (i = 0; i < nr; i++)
			__set_bit(idx[i], wanted);
		search->pass.wanted = wanted;
		search->pass.size = size;
		err = search_run(search);
	}
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
 * Context: may sleep, also for a folio that is being read.
 * Return: 0; -EINTR when the caller is killed; -ENOMEM.
 */
int filecache_files_find(const u32 *idx, unsigned int nr, struct filecache_files *ret)
{
	struct search search = {
		.pass = {
			.wait = true,
			.ready = search_ready,
			.visit = folio_found,
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
