// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffer heads: a ring of as many as the folio has blocks, that begins at its "private". */
#include "base/macros.h"
#include "buffer.h"
#include "field.h"

/* A sector. */
#define SIZE_MIN	512u

/**
 * struct head - a struct buffer_head as it was
 * @state: bits
 * @next: virtual address of the next one
 * @folio: virtual address of the folio whose piece it is
 * @block: of the disk
 * @size: in bytes
 */
struct head {
	uint64_t state;
	uint64_t next;
	uint64_t folio;
	uint64_t block;
	uint64_t size;
};

static int read_head(const struct guest *guest, uint64_t address, struct head *ret)
{
	const struct guest_layout *l = &guest->layout;
	const struct wish wishes[] = {
		{ &l->buffer_state, &ret->state }, { &l->buffer_next, &ret->next },
		{ &l->buffer_folio, &ret->folio }, { &l->buffer_block, &ret->block },
		{ &l->buffer_size, &ret->size },
	};

	return field_read_all(guest, address, l->buffer_bytes, wishes, ARRAY_SIZE(wishes));
}

static bool has_bit(const struct head *head, int64_t bit)
{
	return head->state & BIT_ULL(bit);
}

int guest_buffers(struct guest *guest, const struct guest_pages *pages,
		  int (*take)(const struct guest_buffer *buffer, void *data), void *data,
		  struct guest_doubts *doubts)
{
	const struct guest_layout *l = &guest->layout;
	uint64_t bytes = pages->count * MEM_PAGE, flags, first, at, done;
	bool closed, full;
	int r = field_read(guest, pages->folio, &l->folio_flags, &flags);

	if (r == 0)
		r = field_read(guest, pages->folio, &l->folio_private, &first);
	if (r < 0) {
		doubts->bad++;
		return 0;
	}
	if (!(flags & BIT_ULL(l->page_private)) || !first)
		return 0;
	for (done = 0, at = first, r = 0; r == 0 && done < bytes;) {
		struct guest_buffer buffer = { 0 };
		struct head head;

		if (read_head(guest, at, &head) < 0 || head.folio != pages->folio ||
		    head.size < SIZE_MIN || head.size > bytes - done) {
			doubts->torn++;
			return 0;
		}
		buffer.address = pages->address + done;
		buffer.offset = pages->index * MEM_PAGE + done;
		buffer.block = head.block;
		buffer.size = (uint32_t)head.size;
		buffer.mapped = has_bit(&head, l->buffer_mapped);
		buffer.uptodate = has_bit(&head, l->buffer_uptodate);
		buffer.dirty = has_bit(&head, l->buffer_dirty);
		r = take(&buffer, data);
		done += head.size;
		at = head.next;
		/* It has gone all around: these were as many as there is room for. */
		closed = at == first;
		full = done == bytes;
		if (r == 0 && closed != full) {
			doubts->torn++;
			return 0;
		}
	}
	return r;
}
