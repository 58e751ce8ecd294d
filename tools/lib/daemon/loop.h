/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of a service: timers, signals, and what systemd is told. */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdint.h>

#include <systemd/sd-event.h>

#include "base/error.h"

/**
 * struct loop_handlers - what happens when a signal arrives
 * @stop: SIGTERM or SIGINT: begin to end; loop_exit() ends the loop
 * @reload: SIGHUP: read the configuration anew
 * @data: for both
 *
 * A negative errno of either ends the loop with that error.
 */
struct loop_handlers {
	int (*stop)(void *data, struct error *err);
	int (*reload)(void *data, struct error *err);
	void *data;
};

struct loop;
struct loop_timer;

/**
 * loop_create() - Make a loop.
 * @ret: the loop; one for each thread
 * @handlers: copied
 * @err: why it failed
 *
 * From now on the signals above are blocked and wait for loop_run(), and
 * SIGPIPE is ignored.  Where systemd wants signs of life, it gets them as long
 * as loop_run() goes round.
 *
 * Return: 0 or negative errno.
 */
int loop_create(struct loop **ret, const struct loop_handlers *handlers,
		struct error *err);

/** loop_destroy() - Free a loop, after its timers; NULL is allowed. */
void loop_destroy(struct loop *loop);

/**
 * loop_run() - Go round until loop_exit() or an error.
 * @loop: the loop
 * @err: what the handler said that failed
 *
 * systemd is told that the service is ready, and when the loop has ended that
 * it is stopping.
 *
 * Return: 0 after loop_exit(); negative errno of a handler.
 */
int loop_run(struct loop *loop, struct error *err);

/** loop_exit() - Have loop_run() return 0 when the handler has returned. */
void loop_exit(struct loop *loop);

/** loop_stopping() - Tell systemd that the end has begun, while the loop goes on. */
void loop_stopping(void);

/** loop_say() - One line that 'systemctl status' shows. */
void loop_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * loop_alive() - A sign of life from the midst of something that takes long.
 *
 * Without it, systemd kills a service that does not come round in time.
 */
void loop_alive(void);

/** loop_event() - For what else is to be waited for. */
sd_event *loop_event(struct loop *loop);

/**
 * loop_timer_create() - Make a timer, which is not set.
 * @loop: the loop
 * @fire: called when it is due; a negative errno ends the loop
 * @data: for @fire
 * @ret: the timer
 * @err: why it failed
 *
 * Return: 0 or negative errno.
 */
int loop_timer_create(struct loop *loop,
		      int (*fire)(void *data, struct error *err), void *data,
		      struct loop_timer **ret, struct error *err);

/** loop_timer_destroy() - Free a timer; NULL is allowed. */
void loop_timer_destroy(struct loop_timer *timer);

/**
 * loop_timer_set() - Fire once.
 * @timer: the timer; it may be set again, also while it fires
 * @monotonic_ns: when, CLOCK_MONOTONIC; at once if that is past
 */
void loop_timer_set(struct loop_timer *timer, uint64_t monotonic_ns);

/** loop_timer_stop() - Do not fire. */
void loop_timer_stop(struct loop_timer *timer);

#endif
