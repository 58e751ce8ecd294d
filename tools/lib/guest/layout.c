// SPDX-License-Identifier: GPL-2.0-or-later
/* The structures of a guest's kernel that are looked at, found by their names. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <nettle/sha2.h>

#include "base/macros.h"
#include "layout.h"

/* Of a word with flags. */
#define BITS		64

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
 * struct field_number - a number that is needed of the kernel's types
 * @name: of a structure, whose size it is, or of a constant
 * @offset: in struct guest_layout, where it goes
 */
struct field_number {
	const char *name;
	size_t offset;
};

#define FIELD(of, name, member) \
	{ .structure = of, .path = name, .offset = offsetof(struct guest_layout, member) }
/* What was called otherwise, before or since. */
#define FIELD_OR(of, name, other_of, other_name, member) \
	{ .structure = of, .path = name, .other_structure = other_of, .other = other_name, \
	  .offset = offsetof(struct guest_layout, member) }
/* One of several that go to the same place: the last of them is a FIELD. */
#define FIELD_IF(of, name, member) \
	{ .structure = of, .path = name, .optional = true, \
	  .offset = offsetof(struct guest_layout, member) }

static const struct field fields[] = {
	FIELD("task_struct", "tasks", task_tasks),
	FIELD("task_struct", "pid", task_pid),
	FIELD("task_struct", "tgid", task_tgid),
	FIELD("task_struct", "comm", task_comm),
	FIELD("task_struct", "flags", task_flags),
	FIELD("task_struct", "__state", task_state),
	FIELD("task_struct", "exit_state", task_exit_state),
	FIELD("task_struct", "real_parent", task_real_parent),
	FIELD("task_struct", "start_boottime", task_start_time),
	FIELD("task_struct", "cred", task_cred),
	FIELD("task_struct", "mm", task_mm),
	FIELD("task_struct", "signal", task_signal),
	FIELD("task_struct", "thread_node", task_thread_node),
	FIELD("signal_struct", "thread_head", signal_thread_head),
	FIELD("cred", "uid.val", cred_uid),
	FIELD("cred", "gid.val", cred_gid),
	FIELD("cred", "euid.val", cred_euid),
	FIELD("cred", "egid.val", cred_egid),
	FIELD("mm_struct", "pgd", mm_pgd),
	FIELD("mm_struct", "arg_start", mm_arg_start),
	FIELD("mm_struct", "arg_end", mm_arg_end),
	FIELD("mm_struct", "env_start", mm_env_start),
	FIELD("mm_struct", "env_end", mm_env_end),
	FIELD("module", "list", module_list),
	FIELD("module", "name", module_name),
	FIELD("module", "state", module_state),
	FIELD("module", "refcnt.counter", module_refcnt),
	FIELD_OR("module", "mem", NULL, "core_layout", module_mem),
	FIELD_IF("module", "init_layout", module_init_layout),
	FIELD_OR("module_memory", "base", "module_layout", "base", piece_base),
	FIELD_OR("module_memory", "size", "module_layout", "size", piece_size),
	FIELD("task_struct", "nsproxy", task_nsproxy),
	FIELD("nsproxy", "mnt_ns", nsproxy_mnt_ns),
	FIELD("mnt_namespace", "root", mnt_ns_root),
	FIELD("mount", "mnt_id", mount_id),
	FIELD("mount", "mnt.mnt_flags", mount_flags),
	FIELD("mount", "mnt.mnt_root", mount_root),
	FIELD("mount", "mnt.mnt_sb", mount_sb),
	FIELD("mount", "mnt_devname", mount_devname),
	FIELD("mount", "mnt_mountpoint", mount_mountpoint),
	FIELD("mount", "mnt_mounts", mount_mounts),
	FIELD("mount", "mnt_child", mount_child),
	FIELD("super_block", "s_dev", sb_dev),
	FIELD("super_block", "s_flags", sb_flags),
	FIELD("super_block", "s_type", sb_type),
	FIELD("file_system_type", "name", fs_type_name),
	FIELD("dentry", "d_parent", dentry_parent),
	FIELD("dentry", "d_name.name", dentry_name),
	FIELD("dentry", "d_name.len", dentry_name_len),
	FIELD("dentry", "d_sb", dentry_sb),
	FIELD("dentry", "d_hash.pprev", dentry_pprev),
	FIELD("mount", "mnt", mount_mnt),
	FIELD("mount", "mnt_parent", mount_parent),
	FIELD("task_struct", "files", task_files),
	FIELD("files_struct", "fdt", files_fdt),
	FIELD("fdtable", "fd", fdtable_fd),
	FIELD("fdtable", "max_fds", fdtable_max_fds),
	FIELD("file", "f_path.mnt", file_mnt),
	FIELD("file", "f_path.dentry", file_dentry),
	FIELD("file", "f_inode", file_inode),
	FIELD("file", "f_flags", file_flags),
	FIELD("file", "f_pos", file_pos),
	FIELD("inode", "i_ino", inode_number),
	FIELD("inode", "i_mode", inode_mode),
	FIELD("file", "private_data", file_private),
	FIELD("socket", "type", socket_type),
	FIELD("socket", "sk", socket_sk),
	FIELD("sock", "__sk_common.skc_family", sock_family),
	FIELD("sock", "__sk_common.skc_state", sock_state),
	FIELD("sock", "__sk_common.skc_rcv_saddr", sock_local),
	FIELD("sock", "__sk_common.skc_daddr", sock_remote),
	FIELD_IF("sock", "__sk_common.skc_v6_rcv_saddr", sock_v6_local),
	FIELD_IF("sock", "__sk_common.skc_v6_daddr", sock_v6_remote),
	FIELD("sock", "__sk_common.skc_num", sock_local_port),
	FIELD("sock", "__sk_common.skc_dport", sock_remote_port),
	FIELD("sock", "sk_protocol", sock_protocol),
	FIELD_IF("unix_sock", "addr", unix_addr),
	FIELD_IF("unix_address", "len", unix_address_len),
	FIELD_IF("unix_address", "name", unix_address_name),
	FIELD("inet_hashinfo", "ehash", tcp_connected),
	FIELD("inet_hashinfo", "ehash_mask", tcp_connected_mask),
	FIELD("inet_hashinfo", "lhash2", tcp_listening),
	FIELD("inet_hashinfo", "lhash2_mask", tcp_listening_mask),
	FIELD("inet_listen_hashbucket", "nulls_head", listening_list),
	FIELD("sock", "__sk_common.skc_nulls_node", sock_node),
	FIELD_IF("packet_sock", "num", packet_protocol),
	FIELD_IF("packet_sock", "ifindex", packet_interface),
	FIELD_IF("netlink_sock", "portid", netlink_port),
	FIELD("xarray", "xa_head", xa_head),
	FIELD("xa_node", "slots", xa_slots),
	FIELD("xa_node", "shift", xa_shift),
	FIELD("xa_node", "parent", xa_parent),
	FIELD("xa_node", "offset", xa_offset),
	FIELD("xa_node", "array", xa_array),
	FIELD("pid_namespace", "idr.idr_rt", pid_ns_table),
	FIELD("pid", "tasks", pid_tasks),
	FIELD("task_struct", "pid_links", task_pid_links),
	FIELD_IF("module_layout", "text_size", piece_text_size),
	FIELD_IF("ftrace_ops", "next", ftrace_next),
	FIELD_IF("ftrace_ops", "trampoline", ftrace_trampoline),
	FIELD_IF("ftrace_ops", "trampoline_size", ftrace_trampoline_size),
	FIELD_IF("ftrace_ops", "func", ftrace_func),
	FIELD_IF("bpf_ksym", "start", bpf_ksym_start),
	FIELD_IF("bpf_ksym", "end", bpf_ksym_end),
	FIELD_IF("bpf_ksym", "lnode", bpf_ksym_link),
	FIELD_IF("kset", "list", kset_list),
	FIELD_IF("kobject", "entry", kobject_entry),
	FIELD_IF("module_kobject", "kobj", module_kobject_kobj),
	FIELD_IF("module_kobject", "mod", module_kobject_mod),
	FIELD_IF("mod_tree_root", "root.tree", mod_tree_root_tree),
	FIELD_IF("mod_tree_node", "node", mod_tree_node_node),
	FIELD_IF("mod_tree_node", "mod", mod_tree_node_mod),
	FIELD_IF("rb_node", "rb_left", rb_left),
	FIELD_IF("rb_node", "rb_right", rb_right),
	FIELD_IF("gate_struct", "offset_low", gate_low),
	FIELD_IF("gate_struct", "offset_middle", gate_middle),
	FIELD_IF("gate_struct", "offset_high", gate_high),
	FIELD_IF("kprobe", "hlist", kprobe_hlist),
	FIELD_IF("kprobe", "list", kprobe_list),
	FIELD_IF("kprobe", "pre_handler", kprobe_pre_handler),
	FIELD_IF("kprobe", "post_handler", kprobe_post_handler),
	FIELD_IF("kretprobe", "kp", kretprobe_kp),
	FIELD_IF("kretprobe", "handler", kretprobe_handler),
	FIELD_IF("kretprobe", "entry_handler", kretprobe_entry_handler),
	FIELD_IF("net", "nf.hooks_ipv4", net_nf_ipv4),
	FIELD_IF("net", "nf.hooks_ipv6", net_nf_ipv6),
	FIELD_IF("nf_hook_entries", "num_hook_entries", nf_entries_count),
	FIELD_IF("nf_hook_entries", "hooks", nf_entries_hooks),
	FIELD_IF("nf_hook_entry", "hook", nf_entry_hook),
	FIELD("super_block", "s_list", sb_list),
	FIELD("super_block", "s_inodes", sb_inodes),
	FIELD("super_block", "s_blocksize", sb_block_size),
	FIELD("super_block", "s_magic", sb_magic),
	FIELD("super_block", "s_root", sb_root),
	FIELD("super_block", "s_uuid.b", sb_uuid),
	FIELD("super_block", "s_id", sb_id),
	FIELD("inode", "i_uid.val", inode_uid),
	FIELD("inode", "i_gid.val", inode_gid),
	FIELD("inode", "i_nlink", inode_nlink),
	FIELD("inode", "i_rdev", inode_rdev),
	FIELD("inode", "i_size", inode_size),
	FIELD("inode", "i_generation", inode_generation),
	FIELD("inode", "i_state", inode_state),
	FIELD("inode", "i_sb", inode_sb),
	FIELD("inode", "i_sb_list", inode_sb_link),
	FIELD("inode", "i_dentry", inode_dentries),
	/* A timespec64, since 6.6 or 6.7 by another name, and two numbers since 6.11. */
	FIELD_IF("inode", "i_atime.tv_sec", inode_atime),
	FIELD_IF("inode", "__i_atime.tv_sec", inode_atime),
	FIELD("inode", "i_atime_sec", inode_atime),
	FIELD_IF("inode", "i_mtime.tv_sec", inode_mtime),
	FIELD_IF("inode", "__i_mtime.tv_sec", inode_mtime),
	FIELD("inode", "i_mtime_sec", inode_mtime),
	FIELD_IF("inode", "i_ctime.tv_sec", inode_ctime),
	FIELD_IF("inode", "__i_ctime.tv_sec", inode_ctime),
	FIELD("inode", "i_ctime_sec", inode_ctime),
	FIELD_IF("inode", "i_atime.tv_nsec", inode_atime_nsec),
	FIELD_IF("inode", "__i_atime.tv_nsec", inode_atime_nsec),
	FIELD("inode", "i_atime_nsec", inode_atime_nsec),
	FIELD_IF("inode", "i_mtime.tv_nsec", inode_mtime_nsec),
	FIELD_IF("inode", "__i_mtime.tv_nsec", inode_mtime_nsec),
	FIELD("inode", "i_mtime_nsec", inode_mtime_nsec),
	FIELD_IF("inode", "i_ctime.tv_nsec", inode_ctime_nsec),
	FIELD_IF("inode", "__i_ctime.tv_nsec", inode_ctime_nsec),
	FIELD("inode", "i_ctime_nsec", inode_ctime_nsec),
	FIELD("inode", "i_data", inode_mapping),
	FIELD("address_space", "i_pages", mapping_pages),
	FIELD("address_space", "nrpages", mapping_count),
	FIELD("address_space", "a_ops", mapping_ops),
	FIELD("folio", "flags", folio_flags),
	FIELD("folio", "mapping", folio_mapping),
	FIELD("folio", "index", folio_index),
	FIELD("folio", "private", folio_private),
	/* Since 6.6 it is the lowest byte of that word (commit ebc1baf5c9b4). */
	FIELD_OR("folio", "_folio_order", NULL, "_flags_1", folio_order),
	FIELD_IF("buffer_head", "b_state", buffer_state),
	FIELD_IF("buffer_head", "b_this_page", buffer_next),
	FIELD_IF("buffer_head", "b_page", buffer_folio),
	FIELD_IF("buffer_head", "b_blocknr", buffer_block),
	FIELD_IF("buffer_head", "b_size", buffer_size),
	FIELD("dentry", "d_inode", dentry_inode),
	FIELD_OR("dentry", "d_u.d_alias", NULL, "d_alias", dentry_alias),
	/* A list before 6.8, and a list with one end since (commit da549bdd15c2). */
	FIELD_OR("dentry", "d_children", NULL, "d_subdirs", dentry_children),
	FIELD_OR("dentry", "d_sib", NULL, "d_child", dentry_sibling),
	FIELD("task_struct", "thread_pid", task_thread_pid),
	FIELD("pid", "level", pid_level),
	FIELD("pid", "numbers", pid_numbers),
	FIELD("upid", "nr", upid_nr),
	FIELD("upid", "ns", upid_ns),
	FIELD("task_struct", "real_cred", task_real_cred),
	FIELD("cred", "user_ns", cred_user_ns),
	FIELD("nsproxy", "net_ns", nsproxy_net),
	FIELD("nsproxy", "uts_ns", nsproxy_uts),
	FIELD("nsproxy", "ipc_ns", nsproxy_ipc),
	FIELD("nsproxy", "cgroup_ns", nsproxy_cgroup),
	FIELD("mnt_namespace", "ns.inum", mnt_ns_inum),
	FIELD("net", "ns.inum", net_inum),
	FIELD("uts_namespace", "ns.inum", uts_inum),
	FIELD_IF("ipc_namespace", "ns.inum", ipc_inum),
	FIELD_IF("cgroup_namespace", "ns.inum", cgroup_ns_inum),
	FIELD("user_namespace", "ns.inum", user_ns_inum),
	FIELD("pid_namespace", "ns.inum", pid_ns_inum),
	FIELD_IF("task_struct", "cgroups", task_cgroups),
	FIELD_IF("css_set", "dfl_cgrp", css_set_cgroup),
	FIELD_IF("cgroup", "kn", cgroup_node),
	FIELD_OR("kernfs_node", "parent", NULL, "__parent", node_parent),
	FIELD("kernfs_node", "name", node_name),
	FIELD("printk_ringbuffer", "desc_ring", ring_descs),
	FIELD("printk_ringbuffer", "text_data_ring", ring_texts),
	FIELD("prb_desc_ring", "count_bits", descs_bits),
	FIELD("prb_desc_ring", "descs", descs_array),
	FIELD("prb_desc_ring", "infos", descs_infos),
	FIELD("prb_desc_ring", "head_id", descs_head),
	FIELD("prb_desc_ring", "tail_id", descs_tail),
	FIELD("prb_data_ring", "size_bits", texts_bits),
	FIELD("prb_data_ring", "data", texts_data),
	FIELD("prb_desc", "state_var", desc_state),
	FIELD("prb_desc", "text_blk_lpos.begin", desc_begin),
	FIELD("prb_desc", "text_blk_lpos.next", desc_next),
	FIELD("printk_info", "seq", info_seq),
	FIELD("printk_info", "ts_nsec", info_time),
	FIELD("printk_info", "text_len", info_len),
	FIELD("printk_info", "facility", info_facility),
	FIELD("printk_info", "level", info_level),
	FIELD("printk_info", "dev_info.subsystem", info_subsystem),
	FIELD("printk_info", "dev_info.device", info_device),
};

