// SPDX-License-Identifier: GPL-2.0-or-later
/* libvirt's backups in pull mode: it has QEMU export what a disk held when one was begun. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "libvirt-reach.h"
#include "plug.h"

#define FIELD_ROOM	64
#define END_NS		(30 * NSEC_PER_SEC)
#define AGAIN_NS	(10 * NSEC_PER_MSEC)

/* --- the list --------------------------------------------------------------------------- */

static const char *text_of(const virDomainStatsRecord *stats, unsigned int number,
			   const char *field)
{
	const char *text = NULL;
	char key[FIELD_ROOM];

	snprintf(key, sizeof(key), "block.%u.%s", number, field);
	virTypedParamsGetString(stats->params, stats->nparams, key, &text);
	return text ? text : "";
}

/* Return: whether there is a medium. */
static bool take(const virDomainStatsRecord *stats, unsigned int number,
		 struct hv_plug_disk *ret)
{
	unsigned long long size;
	char key[FIELD_ROOM];

	snprintf(key, sizeof(key), "block.%u.capacity", number);
	if (virTypedParamsGetULLong(stats->params, stats->nparams, key, &size) != 1)
		return false;
	ret->size = size;
	snprintf(ret->name, sizeof(ret->name), "%s", text_of(stats, number, "name"));
	snprintf(ret->path, sizeof(ret->path), "%s", text_of(stats, number, "path"));
	return ret->name[0];
}

static int list_domain(virDomainPtr domain, struct hv_plug_disk *ret, size_t room,
		       struct error *err)
{
	virDomainPtr domains[] = { domain, NULL };
	virDomainStatsRecordPtr *stats = NULL;
	unsigned int i, number = 0;
	size_t count = 0;

	if (virDomainListGetStats(domains, VIR_DOMAIN_STATS_BLOCK, &stats, 0) < 1)
		return error_set(err, -EIO, "libvirt: does not tell the guest's disks (%.120s)",
				 virGetLastErrorMessage());
	virTypedParamsGetUInt(stats[0]->params, stats[0]->nparams, "block.count", &number);
	for (i = 0; i < number && count < room; i++)
		count += take(stats[0], i, &ret[count]);
	virDomainStatsRecordListFree(stats);
	return (int)count;
}

static int list(const char *uri, const char *uuid, struct hv_plug_disk *ret, size_t room,
		struct error *err)
{
	struct reach reach;
	int r = reach_open(&reach, uri, uuid, err);

	if (r == 0)
		r = list_domain(reach.domain, ret, room, err);
	reach_close(&reach);
	return r;
}

/* --- a backup --------------------------------------------------------------------------- */

/* What goes into XML has nothing in it that would end a text there. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("/-_.", *text))
			return false;
	return true;
}

static char *describe(const char *disk, const char *folder)
{
	char *xml;

	if (asprintf(&xml,
		     "<domainbackup mode='pull'>"
		     "<server transport='unix' socket='%s/" HV_PLUG_BACKUP_SOCKET "'/>"
		     "<disks><disk name='%s' backup='yes' type='file' exportname='%s'>"
		     "<driver type='qcow2'/>"
		     "<scratch file='%s/" HV_PLUG_BACKUP_SCRATCH "'/>"
		     "</disk></disks></domainbackup>", folder, disk, disk, folder) < 0)
		return NULL;
	return xml;
}

static int begin(const char *uri, const char *uuid, const char *disk, const char *folder,
		 struct error *err)
{
	__free_mem char *xml = describe(disk, folder);
	struct reach reach;
	int r;

	if (!xml)
		return error_errno(err, -ENOMEM, "libvirt");
	if (!is_plain(disk) || !is_plain(folder))
		return error_set(err, -EINVAL, "%s: is no name of a disk", disk);
	r = reach_open(&reach, uri, uuid, err);
	if (r == 0 && virDomainBackupBegin(reach.domain, xml, NULL, 0) < 0)
		r = error_set(err, -EREMOTEIO, "%s: libvirt begins no backup: %.200s", disk,
			      virGetLastErrorMessage());
	reach_close(&reach);
	return r;
}

/* By the folder that it has been given, nobody else's is ours. */
static bool is_ours(virDomainPtr domain, const char *folder)
{
	__free_mem char *xml = virDomainBackupGetXMLDesc(domain, 0);

	return xml && strstr(xml, folder);
}

/* libvirt answers before it is done, and takes files away that have these names then. */
static int end_ours(virDomainPtr domain, const char *folder, struct error *err)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + END_NS;

	if (!is_ours(domain, folder))
		return 0;
	if (virDomainAbortJob(domain) < 0 && is_ours(domain, folder))
		return error_set(err, -EREMOTEIO, "libvirt does not end the backup: %.200s",
				 virGetLastErrorMessage());
	while (is_ours(domain, folder)) {
		if (clock_now_ns(CLOCK_MONOTONIC) >= until_ns)
			return error_set(err, -ETIMEDOUT, "libvirt does not end the backup");
		clock_sleep(AGAIN_NS);
	}
	return 0;
}

static int end(const char *uri, const char *uuid, const char *folder, struct error *err)
{
	struct reach reach;
	int r = reach_open(&reach, uri, uuid, err);

	if (r == 0)
		r = end_ours(reach.domain, folder, err);
	reach_close(&reach);
	return r;
}

const struct hv_plug_backup hv_plug_backup = { .list = list, .begin = begin, .end = end };
