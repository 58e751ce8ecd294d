// SPDX-License-Identifier: GPL-2.0-or-later
/* What balloon-sync asks of a QEMU: the input is all that is answered. */
#include "fuzz.h"
#include "hv/hv.h"
#include "hv/resident.h"
#include "peer.h"

/* In place of the library's (--wrap): the process behind the socket is this one. */
uint64_t __wrap_resident_read(struct resident *resident, uint64_t actual_kb);

uint64_t __wrap_resident_read(struct resident *resident, uint64_t actual_kb)
{
	FUZZ_ASSERT(resident->count <= RESIDENT_BLOCKS_MAX);
	return HV_UNKNOWN;
}

static void ask(struct hv *hv)
{
	struct hv_distress distress;
	struct hv_domain domain;
	struct hv_sizes sizes;

	if (hv_find(hv, "guest", &domain, NULL) < 0)
		return;
	FUZZ_ASSERT(memchr(domain.uuid, '\0', sizeof(domain.uuid)));
	FUZZ_ASSERT(strcmp(domain.name, "guest") == 0);
	if (hv_read(hv, &domain, &sizes, NULL) == 0)
		FUZZ_ASSERT(sizes.actual_kb < 1ull << 43 && sizes.max_kb < 1ull << 44);
	hv_distress(hv, &domain, &distress, NULL);
	hv_set_target(hv, &domain, 65536, NULL);
	hv_read(hv, &domain, &sizes, NULL);
	hv_distress(hv, &domain, &distress, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hv *hv;

	peer_sends(data, size);
	FUZZ_ASSERT(hv_qmp_create(&hv, NULL) == 0);
	FUZZ_ASSERT(hv_qmp_add(hv, "guest", "/nowhere", NULL) == 0);
	ask(hv);
	hv_destroy(hv);
	peer_hangs_up();
	return 0;
}
