// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU guests that libvirt runs.
 *
 * A call of libvirt's may take for ever: its daemon may be stuck, or wait for a
 * stuck QEMU.  So all of them are made by one thread, which is waited for so long
 * and no longer.  What libvirt can do is what QEMU can do: an unconfirmed request;
 * see qmp.c for what follows from that.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "hv.h"
#include "libvirt-guest.h"

/* A libvirt that is not stuck answers within some milliseconds. */
#define ANSWER_NS	(5 * NSEC_PER_SEC)
#define NO_UUID		"00000000-0000-0000-0000-000000000000"

/**
 * struct job - what the thread is to do, and what came of it
 * @run: does it
 * @domain: whom it is about; only the name, or nothing, for some
 * @kb: a size
 * @sizes: result
 * @distress: result
 * @r: what @run returned
 * @err: and why
 */
struct job {
	int (*run)(struct libvirt *libvirt, struct job *job);
	struct hv_domain domain;
	uint64_t kb;
	struct hv_sizes sizes;
	struct hv_distress distress;
	int r;
	struct error err;
};

/**
 * enum job_state - how the job stands
 * @JOB_NONE: there is none
 * @JOB_UNDER_WAY: the thread is at it, or about to be
 * @JOB_DONE: and nobody has looked at the result yet
 */
enum job_state {
	JOB_NONE,
	JOB_UNDER_WAY,
	JOB_DONE,
};

/**
 * struct hv_libvirt - the thread, and what it is doing
 * @hv: what users of the library see
 * @libvirt: what it asks
 * @thread: the only one that asks @libvirt, and that touches a @job under way
 * @lock: of what follows
 * @changed: @state or @ends
 * @state: of @job
 * @ends: the thread is to end, and to free all if nobody waits for it
 * @abandoned: nobody does
 * @job: the one there is
 */
struct hv_libvirt {
	struct hv hv;
	struct libvirt *libvirt;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum job_state state;
	bool ends;
	bool abandoned;
	struct job job;
};

static int run_open(struct libvirt *libvirt, struct job *job)
{
	return libvirt_open(libvirt, &job->err);
}

static int run_find(struct libvirt *libvirt, struct job *job)
{
	return libvirt_find(libvirt, &job->domain, &job->err);
}

static int run_read(struct libvirt *libvirt, struct job *job)
{
	return libvirt_read(libvirt, &job->domain, &job->sizes, &job->err);
}

static int run_set_target(struct libvirt *libvirt, struct job *job)
{
	return libvirt_set_target(libvirt, &job->domain, job->kb, &job->err);
}

static int run_distress(struct libvirt *libvirt, struct job *job)
{
	return libvirt_distress(libvirt, &job->domain, &job->distress, &job->err);
}

static void free_all(struct hv_libvirt *lv)
{
	libvirt_destroy(lv->libvirt);
	pthread_cond_destroy(&lv->changed);
	pthread_mutex_destroy(&lv->lock);
	free(lv);
}

static void *work(void *data)
{
	struct hv_libvirt *lv = data;
	bool abandoned;

	pthread_mutex_lock(&lv->lock);
	while (!lv->ends) {
		if (lv->state != JOB_UNDER_WAY) {
			pthread_cond_wait(&lv->changed, &lv->lock);
			continue;
		}
		pthread_mutex_unlock(&lv->lock);
		lv->job.r = lv->job.run(lv->libvirt, &lv->job);
		pthread_mutex_lock(&lv->lock);
		lv->state = JOB_DONE;
		pthread_cond_broadcast(&lv->changed);
	}
	abandoned = lv->abandoned;
	pthread_mutex_unlock(&lv->lock);
	if (abandoned)
		free_all(lv);
	return NULL;
}

/* Return: whether the job was done in time. */
static bool wait_done(struct hv_libvirt *lv)
{
	uint64_t until_ns = clock_now_ns(CLOCK_MONOTONIC) + ANSWER_NS;
	struct timespec until = {
		.tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(until_ns % NSEC_PER_SEC),
	};

	while (lv->state == JOB_UNDER_WAY)
		if (pthread_cond_timedwait(&lv->changed, &lv->lock, &until) == ETIMEDOUT)
			break;
	return lv->state == JOB_DONE;
}

