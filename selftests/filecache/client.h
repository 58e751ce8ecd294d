/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second client of the netlink family, which knows nothing but the uapi
 * header: what the tools' library gets wrong, it does not.
 */
#ifndef FILECACHE_TEST_CLIENT_H
#define FILECACHE_TEST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libmnl/libmnl.h>
#include <linux/filecache.h>

#define ATTRS_MAX 64

/**
 * struct attrs - the attributes of one message
 * @has: which of them it has
 * @v: those that are numbers, of either size
 * @len: of their payload
 * @comm: FILECACHE_A_OWNER_COMM
 * @path: FILECACHE_A_FILE_PATH
 */
struct attrs {
	bool has[ATTRS_MAX];
	uint64_t v[ATTRS_MAX];
	size_t len[ATTRS_MAX];
	char comm[17];
	char path[256];
};

/**
 * struct client - one socket
 * @nl: the socket
 * @family: number of the family
 * @seq: of the last request
 * @error: the kernel's sentence about the last failure
 */
struct client {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t seq;
	char error[200];
};

/** client_open() - Connect. Return: 0 or negative errno. */
int client_open(struct client *c);

/** client_close() - Disconnect. */
void client_close(struct client *c);

/** client_request() - Begin a request in @buf (MNL_SOCKET_BUFFER_SIZE). */
struct nlmsghdr *client_request(struct client *c, void *buf, uint8_t cmd,
				uint16_t flags);

/**
 * client_talk() - Send a request and read one answer, or an error.
 * @ret: may be NULL
 *
 * Return: 0 or the kernel's negative errno.
 */
int client_talk(struct client *c, struct nlmsghdr *request, struct attrs *ret);

/** client_pid() - Sum over a process's owners. */
int client_pid(struct client *c, pid_t pid, struct attrs *ret);

/** client_owner() - One owner. */
int client_owner(struct client *c, uint64_t id, struct attrs *ret);

/** client_stats() - The module's totals. */
int client_stats(struct client *c, struct attrs *ret);

/** client_evict() - Evict an owner (@attr FILECACHE_A_EVICT_ID) or a process. */
int client_evict(struct client *c, int attr, uint64_t value, struct attrs *ret);

/**
 * client_dump() - All owners.
 * @take: called for each
 * @ret_torn: whether the kernel said that the list changed meanwhile
 */
int client_dump(struct client *c, void (*take)(const struct attrs *, void *),
		void *data, bool *ret_torn);

/**
 * client_dump_whole() - All owners, when the list did not change meanwhile.
 * @data: for @take; until that is so it is put back to what it was, and filled anew
 * @size: of @data
 */
int client_dump_whole(struct client *c, void (*take)(const struct attrs *, void *),
		      void *data, size_t size);

/** client_forget() - Forget a dead owner, or all of them (@id 0). */
int client_forget(struct client *c, uint64_t id, struct attrs *ret);

/** client_files() - Files of an owner (@attr FILECACHE_A_FILE_OWNER_ID) or a process. */
int client_files(struct client *c, int attr, uint64_t value,
		 void (*take)(const struct attrs *, void *), void *data);

/** client_join() - Join a multicast group. Return: 0 or negative errno. */
int client_join(struct client *c, const char *group);

/**
 * client_wait() - Wait for an announcement.
 * @cmd: which one
 * @match: whether it is the one that is waited for
 *
 * Not longer than 20 s.  Return: 0; -ETIMEDOUT; another negative errno.
 */
int client_wait(struct client *c, uint8_t cmd,
		bool (*match)(const struct attrs *, void *), void *data,
		struct attrs *ret);

/** client_threshold() - Set one for an owner's or a cgroup's pages (@attr). */
int client_threshold(struct client *c, int attr, uint64_t value, uint64_t pages,
		     uint64_t hysteresis, struct attrs *ret);

/** client_threshold_del() - Remove one. */
int client_threshold_del(struct client *c, uint32_t id);

/** attrs_pages() - Pages of all kinds that an owner has. */
static inline uint64_t attrs_pages(const struct attrs *a)
{
	return a->v[FILECACHE_A_OWNER_FILE_PAGES] +
	       a->v[FILECACHE_A_OWNER_BLOCKDEV_PAGES] +
	       a->v[FILECACHE_A_OWNER_SHMEM_PAGES];
}

#endif
