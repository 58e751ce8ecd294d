// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel/printk/printk_ringbuffer.c: a ring of descriptors, a ring of what belongs to each (its
 * number, time and level), and a ring of texts.
 *
 * A descriptor has a number that only grows, the lowest bits of which are its place, and in
 * the highest two bits of the same word its state.  Of a text it says where it begins and where
 * the next one does, by positions that only grow as well.  A text that does not fit before the
 * end of the ring is at its beginning instead.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/u64.h"
#include "field.h"
#include "log.h"

/* enum desc_state, in the highest two bits. */
#define STATE_SHIFT	62
#define STATE_FINAL	2ull
#define NUMBER_MASK	(BIT_ULL(STATE_SHIFT) - 1)
/* Positions that are none: there was no room, there is no text. */
#define NO_PLACE	1ull
#define NO_TEXT		3ull
/* Before each text is the number of its descriptor. */
#define OWNER_BYTES	8u

/**
 * struct log - the guest's log, while it is read
 * @guest: whose
 * @descs: virtual address of the descriptors
 * @infos: virtual address of what belongs to them
 * @bits: of the number of both
 * @texts: virtual address of the texts
 * @text_bits: of how many bytes these are
 * @doubts: counted
 * @record: that is told
 */
struct log {
	struct guest *guest;
	uint64_t descs;
	uint64_t infos;
	uint64_t bits;
	uint64_t texts;
	uint64_t text_bits;
	struct guest_doubts *doubts;
	struct guest_log_record record;
};

/**
 * struct desc - a descriptor as it was
 * @state: its number and its state
 * @begin: where its text begins
 * @next: where the next one does
 */
struct desc {
	uint64_t state;
	uint64_t begin;
	uint64_t next;
};

static int read_desc(const struct log *log, uint64_t number, struct desc *ret)
{
	const struct guest_layout *l = &log->guest->layout;
	uint64_t place = number & (BIT_ULL(log->bits) - 1);
	const struct wish wishes[] = {
		{ &l->desc_state, &ret->state }, { &l->desc_begin, &ret->begin },
		{ &l->desc_next, &ret->next },
	};

	return field_read_all(log->guest, log->descs + place * l->desc_bytes, l->desc_bytes,
			      wishes, ARRAY_SIZE(wishes));
}

static int read_word(const struct log *log, const struct types_member *member, uint64_t object,
		     char *ret, size_t room)
{
	size_t len = u64_min(member->elements, room - 1);
	int r = space_read(log->guest->kernel.space, field_address(object, member), ret, len);

	ret[r < 0 ? 0 : len] = '\0';
	return r;
}

/* Return: how long the text can be; it is at *@ret_at. */
static int64_t find_text(const struct log *log, const struct desc *desc, uint64_t number,
			 uint64_t *ret_at)
{
	uint64_t size = BIT_ULL(log->text_bits), begin = desc->begin, end = desc->next, owner, len;
	int r;

	/* The last byte is on the other side of the ring's end: all of it is. */
	if (begin >> log->text_bits != (end - 1) >> log->text_bits) {
		if ((begin >> log->text_bits) + 1 != (end - 1) >> log->text_bits)
			return -EPROTO;
		begin = (end - 1) & ~(size - 1);
	}
	len = end - begin;
	if (len > size || len < OWNER_BYTES)
		return -EPROTO;
	*ret_at = log->texts + (begin & (size - 1));
	r = space_read(log->guest->kernel.space, *ret_at, &owner, sizeof(owner));
	if (r < 0)
		return r;
	*ret_at += OWNER_BYTES;
	return owner == number ? (int64_t)(len - OWNER_BYTES) : -EPROTO;
}

/* Return: 1; 0 when it is lost; negative errno. */
static int read_text(struct log *log, const struct desc *desc, uint64_t number, uint64_t len)
{
	char *text = log->record.text;
	uint64_t at;
	int64_t room;
	size_t i;
	int r;

	text[0] = '\0';
	if (desc->begin == NO_TEXT && desc->next == NO_TEXT)
		return 1;
	if (desc->begin & NO_PLACE && desc->next & NO_PLACE)
		return 0;
	room = find_text(log, desc, number, &at);
	if (room < 0)
		return (int)room;
	len = u64_min(u64_min(len, (uint64_t)room), GUEST_LOG_TEXT_MAX);
	r = space_read(log->guest->kernel.space, at, text, len);
	if (r < 0)
		return r;
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	text[len] = '\0';
	return 1;
}

