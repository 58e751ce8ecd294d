// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/macros.h"
#include "base/parse.h"
#include "doubt.h"
#include "guest/memo.h"
#include "guest/user.h"
#include "mem/pause.h"
#include "sandbox/sandbox.h"
#include "vm.h"

/* No kernel's types and no list of ours are so large. */
#define MEMORY_MAX	4294967296ull
#define OUTPUT_MAX	4294967296ull
/* A million open files; more than that a guest has made up, or nobody reads. */
#define KEPT_MAX	1073741824ull

/**
 * struct job - what is done with a virtual machine
 * @vm: that it is
 * @memory: its memory, or guesses
 * @show: what a subcommand does
 * @out: where it goes
 * @name: of the virtual machine
 * @arguments: behind it
 * @count: of these
 * @folder: of enrolments
 * @pause_ns: it may be stopped for so long; 0 for not at all
 * @pause: what stops it; NULL for nothing
 * @pid: of a process of the guest's, whose addresses are meant; 0 for the kernel's
 * @cold: what was found before is not asked for
 * @memo_path: of what was found of it; empty when that is not kept
 * @whose: name of the VM in there
 * @memo: what was found of it; NULL for nothing
 * @memo_len: of @memo
 */
struct job {
	struct vm vm;
	struct name_memory memory;
	const struct vm_show *show;
	struct out *out;
	const char *name;
	char **arguments;
	size_t count;
	const char *folder;
	uint64_t pause_ns;
	struct pause *pause;
	uint64_t pid;
	bool cold;
	char memo_path[MEMO_PATH_MAX];
	const char *whose;
	char *memo;
	size_t memo_len;
};

/* For programs; people have a sentence, where there is something to say. */
static const struct out_column doubt_columns[] = {
	{ .key = "torn" },
	{ .key = "bad" },
	{ .key = "cut" },
};

static const struct out_column pause_columns[] = {
	{ .key = "was_stopped" },
	{ .key = "stood_still_ns" },
	{ .key = "too_short" },
};

void vm_note_doubts(struct out *out, const struct guest_doubts *doubts)
{
	char text[DOUBT_TEXT_MAX];

	out_begin(out, OUT_RECORD, "doubts", doubt_columns, ARRAY_SIZE(doubt_columns));
	out_u64(out, "torn", doubts->torn);
	out_u64(out, "bad", doubts->bad);
	out_u64(out, "cut", doubts->cut);
	out_end(out);
	if (doubt_any(doubts))
		out_note(out, "%s", doubt_text(doubts, text));
}

int vm_each(const struct vm *vm, struct out *out, char **arguments, size_t count,
	    int (*put)(struct out *out, const struct vm *vm, const char *text,
		       struct error *err),
	    struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++)
		r = put(out, vm, arguments[i], err);
	return r;
}

/* --- confined ----------------------------------------------------------------------- */

static int open_guest(struct job *job, bool recall, struct error *why)
{
	struct vm *vm = &job->vm;
	int r;

	if (recall)
		r = guest_recall(&vm->guest, vm->mem, job->whose, job->memo, job->memo_len, why);
	else
		r = guest_open(&vm->guest, vm->mem, why);
	if (r < 0 || !job->memory.guessed)
		return r;
	r = kernel_check_memory(guest_kernel(vm->guest), why);
	if (r < 0)
		guest_close(vm->guest);
	return r;
}

/* The first of some guesses that the guest's own kernel agrees with. */
static int open_any(struct job *job, bool recall, struct error *why)
{
	size_t i;
	int r = -ENOENT;

	for (i = 0; r < 0 && i < job->memory.count; i++) {
		job->vm.mem = job->memory.mem[i];
		r = open_guest(job, recall, why);
	}
	return r;
}

static void remember(const struct job *job)
{
	__free_mem void *memo = malloc(guest_memo_bytes());

	if (memo && guest_remember(job->vm.guest, job->whose, memo) == 0)
		store_keep(&job->vm.store, memo, guest_memo_bytes());
}

/* What is of no use is kept no longer, whether there is something better or not. */
static int attach(struct job *job, struct error *why)
{
	int r;

	job->vm.recalled = job->memo && open_any(job, true, why) == 0;
	if (job->vm.recalled)
		return 0;
	r = open_any(job, false, why);
	if (!job->whose)
		return r;
	if (job->memo)
		store_keep(&job->vm.store, NULL, 0);
	if (r == 0)
		remember(job);
	return r;
}