#define NUMBER(what, member) \
	{ .name = what, .offset = offsetof(struct guest_layout, member) }

static const struct field_number sizes[] = {
	NUMBER("task_struct", task_bytes),
	NUMBER("mm_struct", mm_bytes),
	NUMBER("cred", cred_bytes),
	NUMBER("inode", inode_bytes),
	NUMBER("dentry", dentry_bytes),
	NUMBER("xa_node", node_bytes),
	NUMBER("page", page_bytes),
	NUMBER("buffer_head", buffer_bytes),
	NUMBER("inet_listen_hashbucket", listening_bytes),
	NUMBER("inet_ehash_bucket", connected_bytes),
	NUMBER("sock_common", common_bytes),
	NUMBER("upid", upid_bytes),
	NUMBER("prb_desc", desc_bytes),
	NUMBER("printk_info", info_bytes),
};

/* Numbers of bits. */
static const struct field_number constants[] = {
	NUMBER("PG_head", page_head),
	NUMBER("PG_dirty", page_dirty),
	NUMBER("PG_writeback", page_writeback),
	NUMBER("PG_uptodate", page_uptodate),
	NUMBER("PG_private", page_private),
	NUMBER("BH_Uptodate", buffer_uptodate),
	NUMBER("BH_Dirty", buffer_dirty),
	NUMBER("BH_Mapped", buffer_mapped),
};

