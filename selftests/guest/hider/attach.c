// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaches BPF programs in a guest, and stays: to a tracepoint and, where there is a function
 * do_sys_openat2 of that, to its beginning.  Prints a line when it has.
 */
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int attach(enum bpf_prog_type type, const char *tracepoint, const char *function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	int fd;

	if (function) {
		opts.expected_attach_type = BPF_TRACE_FENTRY;
		fd = libbpf_find_vmlinux_btf_id(function, BPF_TRACE_FENTRY);
		if (fd < 0)
			return fd;
		opts.attach_btf_id = (__u32)fd;
	}
	fd = bpf_prog_load(type, "nothing", "GPL", nothing, 2, &opts);
	return fd < 0 ? fd : bpf_raw_tracepoint_open(tracepoint, fd);
}

int main(void)
{
	int point = attach(BPF_PROG_TYPE_RAW_TRACEPOINT, "sched_switch", NULL);
	int function = attach(BPF_PROG_TYPE_TRACING, NULL, "do_sys_openat2");

	printf("tracepoint %d, function %d\n", point, function);
	fflush(stdout);
	if (point < 0 || function < 0)
		return 1;
	return pause();
}
