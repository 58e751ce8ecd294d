/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service has beside a run for one guest and one group. */
#ifndef BALLOON_SYNC_SERVICE_H
#define BALLOON_SYNC_SERVICE_H

#include "backend.h"
#include "controller.h"
#include "daemon/loop.h"
#include "daemon/status.h"
#include "giveback.h"
#include "options.h"
#include "record.h"
#include "report.h"
#include "roster.h"
#include "subjects.h"

#define SERVICE_STATE STATE_FOLDER "/service.state"

/**
 * struct manager - everything that a run needs
 * @options: the command line
 * @service: many guests and groups, by a configuration
 * @config: in force; that of one guest and one group without @service
 * @subjects: its groups
 * @hv: the hypervisor
 * @controller: what decides and moves
 * @roster: its guests, with @service
 * @report: where things are told
 * @record: a trace, if it is wanted
 * @state_path: of the state file
 * @state: its contents
 * @lock_fd: being the only one, -1 without
 * @loop: what waits
 * @timer: of samples and steps
 * @status: answers questions, with @service
 * @metrics_code: why the metrics file could not be written last
 * @next_sample_ns: when groups are looked at next, CLOCK_MONOTONIC
 * @next_look_ns: when those who are not there are looked for next
 * @free_kb: of the host at the last sample, 0 where nobody asks
 * @back: everything on its way back, when the controller is stopping
 * @unreachable: the last step did not get through to the hypervisor
 */
struct manager {
	const struct options *options;
	bool service;
	struct config *config;
	struct subjects subjects;
	struct hv *hv;
	struct controller controller;
	struct roster roster;
	struct report report;
	struct record record;
	char *state_path;
	struct state state;
	int lock_fd;
	struct loop *loop;
	struct loop_timer *timer;
	struct status_server *status;
	int metrics_code;
	uint64_t next_sample_ns;
	uint64_t next_look_ns;
	uint64_t free_kb;
	struct give_back back;
	bool unreachable;
};

/** service_restore() - Square what a service that crashed left. Return: 0, -errno. */
int service_restore(struct manager *m, struct error *err);

/** service_open() - Begin to answer questions. Return: 0 or negative errno. */
int service_open(struct manager *m, struct error *err);

/** service_close() - Answer no more; also if it never has. */
void service_close(struct manager *m);

/** service_tell() - After a sample, for systemd and Prometheus. */
void service_tell(struct manager *m);

/**
 * service_reload() - Read the configuration again.
 *
 * An error in it is told, and leaves the one before in force.
 *
 * Return: 0 in both cases; -ENOMEM half-way, with which the service must end.
 */
int service_reload(struct manager *m, struct error *err);

#endif
