// SPDX-License-Identifier: GPL-2.0-or-later
/* The state file as text: written whole, and read as if by an enemy. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/json.h"
#include "state.h"

#define STATE_VERSION		2
/* One guest beside the host, moved by single pages. */
#define STATE_VERSION_ONE	1
#define BOOT_ID			"/proc/sys/kernel/random/boot_id"
/* No domain has more, and sums of so much do not overflow. */
#define SIZE_MAX_KB		4398046511104ULL

static int read_boot_id(char **ret, struct error *err)
{
	int r = file_read(BOOT_ID, 64, ret, NULL, err);

	if (r == 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

static json_t *pack_side(const struct side_base *base, bool foreign)
{
	const struct hv_domain *domain = &base->domain;
	const struct hv_sizes *sizes = &base->sizes;

	return json_pack("{s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b}",
			 "id", (json_int_t)domain->id,
			 "name", json_text(domain->name),
			 "uuid", domain->uuid,
			 "actual_kb", json_u64(sizes->actual_kb),
			 "target_kb", json_u64(sizes->target_kb),
			 "max_kb", json_u64(sizes->max_kb),
			 "static_max_kb", json_u64(sizes->static_max_kb),
			 "quantum_kb", json_u64(base->quantum_kb),
			 "foreign", foreign);
}

static json_t *pack_guests(const struct state *state)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < state->count; i++) {
		const struct state_guest *guest = &state->guests[i];
		json_t *json = pack_side(&guest->base, guest->foreign);

		/* One that is missing fails here as well. */
		json_object_set_new(json, "once", json_boolean(guest->once));
		if (guest->address[0])
			json_object_set_new(json, "address", json_text(guest->address));
		if (json_array_append_new(array, json) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *pack_limits(const struct state *state)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array && i < state->limit_count; i++) {
		const struct state_limit *limit = &state->limits[i];
		json_t *json = json_pack("{s:s, s:o, s:o}", "folder", limit->folder,
					 "id", json_u64(limit->id),
					 "before_bytes", json_u64(limit->before_bytes));

		if (json_array_append_new(array, json) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

int state_save(const char *path, const struct state *state, struct error *err)
{
	__free_mem char *boot = NULL;
	json_t *json;
	int r = read_boot_id(&boot, err);

	if (r < 0)
		return r;
	json = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o}", "version", STATE_VERSION,
			 "boot_id", boot,
			 "hypervisor", state->hypervisor[0] ? state->hypervisor : "xen",
			 "host", pack_side(&state->host, state->host_foreign),
			 "guests", pack_guests(state),
			 "limits", pack_limits(state));
	if (!json)
		return error_errno(err, -ENOMEM, "%s", path);
	r = json_write(path, 0600, json, err);
	json_decref(json);
	return r;
}

static int get_text(const json_t *json, const char *key, char *ret, size_t room,
		    struct error *err)
{
	const char *text;
	int r = json_get_string(json, key, &text, err);

	if (r < 0)
		return r;
	if (!*text || strlen(text) >= room)
		return error_set(err, -EINVAL, "member '%s' is empty or too long", key);
	strcpy(ret, text);
	return 0;
}

static int get_number(const json_t *json, const char *key, uint64_t max,
		      uint64_t *ret, struct error *err)
{
	int r = json_get_u64(json, key, ret, err);

	if (r == 0 && *ret > max)
		return error_set(err, -EINVAL, "member '%s' is above %" PRIu64, key, max);
	return r;
}

static int unpack_domain(const json_t *json, struct hv_domain *domain,
			 struct error *err)
{
	uint64_t id = 0;
	int r = get_number(json, "id", UINT32_MAX, &id, err);

	domain->id = (uint32_t)id;
	if (r == 0)
		r = get_text(json, "name", domain->name, sizeof(domain->name), err);
	if (r == 0)
		r = get_text(json, "uuid", domain->uuid, sizeof(domain->uuid), err);
	return r;
}

static int unpack_sizes(const json_t *json, struct hv_sizes *sizes,
			struct error *err)
{
	int r = get_number(json, "actual_kb", SIZE_MAX_KB, &sizes->actual_kb, err);

	sizes->resident_kb = HV_UNKNOWN;
	if (r == 0)
		r = get_number(json, "target_kb", SIZE_MAX_KB, &sizes->target_kb, err);
	/* These two may be as good as unlimited, and are only handed back. */
	if (r == 0)
		r = json_get_u64(json, "max_kb", &sizes->max_kb, err);
	if (r == 0)
		r = json_get_u64(json, "static_max_kb", &sizes->static_max_kb, err);
	return r;
}

static int unpack_quantum(const json_t *json, struct side_base *base,
			  struct error *err)
{
	int r = get_number(json, "quantum_kb", SIDE_QUANTUM_MAX_KB, &base->quantum_kb,
			   err);

	if (r == 0 && (base->quantum_kb == 0 || base->quantum_kb % SIDE_PAGE_KB))
		return error_set(err, -EINVAL, "member 'quantum_kb' is not whole pages");
	return r;
}

static int unpack_side(const json_t *json, uint64_t version,
		       struct side_base *base, bool *ret_foreign,
		       struct error *err)
{
	int r = unpack_domain(json, &base->domain, err);

	if (r == 0)
		r = unpack_sizes(json, &base->sizes, err);
	base->quantum_kb = SIDE_PAGE_KB;
	if (version == STATE_VERSION_ONE)
		return r;
	if (r == 0)
		r = unpack_quantum(json, base, err);
	if (r == 0)
		r = json_get_bool(json, "foreign", ret_foreign, err);
	return r;
}

static int unpack_guest(const json_t *json, const json_t *once, uint64_t version,
			struct state *state, struct error *err)
{
	struct state_guest guest = { 0 };
	int r = unpack_side(json, version, &guest.base, &guest.foreign, err);

	if (r == 0)
		r = json_get_bool(once, "once", &guest.once, err);
	if (r == 0 && json_object_get(json, "address"))
		r = get_text(json, "address", guest.address, sizeof(guest.address), err);
	if (r == 0 && guest.base.domain.id == state->host.domain.id)
		r = error_set(err, -EINVAL, "a guest has the host's id");
	if (r == 0)
		r = state_add(state, &guest, err);
	return r;
}

static int unpack_guests(const json_t *json, struct state *state, struct error *err)
{
	const json_t *array = json_object_get(json, "guests");
	size_t i;
	int r = 0;

	if (!json_is_array(array))
		return error_set(err, -EINVAL, "member 'guests' is missing or not an array");
	for (i = 0; r == 0 && i < json_array_size(array); i++) {
		const json_t *guest = json_array_get(array, i);

		r = unpack_guest(guest, guest, STATE_VERSION, state, err);
	}
	return r;
}

static int unpack_limit(const json_t *json, struct state *state, struct error *err)
{
	const char *folder;
	uint64_t id, before;
	int r = json_get_string(json, "folder", &folder, err);

	if (r == 0)
		r = json_get_u64(json, "id", &id, err);
	if (r == 0)
		r = json_get_u64(json, "before_bytes", &before, err);
	return r < 0 ? r : state_add_limit(state, folder, id, before, err);
}

/* Files written before there were limits have none. */
static int unpack_limits(const json_t *json, struct state *state, struct error *err)
{
	const json_t *array = json_object_get(json, "limits");
	size_t i;
	int r = 0;

	if (array && !json_is_array(array))
		return error_set(err, -EINVAL, "member 'limits' is not an array");
	for (i = 0; r == 0 && i < json_array_size(array); i++)
		r = unpack_limit(json_array_get(array, i), state, err);
	return r;
}

static int unpack_boot(const json_t *json, bool *ret_stale, struct error *err)
{
	__free_mem char *boot = NULL;
	const char *written;
	int r = read_boot_id(&boot, err);

	if (r == 0)
		r = json_get_string(json, "boot_id", &written, err);
	if (r == 0)
		*ret_stale = strcmp(boot, written) != 0;
	return r;
}

static int unpack(const json_t *json, struct state *state, struct error *err)
{
	uint64_t version;
	int r = json_get_u64(json, "version", &version, err);

	if (r == 0 && version != STATE_VERSION && version != STATE_VERSION_ONE)
		r = error_set(err, -EINVAL, "of another version of balloon-sync");
	if (r == 0)
		r = unpack_boot(json, &state->stale, err);
	if (r == 0)
		r = unpack_side(json_object_get(json, "host"), version, &state->host,
				&state->host_foreign, err);
	if (r < 0)
		return r;
	if (json_object_get(json, "hypervisor"))
		r = get_text(json, "hypervisor", state->hypervisor,
			     sizeof(state->hypervisor), err);
	if (r < 0)
		return r;
	if (version == STATE_VERSION) {
		r = unpack_guests(json, state, err);
		return r < 0 ? r : unpack_limits(json, state, err);
	}
	return unpack_guest(json_object_get(json, "guest"), json, version, state, err);
}

int state_load(const char *path, struct state *ret, struct error *err)
{
	__free_json json_t *json = NULL;
	struct state state = { 0 };
	struct error why = { 0 };
	int r = json_read_private(path, &json, &why);

	if (r == 0)
		r = unpack(json, &state, &why);
	if (r == 0) {
		*ret = state;
		return 0;
	}
	state_free(&state);
	if (r == -ENOENT || r == -EACCES || r == -ENOMEM || r == -EPERM)
		return error_set(err, r, "%s", why.text);
	return error_set(err, -EINVAL,
			 "%s: cannot be used (%s); set the sizes by 'xl mem-set' or 'virsh setmem' and delete it",
			 path, why.text);
}
