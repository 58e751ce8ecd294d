// SPDX-License-Identifier: GPL-2.0-or-later
/* By libxenctrl or by QMP; in neither with anything of balloon-sync's. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenctrl.h>

#include "sizes.h"

#define ANSWER_S	10
#define PAGE_KB		(XC_PAGE_SIZE / 1024)

/**
 * struct sizes - one of both
 * @xch: connection to Xen, or NULL
 * @domid: of the guest
 * @qmp: connection to QEMU, a stream of lines, or NULL
 * @host_kb: of a host of QEMU's guests, all of it
 */
struct sizes {
	xc_interface *xch;
	uint32_t domid;
	FILE *qmp;
	long host_kb;
};

/* Events come in between.  Return: the line that has @word in it, to be freed. */
static char *read_line(FILE *qmp, const char *word)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, qmp) > 0)
		if (strstr(line, word))
			return line;
	free(line);
	return NULL;
}

static char *ask(FILE *qmp, const char *command)
{
	if (fprintf(qmp, "{\"execute\": \"%s\"}\n", command) < 0 || fflush(qmp))
		return NULL;
	return read_line(qmp, "\"return\"");
}

static int open_qmp(struct sizes *sizes, const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = ANSWER_S };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *line;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(err, -ENAMETOOLONG, "%s: too long for a socket", path);
	strcpy(address.sun_path, path);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return error_errno(err, -errno, "%s", path);
	sizes->qmp = fdopen(fd, "r+");
	line = sizes->qmp ? read_line(sizes->qmp, "\"QMP\"") : NULL;
	free(line);
	line = line ? ask(sizes->qmp, "qmp_capabilities") : NULL;
	free(line);
	sizes->host_kb = sysconf(_SC_PHYS_PAGES) * (sysconf(_SC_PAGESIZE) / 1024);
	return line ? 0 : error_set(err, -EPROTO, "%s: does not speak QMP", path);
}

static int open_xen(struct sizes *sizes, const char *guest, struct error *err)
{
	sizes->domid = (uint32_t)strtoul(guest, NULL, 10);
	sizes->xch = xc_interface_open(NULL, NULL, 0);
	return sizes->xch ? 0 :
	       error_errno(err, -errno, "hypervisor: is this Xen's dom0, and are you root?");
}

int sizes_open(const char *guest, struct sizes **ret, struct error *err)
{
	struct sizes *sizes = calloc(1, sizeof(*sizes));
	int r;

	if (!sizes)
		return error_errno(err, -ENOMEM, "sizes");
	r = guest[0] == '/' ? open_qmp(sizes, guest, err) : open_xen(sizes, guest, err);
	if (r < 0)
		sizes_close(sizes);
	else
		*ret = sizes;
	return r;
}

void sizes_close(struct sizes *sizes)
{
	if (!sizes)
		return;
	if (sizes->xch)
		xc_interface_close(sizes->xch);
	if (sizes->qmp)
		fclose(sizes->qmp);
	free(sizes);
}

static int read_domain(struct sizes *sizes, uint32_t domid, long *ret_kb, struct error *err)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(sizes->xch, domid, 1, &info) != 1 || info.domid != domid)
		return error_set(err, -ENOENT, "domain %u: no such domain; see 'xl list'",
				 domid);
	*ret_kb = (long)info.nr_pages * PAGE_KB;
	return 0;
}

static int read_balloon(struct sizes *sizes, long *ret_kb, struct error *err)
{
	char *line = ask(sizes->qmp, "query-balloon");
	const char *actual = line ? strstr(line, "\"actual\": ") : NULL;

	if (actual)
		*ret_kb = atol(actual + strlen("\"actual\": ")) / 1024;
	free(line);
	return actual ? 0 : error_set(err, -EPROTO, "QEMU does not tell what the guest has");
}

int sizes_read(struct sizes *sizes, long *guest_kb, long *host_kb, struct error *err)
{
	int r;

	if (sizes->xch) {
		r = read_domain(sizes, sizes->domid, guest_kb, err);
		return r < 0 ? r : read_domain(sizes, 0, host_kb, err);
	}
	r = read_balloon(sizes, guest_kb, err);
	*host_kb = sizes->host_kb - *guest_kb;
	return r;
}
