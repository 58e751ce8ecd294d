// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An interface by which nothing comes in: the smallest of programs for XDP is attached to it.
 *
 * A filter of tc's would do the same, but wants act_gact and a classifier as modules; whoever
 * has BPF has this.  It runs for frames as they arrive, before the host's own listeners.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "base/cleanup.h"
#include "base/macros.h"
#include "oneway.h"

int oneway_close(const char *name, struct error *err)
{
	__free_fd int fd = -1;
	/* return XDP_DROP; */
	static const struct bpf_insn drop[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int r, index = (int)if_nametoindex(name);

	if (index == 0)
		return error_errno(err, -errno, "%s", name);
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "kvmonitor_drop", "GPL", drop, ARRAY_SIZE(drop),
			   NULL);
	if (fd < 0)
		return error_errno(err, fd, "%s: a program that drops what comes in", name);
	r = bpf_xdp_attach(index, fd, XDP_FLAGS_SKB_MODE, NULL);
	return r < 0 ? error_errno(err, r, "%s: a program that drops what comes in", name) : 0;
}

int oneway_plain(const char *name, struct error *err)
{
	static const unsigned int features[] = {
		ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM, ETHTOOL_SSG,
	};
	__free_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t i;

	if (fd < 0)
		return error_errno(err, -errno, "%s", name);
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		struct ethtool_value value = { .cmd = features[i], .data = 0 };
		struct ifreq request = { .ifr_data = (char *)&value };

		strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
		if (ioctl(fd, SIOCETHTOOL, &request) < 0 && errno != EOPNOTSUPP)
			return error_errno(err, -errno, "%s: its offloads", name);
	}
	return 0;
}