/* Return: 1 when there is such a record; 0; negative errno. */
static int read_record(struct log *log, uint64_t number)
{
	const struct guest_layout *l = &log->guest->layout;
	uint64_t info = log->infos + (number & (BIT_ULL(log->bits) - 1)) * l->info_bytes;
	uint64_t len, facility, level;
	struct guest_log_record *record = &log->record;
	const struct wish wishes[] = {
		{ &l->info_seq, &record->number }, { &l->info_time, &record->time_ns },
		{ &l->info_len, &len }, { &l->info_facility, &facility },
		{ &l->info_level, &level },
	};
	struct desc desc, after;
	int there, r = read_desc(log, number, &desc);

	if (r < 0 || desc.state != (STATE_FINAL << STATE_SHIFT | number))
		return r;
	r = field_read_all(log->guest, info, l->info_bytes, wishes, ARRAY_SIZE(wishes));
	if (r == 0)
		r = read_word(log, &l->info_subsystem, info, record->subsystem,
			      sizeof(record->subsystem));
	if (r == 0)
		r = read_word(log, &l->info_device, info, record->device, sizeof(record->device));
	if (r < 0)
		return r;
	there = read_text(log, &desc, number, len);
	r = read_desc(log, number, &after);
	if (r < 0)
		return r;
	/* The guest has used its place for another one meanwhile. */
	if (after.state != desc.state) {
		log->doubts->torn++;
		return 0;
	}
	record->facility = (uint8_t)facility;
	record->level = (uint8_t)level;
	return there;
}

static int walk(struct log *log, uint64_t tail, uint64_t head,
		int (*take)(const struct guest_log_record *record, void *data), void *data)
{
	uint64_t count = ((head - tail) & NUMBER_MASK) + 1, i;
	int r = 0;

	if (count > BIT_ULL(log->bits)) {
		log->doubts->cut++;
		count = BIT_ULL(log->bits);
	}
	for (i = 0; r == 0 && i < count; i++) {
		int there = read_record(log, (tail + i) & NUMBER_MASK);

		if (there < 0)
			log->doubts->bad++;
		else if (there)
			r = take(&log->record, data);
	}
	return r;
}

static int find_rings(struct log *log, uint64_t ring, uint64_t *ret_tail, uint64_t *ret_head)
{
	const struct guest_layout *l = &log->guest->layout;
	uint64_t descs = field_address(ring, &l->ring_descs);
	uint64_t texts = field_address(ring, &l->ring_texts);
	int r = field_read(log->guest, descs, &l->descs_bits, &log->bits);

	if (r == 0)
		r = field_read(log->guest, descs, &l->descs_array, &log->descs);
	if (r == 0)
		r = field_read(log->guest, descs, &l->descs_infos, &log->infos);
	if (r == 0)
		r = field_read(log->guest, descs, &l->descs_tail, ret_tail);
	if (r == 0)
		r = field_read(log->guest, descs, &l->descs_head, ret_head);
	if (r == 0)
		r = field_read(log->guest, texts, &l->texts_bits, &log->text_bits);
	if (r == 0)
		r = field_read(log->guest, texts, &l->texts_data, &log->texts);
	if (r < 0)
		return r;
	return log->bits == 0 || log->bits > GUEST_LOG_BITS_MAX || log->text_bits == 0 ||
	       log->text_bits >= STATE_SHIFT ? -EPROTO : 0;
}

int guest_log_ring(struct guest *guest, uint64_t ring,
		   int (*take)(const struct guest_log_record *record, void *data), void *data,
		   struct guest_doubts *doubts)
{
	struct log *log = calloc(1, sizeof(*log));
	uint64_t tail, head;
	int r;

	if (!log)
		return -ENOMEM;
	log->guest = guest;
	log->doubts = doubts;
	r = find_rings(log, ring, &tail, &head);
	if (r == 0)
		r = walk(log, tail & NUMBER_MASK, head & NUMBER_MASK, take, data);
	free(log);
	return r;
}

int guest_log(struct guest *guest,
	      int (*take)(const struct guest_log_record *record, void *data), void *data,
	      struct guest_doubts *doubts)
{
	uint64_t pointer, ring;
	int r;

	if (kallsyms_find(guest->kernel.symbols, "prb", &pointer) < 0)
		return -ENOENT;
	r = space_read(guest->kernel.space, pointer, &ring, sizeof(ring));
	return r < 0 ? r : guest_log_ring(guest, ring, take, data, doubts);
}
