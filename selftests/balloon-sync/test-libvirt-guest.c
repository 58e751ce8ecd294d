// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A real guest that libvirt runs gives memory and gets it back, as libvirt, the
 * kernel that QEMU runs on and the guest's own see it; then it is ended.
 *
 * libvirt's driver runs in this process ("embed"), with all its files in a folder
 * of ours, and needs no daemon.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "balloon-sync/move.h"
#include "base/clock.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/u64.h"
#include "ktap.h"

#define MB		1024ULL
#define RAM_KB		(256 * MB)
#define MOVED_KB	(64 * MB)
#define PATIENCE_NS	(20 * NSEC_PER_SEC)
#define STEP_NS		(100 * NSEC_PER_MSEC)
#define LAB_CANNOT	77
#define DRIVER	"/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"

static char name[32];
static char folder[512];
static virConnectPtr owner;
static virDomainPtr domain;

/* Return: exit status; what it prints, without newlines at the end, in @ret. */
static int run(char *ret, size_t room, const char *program, char *const *argv)
{
	int pipefd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	ASSERT(pipe(pipefd) == 0);
	fflush(stdout);
	pid = fork();
	ASSERT(pid >= 0);
	if (pid == 0) {
		dup2(pipefd[1], 1);
		close(pipefd[0]);
		close(pipefd[1]);
		execv(program, argv);
		_exit(127);
	}
	close(pipefd[1]);
	while ((n = read(pipefd[0], ret + len, room - len - 1)) > 0)
		len += (size_t)n;
	close(pipefd[0]);
	while (len > 0 && ret[len - 1] == '\n')
		len--;
	ret[len] = '\0';
	ASSERT(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A command in the guest. */
static void in_guest(char *ret, size_t room, const char *command)
{
	char program[600], agent[600], sh[512];
	char *const argv[] = { "lab-domu", "at", agent, "exec", "--", "sh", "-c", sh, NULL };

	snprintf(program, sizeof(program), "%s/../domu/lab-domu", folder);
	snprintf(agent, sizeof(agent), "%s/agent", folder);
	snprintf(sh, sizeof(sh), "%s", command);
	ASSERT(run(ret, room, program, argv) == 0);
}

static uint64_t meminfo(const char *field)
{
	char out[8192];
	uint64_t kb = 0;

	in_guest(out, sizeof(out), "cat /proc/meminfo");
	ASSERT(parse_field(out, field, &kb) == 0);
	return kb;
}

/* Memory that has never been touched is not there, and cannot be given. */
static void have_touched(void)
{
	char out[512], fill[256];

	snprintf(fill, sizeof(fill),
		 "mkdir /filler && mount -t tmpfs -o size=100%% none /filler && "
		 "dd if=/dev/zero of=/filler/zeros bs=1M count=%d && umount /filler",
		 (int)(meminfo("MemFree:") / MB) - 24);
	in_guest(out, sizeof(out), fill);
}

static void make_files(void)
{
	char *const argv[] = { "lab", "guest", "make", name, NULL };
	int status;

	if (geteuid() != 0)
		SKIP("not root");
	if (access("/usr/bin/qemu-system-x86_64", X_OK) < 0)
		SKIP("no qemu-system-x86_64");
	if (access(DRIVER, R_OK) < 0)
		SKIP("no libvirt-daemon-driver-qemu");
	snprintf(name, sizeof(name), "libvirt-%d", getpid());
	status = run(folder, sizeof(folder), LAB, argv);
	if (status == LAB_CANNOT)
		SKIP("no kernel for a guest");
	ASSERT(status == 0);
}

static void put(const char *file, const char *text)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	ASSERT(file_write_atomic(path, 0644, text, strlen(text), NULL) == 0);
}

/* For us alone: a user that libvirt's driver insists on, though it is not used. */
static void add_user(const char *file, const char *line)
{
	char *old = NULL, text[65536], path[600];
	const char *base = strrchr(file, '/') + 1;

	ASSERT(file_read(file, sizeof(text) / 2, &old, NULL, NULL) == 0);
	snprintf(text, sizeof(text), "%s\n%s\n", old, line);
	free(old);
	put(base, text);
	snprintf(path, sizeof(path), "%s/%s", folder, base);
	ASSERT(mount(path, file, NULL, MS_BIND, NULL) == 0);
}

static void *serve_events(void *data)
{
	for (;;)
		virEventRunDefaultImpl();
	return NULL;
}

static void end_guest(void)
{
	if (domain)
		virDomainDestroy(domain);
	domain = NULL;
}

static void own_libvirt(char *uri, size_t room)
{
	pthread_t thread;
	char path[600];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("no mount namespace of its own");
	add_user("/etc/passwd", "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin");
	add_user("/etc/group", "libvirt-qemu:x:64055:\nkvm:x:64056:");
	snprintf(path, sizeof(path), "%s/etc", folder);
	ASSERT(mkdir(path, 0755) == 0);
	put("etc/qemu.conf",
	    "user = \"root\"\ngroup = \"root\"\nsecurity_driver = \"none\"\nnamespaces = [ ]\n"
	    "cgroup_controllers = [ ]\nremember_owner = 0\nstdio_handler = \"file\"\n");
	ASSERT(virEventRegisterDefaultImpl() == 0);
	ASSERT(pthread_create(&thread, NULL, serve_events, NULL) == 0);
	snprintf(uri, room, "qemu:///embed?root=%s", folder);
	owner = virConnectOpen(uri);
	if (!owner)
		printf("# %s\n", virGetLastErrorMessage());
	ASSERT(owner);
}

static const char description[] =
	"<domain type='qemu'><name>%s</name><memory unit='KiB'>%d</memory><vcpu>1</vcpu>"
	"<os><type arch='x86_64' machine='pc'>hvm</type><kernel>%s/vmlinuz</kernel>"
	"<initrd>%s/initramfs.gz</initrd><cmdline>console=ttyS0 no_timer_check panic=-1 "
	"loglevel=5 lab.agent=virtio lab.disks=0</cmdline></os>"
	"<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>"
	"<memballoon model='%s'/><serial type='file'><source path='%s/console'/></serial>"
	"<channel type='unix'><source mode='bind' path='%s/agent'/>"
	"<target type='virtio' name='lab.agent'/></channel></devices></domain>";

static void start(const char *balloon)
{
	char xml[8192];

	snprintf(xml, sizeof(xml), description, name, (int)RAM_KB, folder, folder, balloon,
		 folder, folder);
	domain = virDomainCreateXML(owner, xml, 0);
	if (!domain)
		printf("# %s\n", virGetLastErrorMessage());
	ASSERT(domain);
	atexit(end_guest);
}

static void wait_for_agent(void)
{
	char program[600], agent[600], out[512];
	char *const argv[] = { "lab-domu", "at", agent, "wait", "240", NULL };

	snprintf(program, sizeof(program), "%s/../domu/lab-domu", folder);
	snprintf(agent, sizeof(agent), "%s/agent", folder);
	ASSERT(run(out, sizeof(out), program, argv) == 0);
}

/* Anonymous memory of QEMU, all of it, by the kernel's count. */
static uint64_t anonymous_kb(void)
{
	__free_mem char *text = NULL;
	uint64_t pid = 0, kb = 0;
	char path[600];

	snprintf(path, sizeof(path), "%s/run/qemu/%s.pid", folder, name);
	ASSERT(file_read_u64(path, &pid, NULL) == 0);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	ASSERT(file_read(path, 65536, &text, NULL, NULL) == 0);
	ASSERT(parse_field(text, "RssAnon:", &kb) == 0);
	return kb;
}

/* Until the move has come to rest; whoever waits for ever is ended by KTAP. */
static unsigned int go(struct move *move, struct move_guest *guest, uint64_t kb)
{
	struct move_report report = { .phase = MOVE_UNDER_WAY };
	struct error err = { 0 };
	unsigned int events = 0;

	move_want(move, guest, kb);
	while (report.phase == MOVE_UNDER_WAY) {
		int r = move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err);

		if (r < 0)
			printf("# %s\n", err.text);
		ASSERT(r == 0 || r == -ENOTCONN);
		events |= report.events;
		clock_sleep(STEP_NS);
	}
	EXPECT_INT(report.phase, MOVE_DONE);
	return events;
}

