// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a small image of a guest that runs: record QMP-SOCKET FILE
 *
 * The guest is stopped.  Kept is what walks_some() reads; the tables of symbols and types are
 * too large, and are written anew, where they are, with what is named below and a little more.
 */
#include <inttypes.h>

#include <bpf/btf.h>

#include "base/macros.h"
#include "fuzz.h"
#include "guest/field.h"
#include "hv/qmp-client.h"
#include "image.h"
#include "mem/qemu.h"
#include "walks.h"

#define WAIT_NS		10000000000ull
#define FILLERS		1100u
#define SYMBOLS_MAX	2000u
#define TYPES_MAX	400000u
/* Runs that are as near as this are one. */
#define NEAR		16

/* What is looked for by name, and what may be in the future. */
static const char *const symbols[] = {
	"_stext", "_etext", "_text", "__start_BTF", "__stop_BTF", "linux_banner", "init_task",
	"modules", "init_pid_ns", "sys_call_table", "ia32_sys_call_table", "x32_sys_call_table",
	"super_blocks", "blockdev_superblock", "init_nsproxy", "init_uts_ns", "init_net",
	"net_namespace_list", "init_user_ns", "init_cred", "page_offset_base", "vmemmap_base",
	"vmalloc_base", "phys_base", "prb", "log_buf", "log_buf_len", "clear_seq",
	"saved_command_line",
	"idt_table", "start_rodata", "__start_rodata", "__end_rodata", "_sdata", "_edata",
	"jiffies", "file_systems", "inet_protos", "tcp_hashinfo", "udp_table", "packet_sklist",
	"nf_hooks", "security_hook_heads", "kprobe_table", "cgrp_dfl_root", "css_set_table",
	"module_kset", "btf_modules", "swapper_spaces", "swap_info", "per_cpu_offset",
	"__per_cpu_offset", "entry_SYSCALL_64", "system_call_fastpath", "x64_sys_call",
	"_end", "__start_ro_after_init", "__end_ro_after_init", "__bss_start", "__bss_stop",
	"init_stack", "execmem_info", "mod_tree", "kcore_modules", "address_markers",
	"early_idt_handler_array", "ftrace_ops_list", "ftrace_list_end", "bpf_kallsyms",
	"pre_handler_kretprobe", "aggr_pre_handler", "shmem_aops", "btf_modules",
	"init_mm", "builtin_coretext",
};

static const char *const structures[] = {
	"task_struct", "signal_struct", "sighand_struct", "cred", "mm_struct", "vm_area_struct",
	"module", "module_memory", "module_layout", "nsproxy", "mnt_namespace", "mount",
	"vfsmount", "super_block", "file_system_type", "dentry", "inode", "address_space",
	"page", "folio", "xarray", "xa_node", "files_struct", "fdtable", "file", "path", "qstr",
	"socket", "sock", "inet_sock", "unix_sock", "unix_address", "packet_sock", "raw_sock",
	"tcp_sock", "udp_sock", "netlink_sock", "net", "pid", "upid", "pid_namespace",
	"uts_namespace", "new_utsname", "net_device", "css_set", "cgroup", "kernfs_node",
	"cgroup_subsys_state", "printk_ringbuffer", "prb_desc", "prb_desc_ring",
	"printk_info", "prb_data_ring", "prb_data_blk_lpos", "user_namespace", "user_struct",
	"ipc_namespace", "btf_module", "list_head", "hlist_node", "hlist_head", "rb_node",
	"rb_root", "block_device", "bdev_inode", "hlist_bl_node", "fs_struct", "kobject",
	"buffer_head", "maple_tree", "nf_hook_entries", "socket_alloc", "time_namespace",
	"cgroup_namespace", "packet_type", "proto", "gate_struct", "idt_data", "tty_struct",
	"shmem_inode_info", "sockaddr_un", "module_kobject", "attribute_group", "seq_file",
	"file_operations", "seq_operations", "swap_info_struct", "inet_hashinfo",
	"inet_ehash_bucket", "inet_listen_hashbucket", "sock_common", "ftrace_ops", "bpf_ksym",
	"kset", "kprobe", "mod_tree_node", "mod_tree_root", "nf_hook_entry",
	"kretprobe", "btf_module", "btf",
};

static const char *const enums[] = {
	"pageflags", "pid_type", "module_state", "mod_mem_type", "dentry_flags",
	"inode_state_flags_enum", "mapping_flags", "cgroup_subsys_id", "log_flags",
	"bh_state_bits", "___gfp_bits", "desc_state", "sock_type",
};