/* Who is late is not waited for again, and what he has to say then not heard. */
static int have_done(struct hv *hv, struct job *job, struct error *err)
{
	struct hv_libvirt *lv = (struct hv_libvirt *)hv;
	bool done = false;

	pthread_mutex_lock(&lv->lock);
	if (lv->state != JOB_UNDER_WAY) {
		lv->job = *job;
		lv->state = JOB_UNDER_WAY;
		pthread_cond_broadcast(&lv->changed);
		done = wait_done(lv);
	}
	if (done) {
		*job = lv->job;
		lv->state = JOB_NONE;
	}
	pthread_mutex_unlock(&lv->lock);
	if (!done)
		return error_set(err, -ENOTCONN, "libvirt: %.100s: does not answer now",
				 libvirt_uri(lv->libvirt));
	return job->r < 0 ? error_set(err, job->r, "%s", job->err.text) : 0;
}

static int find(struct hv *hv, const char *name, struct hv_domain *ret, struct error *err)
{
	struct job job = { .run = run_find };
	int r;

	if (strlen(name) >= sizeof(job.domain.name))
		return error_set(err, -ENAMETOOLONG, "%.40s...: is too long for a guest's name",
				 name);
	strcpy(job.domain.name, name);
	r = have_done(hv, &job, err);
	if (r == 0)
		*ret = job.domain;
	return r;
}

/* Its size is what guests do not have: nothing to be read. */
static int host(struct hv *hv, struct hv_domain *ret, struct error *err)
{
	*ret = (struct hv_domain){ .id = 0, .name = "host", .uuid = NO_UUID };
	return 0;
}

static int read_sizes(struct hv *hv, const struct hv_domain *domain, struct hv_sizes *ret,
		      struct error *err)
{
	struct job job = { .run = run_read, .domain = *domain };
	int r = have_done(hv, &job, err);

	if (r == 0)
		*ret = job.sizes;
	return r;
}

static int set_target(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		      struct error *err)
{
	struct job job = { .run = run_set_target, .domain = *domain, .kb = kb };

	return have_done(hv, &job, err);
}

static int set_max(struct hv *hv, const struct hv_domain *domain, uint64_t kb,
		   struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "%s: QEMU enforces no maxmem", domain->name);
}

static int make_claim(struct hv *hv, const struct hv_domain *domain, uint64_t total_kb,
		      struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "%s: QEMU has nothing to claim from",
			 domain->name);
}

static int distress(struct hv *hv, const struct hv_domain *domain, struct hv_distress *ret,
		    struct error *err)
{
	struct job job = { .run = run_distress, .domain = *domain };
	int r = have_done(hv, &job, err);

	if (r == 0)
		*ret = job.distress;
	return r;
}

/* A thread that is stuck in libvirt is left to itself, and to the process' end. */
static void destroy(struct hv *hv)
{
	struct hv_libvirt *lv = (struct hv_libvirt *)hv;
	pthread_t thread = lv->thread;
	bool abandoned;

	pthread_mutex_lock(&lv->lock);
	lv->ends = true;
	lv->abandoned = lv->state == JOB_UNDER_WAY;
	abandoned = lv->abandoned;
	pthread_cond_broadcast(&lv->changed);
	if (abandoned)
		pthread_detach(thread);
	pthread_mutex_unlock(&lv->lock);
	if (abandoned)
		return;
	pthread_join(thread, NULL);
	free_all(lv);
}

static const struct hv_ops libvirt_ops = {
	.destroy = destroy,
	.find = find,
	.host = host,
	.read = read_sizes,
	.set_target = set_target,
	.set_max = set_max,
	.claim = make_claim,
	.distress = distress,
};

/* Signals are for those who wait for them. */
static int start_thread(struct hv_libvirt *lv)
{
	pthread_condattr_t attr;
	sigset_t all, before;
	int r;

	pthread_mutex_init(&lv->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&lv->changed, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&lv->thread, NULL, work, lv);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int hv_libvirt_create(const char *uri, struct hv **ret, struct error *err)
{
	struct job job = { .run = run_open };
	struct hv_libvirt *lv = calloc(1, sizeof(*lv));
	int r;

	if (lv)
		lv->libvirt = libvirt_create(uri);
	if (!lv || !lv->libvirt) {
		free(lv);
		return error_errno(err, -ENOMEM, "libvirt");
	}
	lv->hv.ops = &libvirt_ops;
	lv->hv.pool = true;
	r = start_thread(lv);
	if (r < 0) {
		free_all(lv);
		return error_errno(err, r, "libvirt: no thread");
	}
	r = have_done(&lv->hv, &job, err);
	if (r < 0) {
		destroy(&lv->hv);
		return r;
	}
	*ret = &lv->hv;
	return 0;
}