static void note_pause(struct out *out, const struct pause_report *report)
{
	out_begin(out, OUT_RECORD, "pause", pause_columns, ARRAY_SIZE(pause_columns));
	out_flag(out, "was_stopped", report->was_stopped);
	out_u64(out, "stood_still_ns", report->ns);
	out_flag(out, "too_short", report->cut);
	out_end(out);
	if (report->was_stopped)
		out_note(out, "the VM is stopped, as it was before");
	else
		out_note(out, "the VM stood still for %.1f ms%s", (double)report->ns / 1e6,
			 report->cut ? ", too short: what was read last may be of later" : "");
}

/* Who hides from the list is found as well; doubts on the way are those of others. */
static int choose_space(struct job *job, struct error *err)
{
	struct guest_doubts doubts = { 0 };

	job->vm.space = guest_kernel(job->vm.guest)->space;
	return job->pid ? guest_user_space(job->vm.guest, (uint32_t)job->pid, &job->vm.space,
					   &doubts, err) : 0;
}

static int look(struct job *job, struct error *err)
{
	int r = choose_space(job, err);

	return r < 0 ? r : job->show->show(&job->vm, job->out, job->arguments, job->count, err);
}

/* What is known of where things are is from before. */
static int look_paused(struct job *job, struct error *err)
{
	struct pause_report report = { 0 };
	int status, r = pause_begin(job->pause, err);

	if (r < 0)
		return r;
	guest_refresh(job->vm.guest);
	status = look(job, err);
	r = pause_end(job->pause, &report, status < 0 ? NULL : err);
	if (status < 0 || r < 0)
		return status < 0 ? status : r;
	if (job->out)
		note_pause(job->out, &report);
	return status;
}

static int work(struct job *job, struct error *err)
{
	struct error why;
	int status, r = attach(job, &why);

	if (r < 0)
		return error_set(err, r, "%s: %.250s%s", job->name, why.text, job->memory.guessed ?
				 " (by its process alone; its socket for QMP would tell more)" :
				 "");
	status = job->pause ? look_paused(job, err) : look(job, err);
	r = status < 0 || !job->out ? status : out_finish(job->out, err);
	guest_close(job->vm.guest);
	return r < 0 ? r : status;
}

/* --- with all rights ---------------------------------------------------------------- */

/* The server's, which has nothing of the guest's and of its output. */
static void serve(const struct job *job, int socket)
{
	struct store_folders folders = {
		.enrolled = job->show->store != VM_STORE_NONE ? job->folder : NULL,
		.writable = job->show->store == VM_STORE_WRITTEN,
		.again = job->vm.again,
	};
	struct store store = { .socket = socket, .memory = job->vm.store.memory };
	int fds[] = { socket, store.memory };

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	fd_close_others(fds, ARRAY_SIZE(fds));
	memcpy(folders.memo, job->memo_path, sizeof(folders.memo));
	store_serve(&store, &folders);
}

/*
 * Somebody has to have files, who does not look into the guest: a child, which ends with us.
 * We ourselves are confined, since what is mapped of Xen's guests is lost to a child.
 */
static int start_server(struct job *job, struct error *err)
{
	int pair[2];
	pid_t pid;

	job->vm.store.memory = store_memory(err);
	if (job->vm.store.memory < 0)
		return job->vm.store.memory;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, -errno, "files");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		serve(job, pair[1]);
		_exit(EXIT_SUCCESS);
	}
	close(pair[1]);
	job->vm.store.socket = pair[0];
	return pid < 0 ? error_errno(err, -errno, "files") : 0;
}

static void list_fds(const struct job *job, struct sandbox *profile, int *fds)
{
	size_t i;

	for (i = 0; i < job->memory.count; i++) {
		profile->count += mem_fds(job->memory.mem[i], fds + profile->count);
		if (mem_maps(job->memory.mem[i]))
			profile->calls = SANDBOX_XEN;
	}
	if (job->pause) {
		pause_fds(job->pause, fds + profile->count);
		profile->count += 2;
	}
	if (job->vm.end_fd >= 0)
		fds[profile->count++] = job->vm.end_fd;
	if (job->vm.store.socket) {
		fds[profile->count++] = job->vm.store.memory;
		fds[profile->count++] = job->vm.store.socket;
	}
}

