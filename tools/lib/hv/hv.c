// SPDX-License-Identifier: GPL-2.0-or-later
/* Hand each operation to the hypervisor that a connection belongs to. */
#include <errno.h>
#include <stddef.h>

#include "hv.h"

#define PAGE_KB		4
#define SUPERPAGE_KB	2048

/** hv_destroy() - Disconnect; NULL is allowed. */
void hv_destroy(struct hv *hv)
{
	if (hv)
		hv->ops->destroy(hv);
}

/** hv_find() - A running guest by its name. Return: 0, -ENOENT, -errno. */
int hv_find(struct hv *hv, const char *name, struct hv_domain *ret,
	    struct error *err)
{
	return hv->ops->find(hv, name, ret, err);
}

/** hv_host() - The domain that the IDSs run in. Return: 0 or -errno. */
int hv_host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	return hv->ops->host(hv, ret, err);
}

/** hv_read() - Sizes of a domain. Return: 0, -ENODEV if gone, -errno. */
int hv_read(struct hv *hv, const struct hv_domain *domain,
	    struct hv_sizes *ret, struct error *err)
{
	return hv->ops->read(hv, domain, ret, err);
}

/** hv_set_target() - Ask a domain to have a size. Return: 0 or -errno. */
int hv_set_target(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		  struct error *err)
{
	return hv->ops->set_target(hv, domain, kb, err);
}

/** hv_set_max() - Forbid a domain more than a size. Return: 0 or -errno. */
int hv_set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
	       struct error *err)
{
	return hv->ops->set_max(hv, domain, kb, err);
}

/** hv_claim() - Reserve free memory for a domain. Return: 0, -ENOMEM, -errno. */
int hv_claim(struct hv *hv, const struct hv_domain *domain, uint64_t total_kb,
	     struct error *err)
{
	return hv->ops->claim(hv, domain, total_kb, err);
}

uint64_t hv_quantum_kb(struct hv *hv, const struct hv_domain *domain)
{
	if (hv->pool || (hv->ops->superpages && hv->ops->superpages(hv, domain)))
		return SUPERPAGE_KB;
	return PAGE_KB;
}

int hv_distress(struct hv *hv, const struct hv_domain *domain,
		struct hv_distress *ret, struct error *err)
{
	if (!hv->ops->distress)
		return error_set(err, -EOPNOTSUPP,
				 "%s: its hypervisor does not tell how it fares",
				 domain->name);
	return hv->ops->distress(hv, domain, ret, err);
}

int hv_schedule(struct hv *hv, const struct hv_domain *domain, struct hv_schedule *ret,
		struct error *err)
{
	if (!hv->ops->schedule)
		return error_set(err, -EOPNOTSUPP,
				 "%s: its hypervisor leaves the processors to the host's kernel",
				 domain->name);
	return hv->ops->schedule(hv, domain, ret, err);
}

int hv_set_schedule(struct hv *hv, const struct hv_domain *domain,
		    const struct hv_schedule *schedule, struct error *err)
{
	return hv->ops->set_schedule(hv, domain, schedule, err);
}
