/* SPDX-License-Identifier: MIT
 *
 * Each thread has a range of the parts of a job and a counter of those left in it; when its own
 * range is empty it helps with the others'.  To take a part is to count down.  The job may be read
 * only by who took a part, since the next job is not written before all parts are done: a thread
 * that comes late finds only zeros, or parts of the next job, which it may take as well.
 */
#include "tensor/cpu/cpu_threads.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/memory.h"

#define SPIN_S	    60e-6
#define SPIN_ROUNDS 16 /* between two looks at the clock */
#define CACHE_LINE  64

/* Opens again and again; who waits for it sees how often it was opened. */
struct gate {
	_Alignas(CACHE_LINE) atomic_uint openings;
	atomic_uint sleepers;
	pthread_mutex_t mutex;
	pthread_cond_t opened;
};

struct range {
	_Alignas(CACHE_LINE) atomic_size_t left;
};

struct worker {
	struct cpu_threads *threads;
	pthread_t thread;
	int index;
};

struct cpu_threads {
	struct gate posted, finished;
	_Alignas(CACHE_LINE) atomic_size_t unfinished; /* parts */
	atomic_bool stopping;
	int n;
	double spin_s;
	struct range *ranges;	/* n */
	struct worker *workers; /* n, without the first */
	void (*prepare)(void);

	/* the job */
	void (*part)(void *context, size_t i);
	void *context;
	size_t n_parts;
};

static _Thread_local int thread_index;
static _Thread_local bool inside;

bool cpu_threads_inside(void)
{
	return inside;
}

int cpu_thread_index(void)
{
	return thread_index;
}

size_t cpu_share(size_t n, size_t shares, size_t i, size_t grain)
{
	return i < shares ? n * i / shares / grain * grain : n;
}

/* --- gates --- */

static void gate_init(struct gate *gate)
{
	atomic_init(&gate->openings, 0);
	atomic_init(&gate->sleepers, 0);
	pthread_mutex_init(&gate->mutex, NULL);
	pthread_cond_init(&gate->opened, NULL);
}

static void gate_release(struct gate *gate)
{
	pthread_mutex_destroy(&gate->mutex);
	pthread_cond_destroy(&gate->opened);
}

/* Either this sees who is about to sleep, or that one sees the opening: both orders are total. */
static void gate_open(struct gate *gate)
{
	atomic_fetch_add(&gate->openings, 1);
	if (atomic_load(&gate->sleepers) == 0)
		return;
	pthread_mutex_lock(&gate->mutex);
	pthread_cond_broadcast(&gate->opened);
	pthread_mutex_unlock(&gate->mutex);
}

