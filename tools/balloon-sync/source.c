// SPDX-License-Identifier: GPL-2.0-or-later
/* Where it is known from how much groups use, behind one small set of operations. */
#include <stdbool.h>

#include "source.h"

static bool needs_list(const struct source_subject *subjects, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (group_needs_list(subjects[i].group))
			return true;
	return false;
}

/* Whether one of those before has the same source. */
static size_t first_of(const struct source_subject *subjects, size_t index)
{
	size_t i = 0;

	while (subjects[i].source != subjects[index].source)
		i++;
	return i;
}

/* The first failure is the one to tell. */
static int note(int r, int now, struct error *err, const struct error *why)
{
	if (r == 0 && now < 0 && err)
		*err = *why;
	return r < 0 ? r : now;
}

static int look(struct source_subject *subjects, size_t index, struct error *err)
{
	struct source *source = subjects[index].source;
	size_t first = first_of(subjects, index);

	if (first < index)
		return subjects[first].code;
	return source->ops->look ? source->ops->look(source, err) : 0;
}

int source_sample(struct source_subject *subjects, size_t count, struct error *err)
{
	struct census census;
	size_t i;
	int r = census_take(&census, needs_list(subjects, count), err);

	if (r < 0)
		return r;
	/* All look before any measures, or a group's failure would be its source's. */
	for (i = 0; i < count; i++) {
		struct error why = { 0 };

		subjects[i].code = look(subjects, i, &why);
		r = note(r, subjects[i].code, err, &why);
	}
	for (i = 0; i < count; i++) {
		struct source *source = subjects[i].source;
		struct error why = { 0 };

		if (subjects[i].code < 0)
			continue;
		subjects[i].code = source->ops->measure(source, subjects[i].group, &census,
							&subjects[i].usage, &why);
		r = note(r, subjects[i].code, err, &why);
	}
	census_exit(&census);
	return r;
}

int source_evict(struct source *source, struct group *group, uint64_t *ret_kb,
		 struct error *err)
{
	return source->ops->evict(source, group, ret_kb, err);
}

void source_destroy(struct source *source)
{
	if (source)
		source->ops->destroy(source);
}