static bool wants_server(const struct job *job)
{
	return job->show->store != VM_STORE_NONE || job->whose;
}

/* The bytes only: what is in them is looked at by who is confined. */
static void read_memo(struct job *job)
{
	job->whose = memo_path(job->memory.pid, job->memo_path);
	if (job->whose && !job->cold && !job->show->anew)
		memo_read(job->memo_path, &job->memo, &job->memo_len);
}

/* From here on it parses what the guest has written, and can do nothing else. */
static int run_confined(struct job *job, struct error *err)
{
	int fds[NAME_GUESSES_MAX * MEM_FDS_MAX + 5];
	struct sandbox profile = {
		.fds = fds,
		.memory_bytes = MEMORY_MAX,
		.file_bytes = OUTPUT_MAX,
	};
	int r = 0;

	/* Its memory may be there for longer than QEMU is. */
	job->vm.end_fd = job->show->streams && job->memory.pid > 0 ?
			 (int)syscall(SYS_pidfd_open, job->memory.pid, 0) : -1;
	read_memo(job);
	if (wants_server(job))
		r = start_server(job, err);
	if (r < 0)
		return r;
	list_fds(job, &profile, fds);
	r = sandbox_enter(&profile, err);
	return r < 0 ? r : work(job, err);
}

static int open_all(struct job *job, struct error *err)
{
	int r = name_open(&job->memory, job->name, err);

	if (r < 0 || !job->pause_ns)
		return r;
	r = name_pause(&job->pause, job->name, job->pause_ns, err);
	if (r < 0)
		name_close(&job->memory);
	return r;
}

/* It begins with random numbers, which are a file. */
static int open_out(struct job *job, const struct options *options, struct error *err)
{
	int r = job->show->streams ? 0 : options_out(options, MEM_PAGE, &job->out, err);

	if (r == 0 && job->out)
		out_allow(job->out, KEPT_MAX);
	return r;
}

static int take_option(struct job *job, int option, const char *value, struct error *err)
{
	switch (option) {
	case VM_OPTION_PAUSE:
		return parse_duration("--pause", value, NSEC_PER_MSEC, PAUSE_MAX_NS,
				      &job->pause_ns, err);
	case VM_OPTION_STORE:
		job->folder = value;
		return 0;
	case VM_OPTION_AGAIN:
		job->vm.again = true;
		return 0;
	case VM_OPTION_ENROLLED:
		job->vm.enrolled = true;
		return 0;
	case VM_OPTION_COLD:
		job->cold = true;
		return 0;
	case VM_OPTION_PID:
		return parse_u64("--pid", value, 1, PID_MOST, &job->pid, err);
	default:
		return job->show->option(option, value, job->show->data, err);
	}
}

/* Return: OPTIONS_END; OPTIONS_EXIT, with an exit status. */
static int take_options(const struct command *self, struct job *job, int argc, char **argv,
			struct options *options, int *ret_status, struct error *err)
{
	static const struct option usual[] = { VM_OPTIONS_END };
	const struct option *longs = job->show->longs ? job->show->longs : usual;

	for (;;) {
		int option = options_next(self, argc, argv, ":h", longs, options, ret_status);

		if (option == OPTIONS_EXIT || option == OPTIONS_END)
			return option;
		if (take_option(job, option, optarg, err) < 0) {
			*ret_status = usage_error(self, "%s", err->text);
			return OPTIONS_EXIT;
		}
	}
}

int vm_run(const struct command *self, const struct vm_show *show, int argc, char **argv,
	   struct error *err)
{
	struct job job = { .show = show, .vm.data = show->data, .folder = STORE_FOLDER };
	struct options options = { 0 };
	int status, r = take_options(self, &job, argc, argv, &options, &status, err);
	size_t count;

	if (r == OPTIONS_EXIT)
		return status;
	count = (size_t)(argc - optind);
	if (count < 1 + show->least || count > 1 + show->most)
		return usage_error(self, "wants %s", show->wants);
	job.name = argv[optind];
	job.arguments = argv + optind + 1;
	job.count = count - 1;
	job.vm.json = options.json;
	r = open_out(&job, &options, err);
	if (r < 0)
		return r;
	r = open_all(&job, err);
	if (r == 0) {
		r = run_confined(&job, err);
		free(job.memo);
		pause_destroy(job.pause);
		name_close(&job.memory);
	}
	out_destroy(job.out);
	return r;
}
