/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library: where in a kernel's structures their members are. */
#ifndef GUEST_LAYOUT_H
#define GUEST_LAYOUT_H

#include <stdint.h>

#include "kernel/types.h"

/**
 * struct guest_layout - where members are, how long structures, and which bit is which
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
	struct types_member tcp_connected, tcp_connected_mask, tcp_listening, tcp_listening_mask;
	struct types_member listening_list, sock_node;
	struct types_member packet_protocol, packet_interface, netlink_port;
	struct types_member xa_head, xa_slots, xa_shift, xa_parent, xa_offset, xa_array;
	struct types_member pid_ns_table, pid_tasks, task_pid_links;
	struct types_member piece_text_size;
	struct types_member ftrace_next, ftrace_trampoline, ftrace_trampoline_size, ftrace_func;
	struct types_member bpf_ksym_start, bpf_ksym_end, bpf_ksym_link;
	struct types_member kset_list, kobject_entry, module_kobject_kobj, module_kobject_mod;
	struct types_member mod_tree_root_tree, mod_tree_node_node, mod_tree_node_mod;
	struct types_member rb_left, rb_right;
	struct types_member gate_low, gate_middle, gate_high;
	struct types_member kprobe_hlist, kprobe_list, kprobe_pre_handler, kprobe_post_handler;
	struct types_member kretprobe_kp, kretprobe_handler, kretprobe_entry_handler;
	struct types_member net_nf_ipv4, net_nf_ipv6, nf_entries_count, nf_entries_hooks;
	struct types_member nf_entry_hook;
	struct types_member sb_list, sb_inodes, sb_block_size, sb_magic, sb_root, sb_uuid, sb_id;
	struct types_member inode_uid, inode_gid, inode_nlink, inode_rdev, inode_size;
	struct types_member inode_generation, inode_state, inode_sb, inode_sb_link;
	struct types_member inode_dentries;
	struct types_member inode_atime, inode_mtime, inode_ctime;
	struct types_member inode_atime_nsec, inode_mtime_nsec, inode_ctime_nsec;
	struct types_member inode_mapping, mapping_pages, mapping_count, mapping_ops;
	struct types_member folio_flags, folio_mapping, folio_index, folio_private, folio_order;
	struct types_member buffer_state, buffer_next, buffer_folio, buffer_block, buffer_size;
	struct types_member dentry_inode, dentry_alias, dentry_children, dentry_sibling;
	struct types_member task_thread_pid, pid_level, pid_numbers, upid_nr, upid_ns;
	struct types_member task_real_cred, cred_user_ns, nsproxy_net, nsproxy_uts, nsproxy_ipc;
	struct types_member nsproxy_cgroup, mnt_ns_inum, net_inum, uts_inum, ipc_inum;
	struct types_member cgroup_ns_inum, user_ns_inum, pid_ns_inum;
	struct types_member task_cgroups, css_set_cgroup, cgroup_node, node_parent, node_name;
	struct types_member ring_descs, ring_texts, descs_bits, descs_array, descs_infos;
	struct types_member descs_head, descs_tail, texts_bits, texts_data;
	struct types_member desc_state, desc_begin, desc_next;
	struct types_member info_seq, info_time, info_len, info_facility, info_level;
	struct types_member info_subsystem, info_device;
	uint32_t task_bytes, mm_bytes, cred_bytes, inode_bytes, dentry_bytes, node_bytes;
	uint32_t page_bytes, buffer_bytes, listening_bytes, connected_bytes, common_bytes;
	uint32_t upid_bytes, desc_bytes, info_bytes;
	int64_t page_head, page_dirty, page_writeback, page_uptodate, page_private;
	int64_t inode_dirty_sync, module_init_text;
	int64_t buffer_uptodate, buffer_dirty, buffer_mapped;
};

/**
 * layout_find() - Find all of it.
 * @layout: gets it; zeroed before
 * @types: of the guest's kernel
 * @err: what is missing, by name
 *
 * Return: 0; -ENOENT when the kernel lacks one that is needed; -EPROTO when one makes no sense.
 */
int layout_find(struct guest_layout *layout, struct types *types, struct error *err);

/**
 * layout_check() - Whether it could be one that layout_find() has found.
 * @layout: from wherever
 * @err: that it could not
 *
 * Return: 0; -EPROTO.
 */
int layout_check(const struct guest_layout *layout, struct error *err);

struct sha256_ctx;

/** layout_describe() - What is where in it: another program's struct may be of the same size. */
void layout_describe(struct sha256_ctx *context);

#endif