static void check_given(struct hv *hv, const struct hv_domain *who, uint64_t total_kb,
			uint64_t before_kb)
{
	struct hv_distress d = { .age_ms = HV_UNKNOWN };
	struct hv_sizes sizes;
	struct error err;

	ASSERT(hv_read(hv, who, &sizes, &err) == 0);
	EXPECT(u64_abs_diff(sizes.actual_kb, RAM_KB - MOVED_KB) <= SIDE_SLACK_KB);
	EXPECT_U64(sizes.target_kb, RAM_KB - MOVED_KB);
	EXPECT(u64_abs_diff(total_kb - MOVED_KB, meminfo("MemTotal:")) <= SIDE_SLACK_KB);
	/* Some of it may have been what was never touched. */
	EXPECT(anonymous_kb() + MOVED_KB / 2 <= before_kb);
	/* It is not looked at each time. */
	while (sizes.resident_kb != HV_UNKNOWN &&
	       sizes.resident_kb > sizes.actual_kb + SIDE_SLACK_KB) {
		clock_sleep(STEP_NS);
		ASSERT(hv_read(hv, who, &sizes, &err) == 0);
	}
	EXPECT(sizes.resident_kb <= anonymous_kb());
	EXPECT(sizes.resident_kb >= RAM_KB / 4);
	while (d.age_ms == HV_UNKNOWN) {
		ASSERT(hv_distress(hv, who, &d, &err) == 0);
		clock_sleep(STEP_NS);
	}
	EXPECT(d.total_kb < RAM_KB);
	EXPECT(d.available_kb < d.total_kb);
	EXPECT(d.free_kb < d.total_kb);
}

