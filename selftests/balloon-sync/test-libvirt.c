// SPDX-License-Identifier: GPL-2.0-or-later
/* libvirt that is not there, is something else, or does not answer. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "hv/hv.h"
#include "ktap.h"

static char folder[64];

/* What libraries of libvirt's keep for a thread that ends in the midst. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libcrypto\nleak:libgnutls\nleak:libvirt.so\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void clean(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/socket", folder);
	unlink(path);
	rmdir(folder);
}

static void make_folder(void)
{
	strcpy(folder, "/tmp/test-libvirt.XXXXXX");
	ASSERT(mkdtemp(folder));
	atexit(clean);
}

static void format_uri(char *ret, size_t room)
{
	snprintf(ret, room, "qemu+unix:///system?socket=%s/socket", folder);
}

TEST(nobody_there)
{
	struct error err = { 0 };
	struct hv *hv = NULL;
	char uri[128];

	make_folder();
	format_uri(uri, sizeof(uri));
	EXPECT_INT(hv_libvirt_create(uri, &hv, &err), -ENOTCONN);
	EXPECT(!hv);
	EXPECT_HAS(err.text, "start its daemon");
	EXPECT_HAS(err.text, uri);
}

TEST(no_uri_at_all)
{
	struct error err = { 0 };
	struct hv *hv = NULL;

	EXPECT_INT(hv_libvirt_create("nonsense://", &hv, &err), -ENOTCONN);
	EXPECT_HAS(err.text, "correct the uri");
}

/* Moves would not be safe without maxmem and claims. */
TEST(another_hypervisor)
{
	struct error err = { 0 };
	struct hv *hv = NULL;

	EXPECT_INT(hv_libvirt_create("test:///default", &hv, &err), -EOPNOTSUPP);
	EXPECT_HAS(err.text, "hypervisor = \"xen\"");
}

/* It is connected to, and that is all; whoever hangs is ended by KTAP. */
TEST(a_daemon_that_is_stuck)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct error err = { 0 };
	struct hv *hv = NULL;
	char uri[128];

	make_folder();
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	ASSERT(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	ASSERT(listen(fd, 8) == 0);
	format_uri(uri, sizeof(uri));
	EXPECT_INT(hv_libvirt_create(uri, &hv, &err), -ENOTCONN);
	EXPECT(!hv);
	EXPECT_HAS(err.text, "does not answer now");
	/* The thread is left to itself, and finds out: all is freed by it. */
	close(fd);
}

KTAP_MAIN()
