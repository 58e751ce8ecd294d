// SPDX-License-Identifier: GPL-2.0-or-later
/* balloon-sync status: how the service that runs stands. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "daemon/client.h"
#include "overview.h"

#define NAME_COLUMNS 20

/* What a stranger could have put into the answer does not reach the terminal. */
static void print_text(const json_t *object, const char *key, int columns)
{
	__free_mem char *safe = NULL;
	const char *text = json_string_value(json_object_get(object, key));

	safe = text_escape(text ? text : "");
	if (!safe)
		return;
	if (columns)
		text_cut(safe, (size_t)columns);
	printf("%s%*s", safe, columns ? columns - (int)text_width(safe) : 0, "");
}

/* "-" where there is none. */
static void print_size(const json_t *object, const char *key)
{
	char text[FORMAT_MAX];
	uint64_t kb;

	if (json_get_u64(object, key, &kb, NULL) < 0)
		strcpy(text, "-");
	else
		format_size(text, kb << 10);
	printf("  %9s", text);
}

static void print_guest(const json_t *guest)
{
	print_text(guest, "name", NAME_COLUMNS);
	print_size(guest, "size_kb");
	print_size(guest, "used_kb");
	print_size(guest, "wanted_kb");
	print_size(guest, "given_kb");
	printf("  ");
	print_text(guest, "limit", 5);
	printf("  ");
	print_text(guest, "phase", 8);
	printf("  ");
	print_text(guest, "last", 0);
	putchar('\n');
}

static void print_group(const json_t *group)
{
	print_text(group, "name", NAME_COLUMNS);
	print_size(group, "used_kb");
	print_size(group, "slack_kb");
	print_size(group, "charged_kb");
	print_size(group, "uncovered_kb");
	print_size(group, "limit_kb");
	printf("  ");
	print_text(group, "last", 0);
	putchar('\n');
}

static void print_all(const json_t *status)
{
	const json_t *host = json_object_get(status, "host");
	const json_t *guests = json_object_get(status, "guests");
	const json_t *groups = json_object_get(status, "groups");
	size_t i;

	printf("%-*s  %9s  %9s\n", NAME_COLUMNS, "HOST", "SIZE", "ARRIVED");
	print_text(host, "name", NAME_COLUMNS);
	print_size(host, "size_kb");
	print_size(host, "arrived_kb");
	printf("  ");
	print_text(status, "phase", 8);
	printf("\n\n%-*s  %9s  %9s  %9s  %9s  %-5s  %-8s  LAST\n", NAME_COLUMNS, "GUEST",
	       "SIZE", "USED", "WANTED", "GIVEN", "LIMIT", "PHASE");
	for (i = 0; i < json_array_size(guests); i++)
		print_guest(json_array_get(guests, i));
	printf("\n%-*s  %9s  %9s  %9s  %9s  %9s  LAST\n", NAME_COLUMNS, "GROUP", "USED",
	       "SLACK", "CHARGED", "UNCOVERED", "LIMIT");
	for (i = 0; i < json_array_size(groups); i++)
		print_group(json_array_get(groups, i));
}

int overview_run(const struct options *options, struct error *err)
{
	__free_json json_t *request = json_pack("{s:s}", "request", "status");
	__free_json json_t *reply = NULL;
	int r;

	if (!request)
		return error_errno(err, -ENOMEM, "status");
	r = client_ask(options->socket, request, &reply, err);
	if (r < 0)
		return r;
	if (options->json) {
		json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
		putchar('\n');
	} else {
		print_all(reply);
	}
	return fflush(stdout) == EOF ? error_errno(err, -errno, "output") : 0;
}