static int find_field(struct types *types, struct guest_layout *layout,
		      const struct field *field, struct error *err)
{
	struct types_member *member = (struct types_member *)((char *)layout + field->offset);
	int r = types_member(types, field->structure, field->path, member, err);

	if (r == -ENOENT && field->other)
		r = types_member(types, field->other_structure ? field->other_structure :
				 field->structure, field->other, member, err);
	/* By another name it was found already. */
	return r == -ENOENT && (field->optional || member->size) ? 0 : r;
}

static int find_size(struct types *types, struct guest_layout *layout,
		     const struct field_number *number, struct error *err)
{
	uint32_t *ret = (uint32_t *)((char *)layout + number->offset);

	return types_size(types, number->name, ret, err);
}

static int find_bit(struct types *types, struct guest_layout *layout,
		    const struct field_number *number, struct error *err)
{
	int64_t bit, *ret = (int64_t *)((char *)layout + number->offset);
	int r = types_constant(types, number->name, &bit, err);

	if (r < 0)
		return r;
	if (bit < 0 || bit >= BITS)
		return error_set(err, -EPROTO, "the guest's BTF: %s makes no sense", number->name);
	*ret = bit;
	return 0;
}

int layout_find(struct guest_layout *layout, struct types *types, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_SIZE(fields); i++)
		r = find_field(types, layout, &fields[i], err);
	for (i = 0; r == 0 && i < ARRAY_SIZE(sizes); i++)
		r = find_size(types, layout, &sizes[i], err);
	for (i = 0; r == 0 && i < ARRAY_SIZE(constants); i++)
		r = find_bit(types, layout, &constants[i], err);
	/* Only newer kernels have them; 0 for none. */
	if (r == 0) {
		types_constant(types, "I_DIRTY_SYNC", &layout->inode_dirty_sync, NULL);
		types_constant(types, "MOD_INIT_TEXT", &layout->module_init_text, NULL);
	}
	return r;
}

