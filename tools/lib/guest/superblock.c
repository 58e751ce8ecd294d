// SPDX-License-Identifier: GPL-2.0-or-later
/* Super blocks, by the list "super_blocks". */
#include <errno.h>
#include <string.h>

#include "base/u64.h"
#include "field.h"
#include "list.h"
#include "path.h"
#include "superblock.h"

static int read_bytes(const struct guest *guest, uint64_t object,
		      const struct types_member *member, void *ret, size_t room)
{
	return space_read(guest->kernel.space, field_address(object, member), ret,
			  u64_min(room, member->elements));
}

int guest_super_block_read(const struct guest *guest, uint64_t address,
			   struct guest_super_block *ret)
{
	const struct guest_layout *l = &guest->layout;
	struct guest_super_block sb = { .address = address };
	uint64_t device, type, name;
	int r = field_read(guest, address, &l->sb_dev, &device);

	if (r == 0)
		r = field_read(guest, address, &l->sb_flags, &sb.flags);
	if (r == 0)
		r = field_read(guest, address, &l->sb_magic, &sb.magic);
	if (r == 0)
		r = field_read(guest, address, &l->sb_block_size, &sb.block_size);
	if (r == 0)
		r = field_read(guest, address, &l->sb_root, &sb.root);
	if (r == 0)
		r = read_bytes(guest, address, &l->sb_uuid, sb.uuid, sizeof(sb.uuid));
	if (r == 0)
		r = read_bytes(guest, address, &l->sb_id, sb.name, sizeof(sb.name) - 1);
	if (r == 0)
		r = field_read(guest, address, &l->sb_type, &type);
	if (r == 0)
		r = field_read(guest, type, &l->fs_type_name, &name);
	if (r == 0)
		r = path_text(guest, name, sb.type, sizeof(sb.type));
	if (r < 0)
		return r;
	sb.major = field_major(device);
	sb.minor = field_minor(device);
	*ret = sb;
	return 0;
}

int guest_super_blocks(struct guest *guest,
		       int (*take)(const struct guest_super_block *sb, void *data), void *data,
		       struct guest_doubts *doubts)
{
	struct list_walk list;
	uint64_t head, link;
	int r = 0;

	if (kallsyms_find(guest->kernel.symbols, "super_blocks", &head) < 0)
		return -ENOENT;
	list_begin(&list, guest, head, GUEST_SUPER_BLOCKS_MAX, doubts);
	while (r == 0 && list_next(&list, &link)) {
		struct guest_super_block sb;

		if (guest_super_block_read(guest, link - guest->layout.sb_list.offset, &sb) < 0)
			doubts->bad++;
		else
			r = take(&sb, data);
	}
	return r;
}
