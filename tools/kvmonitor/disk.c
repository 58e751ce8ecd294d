// SPDX-License-Identifier: GPL-2.0-or-later
/* kvmonitor disk: files on a guest's disks. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/parse.h"
#include "command.h"
#include "disk-list.h"
#include "disk-serve.h"
#include "disk/partition.h"
#include "mem/mem.h"
#include "name.h"

enum {
	OPTION_DISK = OPTION_OWN,
	OPTION_IMAGE,
	OPTION_LIST,
	OPTION_PARTITION,
	OPTION_PAUSE,
};

/**
 * struct wanted - what the user wants
 * @options: shared ones
 * @disk: name of it, NULL for the only one
 * @partition: number of it, 0 for the only one that can be read, or all of the disk
 * @image: its bytes, rather than its files
 * @pause_ns: the guest may be stopped for so long; 0 for not at all
 * @list: what there is, rather than its files
 */
struct wanted {
	struct options options;
	const char *disk;
	uint64_t partition;
	bool image;
	uint64_t pause_ns;
	bool list;
};

static int list(const struct wanted *wanted, const char *path, struct error *err)
{
	const struct export_disk *only = NULL;
	struct disk_source source;
	struct out *out;
	int r = disk_source_find(&source, path, err);

	if (r == 0 && wanted->disk)
		r = disk_source_choose(&source, wanted->disk, &only, err);
	if (r == 0)
		r = options_out(&wanted->options, MEM_PAGE, &out, err);
	if (r < 0)
		return r;
	r = disk_list(&source, only, out, err);
	if (r == 0)
		r = out_finish(out, err);
	out_destroy(out);
	return r;
}

/* The guest stands still, and so does its disk. */
static int stop(struct pause **ret, const struct wanted *wanted, const char *path,
		const struct disk_handle *handle, struct error *err)
{
	struct pause *pause;
	int r = name_pause(&pause, path, wanted->pause_ns, err);

	if (r < 0)
		return r;
	r = pause_begin(pause, err);
	if (r == 0)
		r = disk_handle_settle(handle, wanted->pause_ns, err);
	if (r < 0)
		pause_destroy(pause);
	else
		*ret = pause;
	return r;
}

static int show(const struct wanted *wanted, const char *path, const char *mountpoint,
		struct error *err)
{
	const struct disk_part part = { (unsigned int)wanted->partition, wanted->image };
	const struct export_disk *disk;
	struct disk_source source;
	struct disk_handle handle;
	struct pause *pause = NULL;
	struct error why;
	int closed, r = disk_source_find(&source, path, err);

	if (r == 0)
		r = disk_source_choose(&source, wanted->disk, &disk, err);
	if (r == 0)
		r = disk_handle_open(&handle, &source, disk, err);
	if (r < 0)
		return r;
	if (wanted->pause_ns)
		r = stop(&pause, wanted, path, &handle, err);
	if (r == 0)
		r = disk_serve(&handle, disk->name, &part, mountpoint, pause, err);
	pause_destroy(pause);
	closed = disk_handle_close(&handle, &why);
	if (r < 0 || closed >= 0)
		return r;
	return error_set(err, closed, "%s", why.text);
}

static int take_options(const struct command *self, int argc, char **argv,
			struct wanted *wanted, int *ret_status)
{
	static const struct option longs[] = {
		{ "disk", required_argument, NULL, OPTION_DISK },
		{ "image", no_argument, NULL, OPTION_IMAGE },
		{ "list", no_argument, NULL, OPTION_LIST },
		{ "partition", required_argument, NULL, OPTION_PARTITION },
		{ "pause", required_argument, NULL, OPTION_PAUSE },
		OPTIONS_END_JSON
	};
	struct error err;
	int r, bad;

	while ((r = options_next(self, argc, argv, ":h", longs, &wanted->options,
				 ret_status)) >= 0) {
		if (r == OPTION_DISK)
			wanted->disk = optarg;
		if (r == OPTION_IMAGE)
			wanted->image = true;
		if (r == OPTION_LIST)
			wanted->list = true;
		bad = 0;
		if (r == OPTION_PARTITION)
			bad = parse_u64("--partition", optarg, 1, UINT32_MAX, &wanted->partition,
					&err);
		if (r == OPTION_PAUSE)
			bad = parse_duration("--pause", optarg, NSEC_PER_MSEC, PAUSE_MAX_NS,
					     &wanted->pause_ns, &err);
		if (bad < 0) {
			*ret_status = usage_error(self, "%s", err.text);
			return OPTIONS_EXIT;
		}
	}
	return r;
}

static int run(const struct command *self, int argc, char **argv, struct error *err)
{
	struct wanted wanted = { 0 };
	int status, r = take_options(self, argc, argv, &wanted, &status);

	if (r == OPTIONS_EXIT)
		return status;
	if (wanted.list && wanted.partition)
		return usage_error(self, "--list is for all partitions");
	if (wanted.list && wanted.image)
		return usage_error(self, "--image goes with a folder");
	if (wanted.list && wanted.pause_ns)
		return usage_error(self, "--pause goes with a folder");
	if (!wanted.list && wanted.options.json)
		return usage_error(self, "--json goes with --list");
	if (argc - optind != (wanted.list ? 1 : 2))
		return usage_error(self, wanted.list ? "wants one VM" : "wants a VM and a folder");
	return wanted.list ? list(&wanted, argv[optind], err) :
			     show(&wanted, argv[optind], argv[optind + 1], err);
}

const struct command command_disk = {
	.name = "disk",
	.run = run,
	.brief = "files on its disks",
	.help = "kvmonitor disk [OPTION]... VM FOLDER\n"
		"       kvmonitor disk --list [OPTION]... VM\n\n"
		"Mount a file system of the guest's (ext2, ext3, ext4) on a folder, read-only, as\n"
		"it is on its disk now, until Ctrl-C or until it is unmounted.\n"
		HELP_VM_PROCESS
		"It may be xen:NAME, where this host is Xen's dom0 and serves the disk itself.\n"
		"Or it is the path of a raw image or a block device that has its disk.\n\n"
		"  --list           print its disks, their partitions and what is in them\n"
		"  --disk NAME      this disk, by a name as --list prints it\n"
		"  --partition N    this partition; else the only one that can be read\n"
		"  --image          its bytes, of the whole disk or of the partition, as a file 'image'\n"
		"                   in the folder, which this host's kernel can mount if it is to\n"
		"  --pause TIME     stop the VM before it is mounted and until it is unmounted, for\n"
		"                   no longer than that\n"
		HELP_END_JSON "\n"
		"Examples:\n"
		"  kvmonitor disk --list web1\n"
		"  kvmonitor disk --partition 2 web1 /mnt/web1\n"
		"  kvmonitor disk --disk xvda --pause 5 xen:web2 /mnt/web2\n"
		"  kvmonitor disk --image --partition 3 web1 /mnt/raw\n"
		"  mount -o loop,ro,norecovery /mnt/raw/image /mnt/web1\n",
};
