// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop of a service: timers, signals, errors, and what systemd hears. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "daemon/loop.h"
#include "daemon/unit.h"
#include "ktap.h"

/* What a test's handlers share. */
struct scene {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_timer *other;
	unsigned int fired;
	unsigned int stops;
	unsigned int reloads;
	int code;
	uint64_t due_ns;
	bool early;
};

static int on_stop(void *data, struct error *err)
{
	struct scene *scene = data;

	scene->stops++;
	loop_exit(scene->loop);
	return 0;
}

static int on_reload(void *data, struct error *err)
{
	struct scene *scene = data;

	scene->reloads++;
	if (scene->code)
		return error_set(err, scene->code, "file:3: reload failed");
	loop_exit(scene->loop);
	return 0;
}

static void make(struct scene *scene)
{
	struct loop_handlers handlers = { on_stop, on_reload, scene };

	ASSERT(loop_create(&scene->loop, &handlers, NULL) == 0);
}

static int fire_thrice(void *data, struct error *err)
{
	struct scene *scene = data;

	scene->early |= clock_now_ns(CLOCK_MONOTONIC) < scene->due_ns;
	if (++scene->fired == 3)
		loop_exit(scene->loop);
	scene->due_ns = clock_now_ns(CLOCK_MONOTONIC) + 5 * NSEC_PER_MSEC + 1;
	loop_timer_set(scene->timer, scene->due_ns);
	return 0;
}

static int must_not(void *data, struct error *err)
{
	return error_set(err, -EINVAL, "a timer that was stopped has fired");
}

TEST(timer_fires_when_due_and_may_be_set_again)
{
	struct scene scene = { 0 };
	struct error err = { 0 };

	make(&scene);
	ASSERT(loop_timer_create(scene.loop, fire_thrice, &scene, &scene.timer, NULL) == 0);
	ASSERT(loop_timer_create(scene.loop, must_not, &scene, &scene.other, NULL) == 0);
	loop_timer_set(scene.other, 0);
	loop_timer_stop(scene.other);
	loop_timer_set(scene.timer, 0);
	EXPECT_INT(loop_run(scene.loop, &err), 0);
	EXPECT_INT(scene.fired, 3);
	EXPECT(!scene.early);
	loop_timer_destroy(scene.timer);
	loop_timer_destroy(scene.other);
	loop_destroy(scene.loop);
}

static int destroy_itself(void *data, struct error *err)
{
	struct scene *scene = data;

	loop_timer_destroy(scene->timer);
	return error_set(err, -EXDEV, "the end");
}

TEST(error_of_a_handler_ends_it)
{
	struct scene scene = { 0 };
	struct error err = { 0 };

	make(&scene);
	ASSERT(loop_timer_create(scene.loop, destroy_itself, &scene, &scene.timer, NULL) == 0);
	loop_timer_set(scene.timer, 0);
	EXPECT_INT(loop_run(scene.loop, &err), -EXDEV);
	EXPECT_INT(err.code, -EXDEV);
	EXPECT_STR(err.text, "the end");
	loop_destroy(scene.loop);
}

TEST(signals_wait_for_the_loop)
{
	static const int stops[] = { SIGTERM, SIGINT };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct scene scene = { 0 };

		make(&scene);
		raise(stops[i]);
		raise(SIGPIPE);
		EXPECT_INT(scene.stops, 0);
		EXPECT_INT(loop_run(scene.loop, NULL), 0);
		EXPECT_INT(scene.stops, 1);
		EXPECT_INT(scene.reloads, 0);
		loop_destroy(scene.loop);
	}
}

/* A socket like systemd's. */
static int notify_socket(char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "@test-loop-%d", getpid());
	strcpy(path, address.sun_path);
	address.sun_path[0] = '\0';
	ASSERT(fd >= 0);
	ASSERT(bind(fd, (struct sockaddr *)&address,
		    offsetof(struct sockaddr_un, sun_path) + strlen(path)) == 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

/* All that has been said, one after the other. */
static char *heard(int fd)
{
	static char all[65536];
	size_t len = strlen(all);
	ssize_t n;

	while ((n = recv(fd, all + len, sizeof(all) - len - 2, 0)) > 0) {
		len += (size_t)n;
		all[len++] = '|';
		all[len] = '\0';
	}
	return all;
}

TEST(systemd_is_told)
{
	struct scene scene = { 0 };
	char path[108];
	int fd = notify_socket(path);

	make(&scene);
	EXPECT_STR(heard(fd), "");
	loop_say("2 guests\nREADY=1, %d groups", 3);
	EXPECT_STR(heard(fd), "STATUS=2 guests READY=1, 3 groups|");
	raise(SIGHUP);
	EXPECT_INT(loop_run(scene.loop, NULL), 0);
	EXPECT_INT(scene.reloads, 1);
	EXPECT_HAS(heard(fd), "groups|READY=1|RELOADING=1\nMONOTONIC_USEC=");
	EXPECT_HAS(heard(fd), "|READY=1|STOPPING=1|");
	loop_destroy(scene.loop);
	close(fd);
}

TEST(reload_that_fails_for_good)
{
	struct scene scene = { .code = -EINVAL };
	struct error err = { 0 };

	make(&scene);
	raise(SIGHUP);
	EXPECT_INT(loop_run(scene.loop, &err), -EINVAL);
	EXPECT_STR(err.text, "file:3: reload failed");
	loop_destroy(scene.loop);
}

static int until_alive(void *data, struct error *err)
{
	struct scene *scene = data;

	if (strstr(heard(scene->code), "WATCHDOG=1"))
		loop_exit(scene->loop);
	loop_timer_set(scene->timer, clock_now_ns(CLOCK_MONOTONIC) + NSEC_PER_MSEC);
	return 0;
}

TEST(signs_of_life)
{
	struct scene scene = { 0 };
	char path[108], pid[16];

	scene.code = notify_socket(path);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_USEC", "100000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	make(&scene);
	ASSERT(loop_timer_create(scene.loop, until_alive, &scene, &scene.timer, NULL) == 0);
	loop_timer_set(scene.timer, 0);
	EXPECT_INT(loop_run(scene.loop, NULL), 0);
	loop_timer_destroy(scene.timer);
	loop_destroy(scene.loop);
	loop_alive();
	EXPECT_HAS(heard(scene.code), "STOPPING=1|WATCHDOG=1|");
	close(scene.code);
}

TEST(unit_without_systemd)
{
	struct error err = { 0 };
	char *path = NULL;

	EXPECT_INT(unit_cgroup("aide", &path, &err), -EINVAL);
	if (access("/run/systemd/system", F_OK) == 0)
		SKIP("systemd runs here");
	EXPECT_INT(unit_cgroup("aide.service", &path, &err), -EOPNOTSUPP);
	EXPECT_HAS(err.text, "no systemd");
	EXPECT(!path);
}

KTAP_MAIN()
