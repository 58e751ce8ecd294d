/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: members of structures, found once and read often. */
#ifndef GUEST_FIELD_H
#define GUEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

/**
 * struct field - a member that is needed
 * @structure: whose
 * @path: of the member
 * @other: what it is called in other kernels, of @other_structure; NULL
 * @other_structure: NULL for the same
 * @optional: a kernel may be without it; its size is 0 then
 * @offset: in struct guest_layout, where what is found goes
 */
struct field {
	const char *structure;
	const char *path;
	const char *other;
	const char *other_structure;
	bool optional;
	size_t offset;
};

/**
 * struct guest_layout - where members are
 *
 * Named as they are in Linux: the structure, and the path with lines for dots.
 */
struct guest_layout {
	struct types_member task_tasks, task_pid, task_tgid, task_comm, task_flags;
	struct types_member task_state, task_exit_state, task_real_parent, task_start_time;
	struct types_member task_cred, task_mm, task_signal, task_thread_node;
	struct types_member signal_thread_head;
	struct types_member cred_uid, cred_gid, cred_euid, cred_egid;
	struct types_member mm_pgd, mm_arg_start, mm_arg_end, mm_env_start, mm_env_end;
	struct types_member module_list, module_name, module_state, module_refcnt;
	struct types_member module_mem, module_init_layout, piece_base, piece_size;
	struct types_member task_nsproxy, nsproxy_mnt_ns, mnt_ns_root;
	struct types_member mount_id, mount_flags, mount_root, mount_sb, mount_devname;
	struct types_member mount_mountpoint, mount_mounts, mount_child;
	struct types_member sb_dev, sb_flags, sb_type, fs_type_name;
	struct types_member dentry_parent, dentry_name, dentry_name_len, dentry_sb, dentry_pprev;
	struct types_member mount_mnt, mount_parent;
	struct types_member task_files, files_fdt, fdtable_fd, fdtable_max_fds;
	struct types_member file_mnt, file_dentry, file_inode, file_flags, file_pos;
	struct types_member inode_number, inode_mode;
	struct types_member file_private, socket_type, socket_sk;
	struct types_member sock_family, sock_protocol, sock_state, sock_local, sock_remote;
	struct types_member sock_v6_local, sock_v6_remote, sock_local_port, sock_remote_port;
	struct types_member unix_addr, unix_address_len, unix_address_name;
	struct types_member xa_head, xa_slots, xa_shift;
	struct types_member pid_ns_table, pid_tasks, task_pid_links;
};

/**
 * struct guest - a Linux guest
 * @kernel: of it
 * @layout: of its kernel's structures
 * @user: addresses of one of its processes at a time
 * @user_root: physical address of that one's page tables, 0 for none
 */
struct guest {
	struct kernel kernel;
	struct guest_layout layout;
	struct space *user;
	uint64_t user_root;
};

/** field_address() - Virtual address of a member of what is at @object. */
static inline uint64_t field_address(uint64_t object, const struct types_member *member)
{
	return object + member->offset;
}

/**
 * field_read() - A number, pointer or bit field; unsigned.
 * @guest: seen into
 * @object: virtual address of the structure
 * @member: of 1, 2, 4 or 8 bytes
 * @ret: its value
 *
 * Return: 0; -EPROTO for another size; see space_read().
 */
int field_read(const struct guest *guest, uint64_t object, const struct types_member *member,
	       uint64_t *ret);

struct guest_task;

/** task_read() - A task at a virtual address. Return: 0; see space_read(). */
int task_read(const struct guest *guest, uint64_t address, struct guest_task *ret);

#endif
