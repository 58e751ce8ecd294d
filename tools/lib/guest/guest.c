// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest that is seen into, and the layout of its kernel's structures. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "field.h"

#define FIELD(of, name, member) \
	{ .structure = of, .path = name, .offset = offsetof(struct guest_layout, member) }
/* What was called otherwise, before or since. */
#define FIELD_OR(of, name, other_of, other_name, member) \
	{ .structure = of, .path = name, .other_structure = other_of, .other = other_name, \
	  .offset = offsetof(struct guest_layout, member) }
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
	FIELD("xarray", "xa_head", xa_head),
	FIELD("xa_node", "slots", xa_slots),
	FIELD("xa_node", "shift", xa_shift),
	FIELD("pid_namespace", "idr.idr_rt", pid_ns_table),
	FIELD("pid", "tasks", pid_tasks),
	FIELD("task_struct", "pid_links", task_pid_links),
};

static int find_field(struct guest *guest, const struct field *field, struct error *err)
{
	struct types_member *member =
		(struct types_member *)((char *)&guest->layout + field->offset);
	int r = types_member(guest->kernel.types, field->structure, field->path, member, err);

	if (r == -ENOENT && field->other)
		r = types_member(guest->kernel.types,
				 field->other_structure ? field->other_structure : field->structure,
				 field->other, member, err);
	return r == -ENOENT && field->optional ? 0 : r;
}

static int fill(struct guest *guest, const struct mem *mem, struct error *err)
{
	size_t i;
	int r = kernel_attach(&guest->kernel, mem, err);

	for (i = 0; r == 0 && i < ARRAY_SIZE(fields); i++)
		r = find_field(guest, &fields[i], err);
	if (r == 0)
		r = space_create(&guest->user, mem, 0, guest->kernel.levels, err);
	return r;
}

int guest_open(struct guest **ret, const struct mem *mem, struct error *err)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int r;

	if (!guest)
		return error_errno(err, -ENOMEM, "the guest");
	r = fill(guest, mem, err);
	if (r < 0) {
		guest_close(guest);
		return r;
	}
	*ret = guest;
	return 0;
}

void guest_close(struct guest *guest)
{
	if (!guest)
		return;
	space_destroy(guest->user);
	kernel_detach(&guest->kernel);
	free(guest);
}

const struct kernel *guest_kernel(const struct guest *guest)
{
	return &guest->kernel;
}

void guest_refresh(struct guest *guest)
{
	space_forget(guest->kernel.space);
	space_forget(guest->user);
	guest->user_root = 0;
}

int field_read(const struct guest *guest, uint64_t object, const struct types_member *member,
	       uint64_t *ret)
{
	uint64_t value = 0;
	int r;

	if (member->size == 0 || member->size > sizeof(value) || member->elements != 1)
		return -EPROTO;
	/* Little-endian, as x86-64 is. */
	r = space_read(guest->kernel.space, field_address(object, member), &value, member->size);
	if (r < 0)
		return r;
	if (member->bits)
		value = (value >> member->shift) & (BIT_ULL(member->bits) - 1);
	*ret = value;
	return 0;
}