static uint8_t *memory, *kept;
static uint64_t memory_size;
static bool recording;

int __real_mem_read(const struct mem *mem, uint64_t address, void *buf, size_t len);
int __wrap_mem_read(const struct mem *mem, uint64_t address, void *buf, size_t len);

int __wrap_mem_read(const struct mem *mem, uint64_t address, void *buf, size_t len)
{
	int r = __real_mem_read(mem, address, buf, len);

	if (r == 0 && recording && address + len <= memory_size) {
		memcpy(memory + address, buf, len);
		memset(kept + address, 1, len);
	}
	return r;
}

static void fail(const char *what, const struct error *err)
{
	fprintf(stderr, "record: %s: %s\n", what, err->text);
	exit(1);
}

static void stop_guest(const char *path)
{
	struct qmp_client *client;
	struct error err = { 0 };

	if (qmp_client_create(&client, "guest", path, WAIT_NS, &err) < 0 ||
	    qmp_client_open(client, &err) < 0 ||
	    qmp_execute(client, "stop", NULL, NULL, &err) < 0)
		fail(path, &err);
	qmp_client_destroy(client);
}

/* Bytes at a virtual address, from now on in the image. */
static void put(struct guest *guest, uint64_t address, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len > 0) {
		struct space_page page;
		size_t part;

		FUZZ_ASSERT(space_translate(guest->kernel.space, address, &page) == 0);
		part = MEM_PAGE - page.address % MEM_PAGE;
		part = part < len ? part : len;
		memcpy(memory + page.address, from, part);
		memset(kept + page.address, 1, part);
		from += part;
		address += part;
		len -= part;
	}
}

/* --- symbols ----------------------------------------------------------------------------- */

static uint32_t chosen[SYMBOLS_MAX];
static size_t chosen_count;

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool is_wanted(struct kallsyms *k, size_t number)
{
	const char *name = kallsyms_at(k, number).name;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(symbols); i++)
		if (strcmp(symbols[i], name) == 0)
			return true;
	return false;
}

/* What is wanted, what comes after it, and each so many-th of the others. */
static void choose_symbols(struct kallsyms *k)
{
	size_t i, count = kallsyms_count(k);
	bool after = false;

	for (i = 0; i < count && chosen_count < SYMBOLS_MAX; i++) {
		bool wanted = is_wanted(k, i);

		if (wanted || after || i % (count / FILLERS) == 0)
			chosen[chosen_count++] = (uint32_t)i;
		after = wanted;
	}
	qsort(chosen, chosen_count, sizeof(chosen[0]), by_number);
}

static uint64_t find_info(const struct vmcoreinfo *info, const char *name)
{
	uint64_t value = 0;

	vmcoreinfo_hex(info, "SYMBOL", name, &value);
	return value;
}

static void put_tokens(struct guest *guest, const struct vmcoreinfo *info)
{
	uint8_t texts[512];
	uint16_t index[256], at = 0;
	int i;

	for (i = 0; i < 256; i++) {
		index[i] = at;
		if (i < 128)
			texts[at++] = (uint8_t)i;
		texts[at++] = '\0';
	}
	put(guest, find_info(info, "kallsyms_token_table"), texts, at);
	put(guest, find_info(info, "kallsyms_token_index"), index, sizeof(index));
}

static int32_t offset_of(const struct vmcoreinfo *info, uint64_t base, size_t number,
			 uint64_t address)
{
	/* Before 6.15, or since 7.0, see tools/lib/kernel/kallsyms.c. */
	if (base)
		return (int64_t)address < 0 ? (int32_t)(base - 1 - address) : (int32_t)address;
	return (int32_t)(address - (find_info(info, "kallsyms_offsets") + 4 * number));
}