static void check_gone(struct hv *hv, struct move *move, struct move_guest *guest)
{
	const struct hv_domain *who = &guest->side.base.domain;
	struct move_report report = { 0 };
	struct hv_domain found;
	struct hv_sizes sizes;
	struct error err;

	move_want(move, guest, MOVED_KB);
	ASSERT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err) == 0);
	EXPECT_INT(report.phase, MOVE_UNDER_WAY);
	end_guest();
	EXPECT_INT(hv_read(hv, who, &sizes, &err), -ENODEV);
	EXPECT_INT(hv_set_target(hv, who, RAM_KB, &err), -ENODEV);
	EXPECT_INT(hv_find(hv, name, &found, &err), -ENOENT);
	EXPECT_INT(move_step(move, clock_now_ns(CLOCK_MONOTONIC), &report, &err), 0);
	EXPECT(report.events & MOVE_EVENT_GUEST_GONE);
	EXPECT_INT(report.phase, MOVE_DONE);
}

static void check_refused(struct hv *hv, const struct hv_domain *who)
{
	struct error err;

	EXPECT_INT(hv_set_target(hv, who, 0, &err), -EINVAL);
	EXPECT_INT(hv_set_target(hv, who, RAM_KB + 4, &err), -EINVAL);
	EXPECT_INT(hv_set_max(hv, who, MB, &err), -EOPNOTSUPP);
	EXPECT_INT(hv_claim(hv, who, MB, &err), -EOPNOTSUPP);
}

TEST(gives_and_gets_back_and_ends)
{
	struct move_guest_config config = { .floor_kb = 64 * MB };
	struct side_base host = { 0 };
	struct move_guest *guest;
	uint64_t total_kb, before_kb;
	struct move move;
	struct error err;
	char uri[600];
	struct hv *hv;

	make_files();
	own_libvirt(uri, sizeof(uri));
	start("virtio");
	wait_for_agent();
	ASSERT(hv_libvirt_create(uri, &hv, &err) == 0);
	EXPECT(hv->pool);
	ASSERT(hv_find(hv, name, &config.base.domain, &err) == 0);
	ASSERT(hv_host(hv, &host.domain, &err) == 0);
	ASSERT(hv_read(hv, &config.base.domain, &config.base.sizes, &err) == 0);
	EXPECT_U64(config.base.sizes.actual_kb, RAM_KB);
	EXPECT_U64(config.base.sizes.max_kb, RAM_KB);
	config.base.quantum_kb = SIDE_PAGE_KB;
	check_refused(hv, &config.base.domain);
	have_touched();
	total_kb = meminfo("MemTotal:");
	before_kb = anonymous_kb();
	ASSERT(move_init(&move, hv, &host, PATIENCE_NS, clock_now_ns(CLOCK_MONOTONIC),
			 &err) == 0);
	ASSERT(move_add_guest(&move, &config, clock_now_ns(CLOCK_MONOTONIC), &guest,
			      &err) == 0);
	EXPECT_INT(go(&move, guest, MOVED_KB), 0);
	check_given(hv, &config.base.domain, total_kb, before_kb);
	EXPECT_INT(go(&move, guest, 0), 0);
	EXPECT_INT(move_is_back(&move, guest, &err), 0);
	EXPECT(u64_abs_diff(total_kb, meminfo("MemTotal:")) <= SIDE_SLACK_KB);
	check_gone(hv, &move, guest);
	/* Another one of that name that has nothing to give. */
	start("none");
	EXPECT_INT(hv_find(hv, name, &config.base.domain, &err), -EOPNOTSUPP);
	EXPECT_HAS(err.text, "<memballoon model='virtio'/>");
	end_guest();
	move_exit(&move);
	hv_destroy(hv);
	virConnectClose(owner);
}

KTAP_MAIN()
