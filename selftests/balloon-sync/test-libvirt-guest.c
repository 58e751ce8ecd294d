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
#include <unistd.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "hv/plug.h"
#include "hv/qemu-process.h"
#include "ktap.h"
#include "real-guest.h"

#define DRIVER	"/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"

static char name[32];
static char folder[512];
static virConnectPtr owner;
static virDomainPtr domain;

/* A command in the guest. */
static void in_guest(char *ret, size_t room, const char *command)
{
	char program[600], agent[600], sh[512];
	char *const argv[] = { "lab-domu", "at", agent, "exec", "--", "sh", "-c", sh, NULL };

	snprintf(program, sizeof(program), "%s/../domu/lab-domu", folder);
	snprintf(agent, sizeof(agent), "%s/agent", folder);
	snprintf(sh, sizeof(sh), "%s", command);
	ASSERT(real_guest_run(ret, room, program, argv) == 0);
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
	status = real_guest_run(folder, sizeof(folder), LAB, argv);
	if (status == REAL_GUEST_LAB_CANNOT)
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

static void stop_guest(void)
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

	snprintf(xml, sizeof(xml), description, name, (int)REAL_GUEST_RAM_KB, folder, folder,
		 balloon, folder, folder);
	domain = virDomainCreateXML(owner, xml, 0);
	if (!domain)
		printf("# %s\n", virGetLastErrorMessage());
	ASSERT(domain);
	atexit(stop_guest);
}

static void wait_for_agent(void)
{
	char program[600], agent[600], out[512];
	char *const argv[] = { "lab-domu", "at", agent, "wait", "240", NULL };

	snprintf(program, sizeof(program), "%s/../domu/lab-domu", folder);
	snprintf(agent, sizeof(agent), "%s/agent", folder);
	ASSERT(real_guest_run(out, sizeof(out), program, argv) == 0);
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

static bool is_resident(uint64_t resident_kb)
{
	return resident_kb <= anonymous_kb() && resident_kb >= REAL_GUEST_RAM_KB / 4;
}

static void end_guest(const struct hv_domain *who)
{
	stop_guest();
}

static void check_refused(struct hv *hv, const struct hv_domain *who)
{
	struct error err;

	EXPECT_INT(hv_set_target(hv, who, 0, &err), -EINVAL);
	EXPECT_INT(hv_set_target(hv, who, REAL_GUEST_RAM_KB + 4, &err), -EINVAL);
	EXPECT_INT(hv_set_max(hv, who, 1024, &err), -EOPNOTSUPP);
	EXPECT_INT(hv_claim(hv, who, 1024, &err), -EOPNOTSUPP);
}

/* As a command that libvirt carries out. */
static void expect_answer(const struct hv_plug_link *link, const char *request,
			  const char *part)
{
	char *answer = NULL;

	ASSERT(link->ask(link->arg, request, &answer, NULL) == 0);
	EXPECT_HAS(answer, part);
	free(answer);
}

/* Its process by its name alone, and its monitor, which libvirt keeps for itself. */
static void check_monitor(const char *uri, const char *uuid)
{
	struct qemu_process process;
	struct hv_plug_link link;
	struct error err;

	ASSERT(qemu_process_find(&process, name, true, &err) == 0);
	EXPECT(process.libvirt);
	EXPECT_STR(process.uuid, uuid);
	EXPECT_U64(qemu_memory(&process.arguments), REAL_GUEST_RAM_KB * 1024ULL);
	ASSERT(hv_plug_open_monitor(uri, process.uuid, &link, &err) == 0);
	expect_answer(&link, "{\"execute\":\"query-name\"}", name);
	expect_answer(&link, "{\"execute\":\"human-monitor-command\",\"arguments\":"
		      "{\"command-line\":\"info mtree -f\"}}", "pc.ram");
	expect_answer(&link, "{\"execute\":\"human-monitor-command\",\"arguments\":"
		      "{\"command-line\":\"gpa2hva 0x100000\"}}", "Host virtual address for");
	expect_answer(&link, "{\"execute\":\"no-such\"}", "CommandNotFound");
	link.close(link.arg);
	EXPECT_INT(hv_plug_open_monitor(uri, "00000000-0000-0000-0000-000000000001", &link, &err),
		   -ENOENT);
	EXPECT_INT(hv_plug_open_monitor("no-such:///", uuid, &link, &err), -ENOTCONN);
	qemu_process_free(&process);
}

TEST(gives_and_gets_back_and_ends)
{
	struct real_guest guest = {
		.name = name,
		.command = in_guest,
		.backing_kb = anonymous_kb,
		.is_resident = is_resident,
		.end = end_guest,
	};
	struct hv_domain found;
	struct hv_sizes sizes;
	struct error err;
	char uri[600];

	make_files();
	own_libvirt(uri, sizeof(uri));
	start("virtio");
	wait_for_agent();
	ASSERT(hv_libvirt_create(uri, &guest.hv, &err) == 0);
	EXPECT(guest.hv->pool);
	ASSERT(hv_find(guest.hv, name, &found, &err) == 0);
	ASSERT(hv_read(guest.hv, &found, &sizes, &err) == 0);
	EXPECT_U64(sizes.max_kb, REAL_GUEST_RAM_KB);
	check_refused(guest.hv, &found);
	check_monitor(uri, found.uuid);
	real_guest_gives_gets_back_and_dies(&guest);
	EXPECT_INT(hv_find(guest.hv, name, &found, &err), -ENOENT);
	/* Another one of that name that has nothing to give. */
	start("none");
	EXPECT_INT(hv_find(guest.hv, name, &found, &err), -EOPNOTSUPP);
	EXPECT_HAS(err.text, "<memballoon model='virtio'/>");
	stop_guest();
	hv_destroy(guest.hv);
	virConnectClose(owner);
}

KTAP_MAIN()