static void rest_a_moment(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static bool gate_spin(struct gate *gate, unsigned seen, double spin_s)
{
	double until;

	if (atomic_load(&gate->openings) != seen)
		return true;
	if (spin_s <= 0)
		return false;
	until = clock_s() + spin_s;
	do {
		for (int i = 0; i < SPIN_ROUNDS; i++) {
			if (atomic_load_explicit(&gate->openings, memory_order_acquire) != seen)
				return true;
			rest_a_moment();
		}
	} while (clock_s() < until);
	return false;
}

/* Until it has been opened more than `seen` times; how often by then. */
static unsigned gate_wait(struct gate *gate, unsigned seen, double spin_s)
{
	if (!gate_spin(gate, seen, spin_s)) {
		pthread_mutex_lock(&gate->mutex);
		atomic_fetch_add(&gate->sleepers, 1);
		while (atomic_load(&gate->openings) == seen)
			pthread_cond_wait(&gate->opened, &gate->mutex);
		atomic_fetch_sub(&gate->sleepers, 1);
		pthread_mutex_unlock(&gate->mutex);
	}
	return atomic_load(&gate->openings);
}

/* --- jobs --- */

static size_t range_first(const struct cpu_threads *t, int i)
{
	return cpu_share(t->n_parts, (size_t)t->n, (size_t)i, 1);
}

static bool claim(struct range *range, size_t *left)
{
	*left = atomic_load_explicit(&range->left, memory_order_relaxed);
	while (*left > 0)
		if (atomic_compare_exchange_weak_explicit(&range->left, left, *left - 1,
							  memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

static void take_parts(struct cpu_threads *t, int index)
{
	inside = true;
	for (int i = 0; i < t->n; i++) {
		int r = (index + i) % t->n;
		size_t left;

		while (claim(&t->ranges[r], &left)) {
			t->part(t->context, range_first(t, r + 1) - left);
			if (atomic_fetch_sub(&t->unfinished, 1) == 1)
				gate_open(&t->finished);
		}
	}
	inside = false;
}

void cpu_threads_run(struct cpu_threads *t, size_t n, void (*part)(void *context, size_t i),
		     void *context)
{
	unsigned seen;

	for (size_t i = 0; inside && i < n; i++)
		part(context, i);
	if (inside || n == 0)
		return;
	assert(thread_index == 0 && atomic_load(&t->unfinished) == 0);
	seen = atomic_load(&t->finished.openings);
	t->part = part;
	t->context = context;
	t->n_parts = n;
	atomic_store(&t->unfinished, n);
	for (int i = 0; i < t->n; i++)
		atomic_store_explicit(&t->ranges[i].left, range_first(t, i + 1) - range_first(t, i),
				      memory_order_release);
	gate_open(&t->posted);
	take_parts(t, 0);
	gate_wait(&t->finished, seen, t->spin_s);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct cpu_threads *t = worker->threads;
	unsigned seen = atomic_load(&t->posted.openings);

	thread_index = worker->index;
	if (t->prepare)
		t->prepare();
	gate_open(&t->finished);
	for (;;) {
		seen = gate_wait(&t->posted, seen, t->spin_s);
		if (atomic_load(&t->stopping))
			return NULL;
		take_parts(t, worker->index);
	}
}

/* --- beginning and end --- */

static int start_worker(struct cpu_threads *t, int index, struct error *err)
{
	struct worker *worker = &t->workers[index];
	unsigned seen = atomic_load(&t->finished.openings);

	*worker = (struct worker){.threads = t, .index = index};
	if (pthread_create(&worker->thread, NULL, work, worker) != 0)
		return error_set(err, ERR_DEVICE,
				 "the system gives no more than %d of %d threads; use fewer", index,
				 t->n);
	gate_wait(&t->finished, seen, 0);
	return 0;
}

/* Ends the first n threads, the caller's among them. */
static void release(struct cpu_threads *t, int n)
{
	atomic_store(&t->stopping, true);
	gate_open(&t->posted);
	for (int i = 1; i < n; i++)
		pthread_join(t->workers[i].thread, NULL);
	gate_release(&t->posted);
	gate_release(&t->finished);
	free(t->workers);
	aligned_release(t->ranges);
	aligned_release(t);
}

int cpu_threads_start(struct cpu_threads **threads, int n, void (*prepare)(void), struct error *err)
{
	struct cpu_threads *t = aligned_take(sizeof(*t));
	struct range *ranges = aligned_take((size_t)n * sizeof(*ranges));

	*threads = NULL;
	if (!t || !ranges) {
		aligned_release(t);
		aligned_release(ranges);
		return error_set(err, ERR_NOMEM, "no memory for %d threads", n);
	}
	t->n = n;
	t->spin_s = n <= cores_allowed() ? SPIN_S : 0;
	t->prepare = prepare;
	t->ranges = ranges;
	t->workers = xcalloc((size_t)n, sizeof(*t->workers));
	gate_init(&t->posted);
	gate_init(&t->finished);
	for (int i = 1; i < n; i++)
		if (start_worker(t, i, err) < 0) {
			release(t, i);
			return -ERR_DEVICE;
		}
	*threads = t;
	return 0;
}

void cpu_threads_stop(struct cpu_threads *threads)
{
	if (threads)
		release(threads, threads->n);
}
