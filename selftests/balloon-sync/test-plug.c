// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of a hypervisor's library that is not there or is none. */
#include <errno.h>
#include <libgen.h>

#include "base/file.h"
#include "hv/plug.h"
#include "ktap.h"

TEST(one_that_is_not_installed)
{
	struct error err = { 0 };
	struct hv *hv;

	EXPECT_INT(hv_plug("no-such", "", &hv, &err), -ENOPKG);
	EXPECT_HAS(err.text, "no-such: hv-no-such.so is neither beside the program");
}

TEST(one_that_is_no_library)
{
	char *program = realpath("/proc/self/exe", NULL), name[32], path[600];
	struct error err = { 0 };
	struct hv *hv;

	ASSERT(program);
	snprintf(name, sizeof(name), "broken-%d", getpid());
	snprintf(path, sizeof(path), "%s/hv-%s.so", dirname(program), name);
	ASSERT(file_write_atomic(path, 0600, "text", 4, NULL) == 0);
	EXPECT_INT(hv_plug(name, "", &hv, &err), -ENOPKG);
	unlink(path);
	EXPECT_HAS(err.text, name);
	EXPECT_HAS(err.text, "install what is missing");
	free(program);
}

KTAP_MAIN()