static void put_symbols(struct guest *guest, const struct vmcoreinfo *info, uint64_t btf_end)
{
	struct kallsyms *k = guest->kernel.symbols;
	uint64_t at = find_info(info, "kallsyms_names"), base = 0;
	uint32_t count = (uint32_t)chosen_count;
	size_t i;

	if (find_info(info, "kallsyms_relative_base"))
		FUZZ_ASSERT(space_read(guest->kernel.space,
				       find_info(info, "kallsyms_relative_base"), &base, 8) == 0);
	put_tokens(guest, info);
	put(guest, find_info(info, "kallsyms_num_syms"), &count, sizeof(count));
	if (base)
		put(guest, find_info(info, "kallsyms_relative_base"), &base, sizeof(base));
	for (i = 0; i < chosen_count; i++) {
		struct kallsyms_symbol s = kallsyms_at(k, chosen[i]);
		uint64_t address = strcmp(s.name, "__stop_BTF") == 0 ? btf_end : s.address;
		int32_t offset = offset_of(info, base, i, address);
		size_t len = strlen(s.name) + 1;
		uint8_t head[3] = { (uint8_t)len, 0, (uint8_t)s.type };

		if (len >= 128) {
			head[0] = (uint8_t)(len & 127) | 128;
			head[1] = (uint8_t)(len >> 7);
		}
		put(guest, at, head, len < 128 ? 1 : 2);
		at += len < 128 ? 1 : 2;
		put(guest, at, &head[2], 1);
		put(guest, at + 1, s.name, len - 1);
		at += len;
		put(guest, find_info(info, "kallsyms_offsets") + 4 * i, &offset, sizeof(offset));
	}
}

/* --- types ------------------------------------------------------------------------------- */

static struct btf *from, *to;
static int copies[TYPES_MAX];
static int int_of[17];

/* A number of that size. */
static int put_int(uint32_t size)
{
	char name[16];

	snprintf(name, sizeof(name), "u%u", 8 * size);
	if (size > 16)
		size = 16;
	if (!int_of[size])
		int_of[size] = btf__add_int(to, name, size, 0);
	return int_of[size];
}

static int copy(uint32_t id);

static int copy_structure(const struct btf_type *type)
{
	const struct btf_member *member = btf_members(type);
	const char *name = btf__name_by_offset(from, type->name_off);
	uint32_t i, count = btf_vlen(type);
	int *inner = calloc(count + 1, sizeof(*inner)), ret;

	FUZZ_ASSERT(inner);
	for (i = 0; i < count; i++)
		inner[i] = copy(member[i].type);
	ret = btf_is_struct(type) ? btf__add_struct(to, name, type->size) :
				    btf__add_union(to, name, type->size);
	for (i = 0; i < count; i++)
		FUZZ_ASSERT(btf__add_field(to, btf__name_by_offset(from, member[i].name_off),
					   inner[i], btf_member_bit_offset(type, i),
					   btf_member_bitfield_size(type, i)) == 0);
	free(inner);
	return ret;
}

static int copy_enum(const struct btf_type *type)
{
	const struct btf_enum *value = btf_enum(type);
	uint32_t i;
	int ret = btf__add_enum(to, btf__name_by_offset(from, type->name_off), type->size);

	for (i = 0; i < btf_vlen(type); i++)
		btf__add_enum_value(to, btf__name_by_offset(from, value[i].name_off),
				    value[i].val);
	return ret;
}

/* Pointers are all the same, so that what they lead to is left out. */
static int copy_new(uint32_t id, const struct btf_type *type)
{
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		return btf__add_ptr(to, 0);
	case BTF_KIND_ARRAY:
		return btf__add_array(to, put_int(4), copy(btf_array(type)->type),
				      btf_array(type)->nelems);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return copy_structure(type);
	default:
		return put_int((uint32_t)btf__resolve_size(from, id));
	}
}

static int copy(uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(from, id);

	FUZZ_ASSERT(type && id < TYPES_MAX);
	if (btf_is_mod(type) || btf_is_typedef(type))
		return copy(type->type);
	if (!copies[id])
		copies[id] = copy_new(id, type);
	return copies[id];
}

static struct btf *read_types(struct guest *guest)
{
	uint64_t start, end;
	struct btf *btf;
	void *data;

	FUZZ_ASSERT(kernel_symbol(&guest->kernel, "__start_BTF", &start, NULL) == 0);
	FUZZ_ASSERT(kernel_symbol(&guest->kernel, "__stop_BTF", &end, NULL) == 0);
	data = malloc(end - start);
	recording = false;
	FUZZ_ASSERT(data && space_read(guest->kernel.space, start, data, end - start) == 0);
	/* Tables that lead to what is put there are read again, and kept. */
	recording = true;
	space_forget(guest->kernel.space);
	btf = btf__new(data, (uint32_t)(end - start));
	free(data);
	FUZZ_ASSERT(btf);
	return btf;
}

