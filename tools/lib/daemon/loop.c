// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop of a service: timers, signals, and what systemd is told. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/macros.h"
#include "loop.h"

#define SAY_MAX		256
/* Timers may be so late, if that lets the processor sleep longer. */
#define ACCURACY_USEC	1000

/**
 * struct loop - a loop
 * @event: what goes round
 * @handlers: of signals
 * @err: of the handler that ended it
 */
struct loop {
	sd_event *event;
	struct loop_handlers handlers;
	struct error err;
};

/**
 * struct loop_timer - a timer
 * @loop: its loop
 * @source: of events
 * @fire: called when it is due
 * @data: for @fire
 */
struct loop_timer {
	struct loop *loop;
	sd_event_source *source;
	int (*fire)(void *data, struct error *err);
	void *data;
};

/* sd-event would only switch off what fails, and go on without. */
static void end_on_error(struct loop *loop, int r, const struct error *err)
{
	if (r >= 0)
		return;
	loop->err = *err;
	loop->err.code = r;
	sd_event_exit(loop->event, r);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info,
		   void *data)
{
	struct loop *loop = data;
	struct error err = { 0 };

	end_on_error(loop, loop->handlers.stop(loop->handlers.data, &err), &err);
	return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *data)
{
	struct loop *loop = data;
	struct error err = { 0 };

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   (uint64_t)(clock_now_ns(CLOCK_MONOTONIC) / NSEC_PER_USEC));
	end_on_error(loop, loop->handlers.reload(loop->handlers.data, &err), &err);
	sd_notify(0, "READY=1");
	return 0;
}

static int catch_signals(struct loop *loop)
{
	static const int stops[] = { SIGTERM, SIGINT };
	sigset_t set;
	size_t i;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	r = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (r)
		return -r;
	/* Whoever reads what we write may go without our going too. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(stops); i++) {
		r = sd_event_add_signal(loop->event, NULL, stops[i], on_stop, loop);
		if (r < 0)
			return r;
	}
	return sd_event_add_signal(loop->event, NULL, SIGHUP, on_reload, loop);
}

int loop_create(struct loop **ret, const struct loop_handlers *handlers,
		struct error *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return error_errno(err, -ENOMEM, "events");
	loop->handlers = *handlers;
	r = sd_event_new(&loop->event);
	if (r >= 0)
		r = catch_signals(loop);
	if (r >= 0)
		r = sd_event_set_watchdog(loop->event, 1);
	if (r < 0) {
		loop_destroy(loop);
		return error_errno(err, r, "events");
	}
	*ret = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	if (!loop)
		return;
	sd_event_unref(loop->event);
	free(loop);
}

int loop_run(struct loop *loop, struct error *err)
{
	int r;

	sd_notify(0, "READY=1");
	r = sd_event_loop(loop->event);
	sd_notify(0, "STOPPING=1");
	if (r >= 0)
		return 0;
	if (loop->err.code)
		return error_set(err, r, "%s", loop->err.text);
	return error_errno(err, r, "events");
}

void loop_exit(struct loop *loop)
{
	sd_event_exit(loop->event, 0);
}

void loop_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void loop_say(const char *fmt, ...)
{
	char text[SAY_MAX];
	va_list args;
	char *p;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* A second line would be another message to systemd. */
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	sd_notifyf(0, "STATUS=%s", text);
}

void loop_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

sd_event *loop_event(struct loop *loop)
{
	return loop->event;
}

static int on_time(sd_event_source *source, uint64_t usec, void *data)
{
	struct loop_timer *timer = data;
	struct loop *loop = timer->loop;
	struct error err = { 0 };

	/* It may destroy the timer. */
	end_on_error(loop, timer->fire(timer->data, &err), &err);
	return 0;
}

int loop_timer_create(struct loop *loop,
		      int (*fire)(void *data, struct error *err), void *data,
		      struct loop_timer **ret, struct error *err)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));
	int r;

	if (!timer)
		return error_errno(err, -ENOMEM, "timer");
	*timer = (struct loop_timer){ .loop = loop, .fire = fire, .data = data };
	r = sd_event_add_time(loop->event, &timer->source, CLOCK_MONOTONIC, 0,
			      ACCURACY_USEC, on_time, timer);
	if (r >= 0)
		r = sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	if (r < 0) {
		loop_timer_destroy(timer);
		return error_errno(err, r, "timer");
	}
	*ret = timer;
	return 0;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	if (!timer)
		return;
	sd_event_source_disable_unref(timer->source);
	free(timer);
}

/* Neither can fail but for a timer that is none. */
void loop_timer_set(struct loop_timer *timer, uint64_t monotonic_ns)
{
	/* Rounded up, or it would come before its time. */
	uint64_t usec = monotonic_ns / NSEC_PER_USEC + !!(monotonic_ns % NSEC_PER_USEC);

	sd_event_source_set_time(timer->source, usec);
	sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
}

void loop_timer_stop(struct loop_timer *timer)
{
	sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
}