/* A bit field is in as few whole bytes as it can be, see types_member(). */
static bool is_member(const struct types_member *m, bool optional)
{
	if (m->shift > 7 || m->bits > BITS || (!m->bits && m->shift))
		return false;
	if (m->bits && (m->size != (m->shift + m->bits + 7u) / 8 || m->elements != 1))
		return false;
	return m->size > 0 || optional;
}

int layout_check(const struct guest_layout *layout, struct error *err)
{
	const char *base = (const char *)layout;
	bool fits = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		fits &= is_member((const struct types_member *)(base + fields[i].offset),
				  fields[i].optional);
	for (i = 0; i < ARRAY_SIZE(constants); i++) {
		int64_t bit = *(const int64_t *)(base + constants[i].offset);

		fits &= bit >= 0 && bit < BITS;
	}
	return fits ? 0 : error_set(err, -EPROTO, "what is remembered: makes no sense");
}

static void describe(struct sha256_ctx *context, const char *name, size_t offset)
{
	const uint64_t number = offset;

	if (name)
		sha256_update(context, strlen(name) + 1, (const uint8_t *)name);
	sha256_update(context, sizeof(number), (const uint8_t *)&number);
}

void layout_describe(struct sha256_ctx *context)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		describe(context, fields[i].structure, fields[i].offset);
		describe(context, fields[i].path, fields[i].optional);
		describe(context, fields[i].other_structure, 0);
		describe(context, fields[i].other, 0);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		describe(context, sizes[i].name, sizes[i].offset);
	for (i = 0; i < ARRAY_SIZE(constants); i++)
		describe(context, constants[i].name, constants[i].offset);
}