/* Return: the address after them. */
static uint64_t put_types(struct guest *guest)
{
	const void *data;
	uint32_t size;
	uint64_t start;
	size_t i;
	int id;

	from = read_types(guest);
	to = btf__new_empty();
	FUZZ_ASSERT(to);
	for (i = 0; i < ARRAY_SIZE(structures); i++) {
		id = btf__find_by_name_kind(from, structures[i], BTF_KIND_STRUCT);
		if (id > 0)
			copy((uint32_t)id);
	}
	for (i = 0; i < ARRAY_SIZE(enums); i++) {
		id = btf__find_by_name_kind(from, enums[i], BTF_KIND_ENUM);
		if (id > 0)
			copy_enum(btf__type_by_id(from, (uint32_t)id));
	}
	data = btf__raw_data(to, &size);
	FUZZ_ASSERT(data && kernel_symbol(&guest->kernel, "__start_BTF", &start, NULL) == 0);
	put(guest, start, data, size);
	printf("types: %u in %u bytes\n", btf__type_cnt(to), size);
	return start + size;
}

/* --- the file ---------------------------------------------------------------------------- */

static void write_runs(FILE *file)
{
	uint64_t at, end, next;

	for (at = 0; at < memory_size; at = next) {
		struct image_run run;

		for (; at < memory_size && !kept[at]; at++)
			;
		if (at == memory_size)
			return;
		for (end = at, next = at; next < memory_size && next - end < NEAR; next++)
			if (kept[next])
				end = next + 1;
		run = (struct image_run){ at, end - at };
		FUZZ_ASSERT(fwrite(&run, sizeof(run), 1, file) == 1);
		FUZZ_ASSERT(fwrite(memory + at, 1, end - at, file) == end - at);
	}
}

static void write_image(const char *path, uint64_t page_offset)
{
	const struct image_header header = { IMAGE_MAGIC, memory_size, page_offset };
	FILE *file = fopen(path, "we");

	FUZZ_ASSERT(file && fwrite(&header, sizeof(header), 1, file) == 1);
	write_runs(file);
	FUZZ_ASSERT(fclose(file) == 0);
}

static void record(struct guest *guest, const struct mem *mem)
{
	struct vmcoreinfo_search search;
	struct vmcoreinfo info;
	struct walks told;
	uint64_t end;
	char page[MEM_PAGE];

	vmcoreinfo_begin(&search);
	FUZZ_ASSERT(vmcoreinfo_next(mem, &search, &info) == 1);
	recording = true;
	guest_refresh(guest);
	walks_some(guest, WALKS_ALL, &told);
	FUZZ_ASSERT(mem_read(mem, info.address, page, sizeof(page)) == 0);
	kernel_symbol(&guest->kernel, "linux_banner", &end, NULL);
	FUZZ_ASSERT(space_read(guest->kernel.space, end, page, 256) == 0);
	choose_symbols(guest->kernel.symbols);
	end = put_types(guest);
	put_symbols(guest, &info, end);
	recording = false;
	printf("%" PRIu64 " processes, %" PRIu64 " files, %" PRIu64 " sockets, %" PRIu64
	       " modules, %" PRIu64 " mounts, %" PRIu64 " findings, %" PRIu64 " records, %" PRIu64
	       " file systems, %" PRIu64 " inodes, %" PRIu64 " names, %" PRIu64 " ranges, %" PRIu64
	       " buffers, %" PRIu64 " placed, %" PRIu64 " connections\n",
	       told.processes, told.files, told.sockets, told.modules, told.mounts,
	       told.findings, told.records, told.super_blocks, told.inodes, told.names,
	       told.cached, told.buffers, told.placed, told.connections);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	uint64_t page_offset = 0;
	struct guest *guest;
	struct mem *mem;

	if (argc != 3) {
		fprintf(stderr, "usage: record QMP-SOCKET FILE\n");
		return 2;
	}
	stop_guest(argv[1]);
	if (mem_open_qmp(&mem, "guest", argv[1], &err) < 0 || guest_open(&guest, mem, &err) < 0)
		fail(argv[1], &err);
	/* What lies above, there is none of in so small a guest. */
	memory_size = IMAGE_SIZE_MAX;
	memory = calloc(1, memory_size);
	kept = calloc(1, memory_size);
	FUZZ_ASSERT(memory && kept);
	record(guest, mem);
	if (kernel_symbol(&guest->kernel, "page_offset_base", &page_offset, NULL) == 0)
		FUZZ_ASSERT(space_read(guest->kernel.space, page_offset, &page_offset, 8) == 0);
	write_image(argv[2], page_offset);
	guest_close(guest);
	mem_destroy(mem);
	return 0;
}
