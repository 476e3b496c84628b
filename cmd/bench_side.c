/* SPDX-License-Identifier: MIT */
#include "cmd/bench_side.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "cmd/bench_subject.h"
#include "base/cores.h"
#include "sweep/keys.h"
#include "sweep/worker_process.h"

#define MIN_ROUNDS  3	/* pairs of windows */
#define WINDOW_S    0.5 /* of training in a window, where there is time for so much */
#define SLACK	    1.3 /* of a window over its steps alone */
#define START_SLACK 2.5 /* of the time to get ready, likewise */
#define START_S	    0.3 /* and this on top */
#define POLL_MS	    50

/* --- a process --- */

/* The process that trains alone in an even window. */
static int64_t soloist(const struct bench_windows *w, int64_t window)
{
	return window / 2 % w->processes;
}

static bool trains_in(const struct bench_windows *w, int64_t window)
{
	return window % 2 == 1 || soloist(w, window) == w->slot;
}

static void wait_until(double when_s)
{
	double left = when_s - clock_s();
	struct timespec t = {(time_t)left, (long)(1e9 * (left - floor(left)))};

	if (left > 0)
		nanosleep(&t, NULL);
}

static int train_window(struct bench_subject *s, int64_t steps, double *seconds, struct error *err)
{
	double start = clock_s();
	int result = 0;

	for (int64_t i = 0; i < steps && !result; i++)
		result = stepper_step(&s->stepper, false, err);
	*seconds = clock_s() - start;
	return result;
}

int bench_side_train(const struct bench_case *what, const struct bench_windows *w,
		     struct error *err)
{
	struct bench_subject subject;
	int result = bench_subject_open(&subject, what, err);

	for (int64_t i = 0; i < w->n_windows && !result; i++) {
		double seconds;

		if (!trains_in(w, i))
			continue;
		wait_until(w->start_s + (double)i * w->window_s);
		result = train_window(&subject, w->steps, &seconds, err);
		printf("%" PRId64 " %.9g\n", i, seconds);
		fflush(stdout);
	}
	bench_subject_close(&subject);
	return result;
}

/* --- all of them --- */

struct side_process {
	struct worker_process process;
	double *seconds; /* by window; 0: it rested */
	int64_t n_windows;
	bool running;
};

static void read_window(void *context, char *line)
{
	struct side_process *p = context;
	int64_t window;
	double seconds;

	if (sscanf(line, "%" SCNd64 " %lf", &window, &seconds) == 2 && window >= 0 &&
	    window < p->n_windows)
		p->seconds[window] = seconds;
}

/* How long a process takes to get ready and for a step, and the windows that follow from it. */
static int plan_windows(struct bench_windows *w, const struct bench_case *what, double seconds,
			struct error *err)
{
	struct bench_subject subject;
	double start = clock_s(), ready_s;
	int result = bench_subject_open(&subject, what, err);

	ready_s = clock_s() - start;
	if (!result) {
		double window_s = fmin(WINDOW_S, seconds / (2 * MIN_ROUNDS));

		w->steps = (int64_t)fmax(1, ceil(window_s / subject.step_s));
		w->window_s = SLACK * (double)w->steps * subject.step_s;
		w->n_windows = 2 * (int64_t)fmax(MIN_ROUNDS, ceil(seconds / (2 * w->window_s)));
	}
	bench_subject_close(&subject);
	w->start_s = clock_s() + START_SLACK * ready_s + START_S;
	return result;
}

static int start_process(struct side_process *p, const char *program, const struct bench_case *what,
			 const struct bench_windows *w, struct error *err)
{
	const struct backend_options *use = &what->use;
	struct arena arena = {0};
	const char *const argv[] = {program, "bench-process", what->config->name,
				    what->optimizer->name, NULL};
	const char *const more[] = {"--backend",   what->backend,
				    "--precision", precision_choices[use->precision].name,
				    "--threads",   arena_printf(&arena, "%d", use->threads),
				    "--processes", arena_printf(&arena, "%" PRId64, w->processes),
				    "--slot",	   arena_printf(&arena, "%" PRId64, w->slot),
				    "--start",	   arena_printf(&arena, "%.17g", w->start_s),
				    "--window",	   arena_printf(&arena, "%.17g", w->window_s),
				    "--windows",   arena_printf(&arena, "%" PRId64, w->n_windows),
				    "--steps",	   arena_printf(&arena, "%" PRId64, w->steps),
				    NULL};
	struct worker_input nothing;
	int result = worker_input_open(&nothing, NULL, err);

	if (result)
		return result;
	p->process.pinned =
		cores_share((int)w->slot, (int)w->processes, use->threads, &p->process.cores);
	p->seconds = xcalloc((size_t)w->n_windows, sizeof(*p->seconds));
	p->n_windows = w->n_windows;
	result = worker_process_start(&p->process, argv, more, &nothing, err);
	p->running = !result;
	arena_release(&arena);
	return result;
}

static int start_all(struct side_process *list, const char *program, const struct bench_case *what,
		     struct bench_windows *w, struct error *err)
{
	int result = 0;

	for (w->slot = 0; w->slot < w->processes && !result; w->slot++)
		result = start_process(&list[w->slot], program, what, w, err);
	return result;
}

static int finish_process(struct side_process *p, struct error *err)
{
	struct text how = {0};
	int result = 0;

	p->running = false;
	worker_process_finish(&p->process, &how);
	if (how.length)
		result = error_set(err, ERR_IO, "a process that trains side by side: %s",
				   text_string(&how));
	text_release(&how);
	return result;
}

/* Reads until all have ended; the first complaint counts and ends the others. */
static int read_all(struct side_process *list, int64_t n, int result, struct error *err)
{
	for (int64_t running = n; running > 0;) {
		poll(NULL, 0, POLL_MS);
		running = 0;
		for (int64_t i = 0; i < n; i++) {
			struct side_process *p = &list[i];

			if (!p->running)
				continue;
			if (result)
				kill(p->process.pid, SIGKILL);
			if (worker_process_read(&p->process, read_window, p))
				running++;
			else if (finish_process(p, result ? NULL : err))
				result = -ERR_IO;
		}
	}
	return result;
}

/* Tokens in a second, of all that trained in a window. */
static double rate_in(const struct side_process *list, const struct bench_windows *w,
		      int64_t window, double tokens)
{
	double rate = 0;

	for (int64_t i = 0; i < w->processes; i++)
		if (list[i].seconds[window] > 0)
			rate += tokens / list[i].seconds[window];
	return rate;
}

static void summarise(struct bench_side *side, const struct side_process *list,
		      const struct bench_windows *w, const struct bench_config *config)
{
	double tokens = (double)(w->steps * config->sequences * config->model.context);
	size_t n = (size_t)w->n_windows / 2;
	double *rates = xcalloc(n, sizeof(*rates)), *ratios = xcalloc(n, sizeof(*ratios));

	for (size_t i = 0; i < n; i++) {
		rates[i] = rate_in(list, w, 2 * (int64_t)i + 1, tokens);
		ratios[i] = rates[i] / rate_in(list, w, 2 * (int64_t)i, tokens);
	}
	side->rounds = (int)n;
	side->tokens_per_second = bench_spread_of(rates, n);
	side->ratio = bench_spread_of(ratios, n);
	free(rates);
	free(ratios);
}

int bench_side_by_side(struct bench_side *side, const char *program, const struct bench_case *what,
		       int64_t processes, double seconds, struct error *err)
{
	struct side_process *list = xcalloc((size_t)processes, sizeof(*list));
	struct bench_windows windows = {.processes = processes};
	int result = plan_windows(&windows, what, seconds, err);

	if (!result) {
		result = start_all(list, program, what, &windows, err);
		result = read_all(list, processes, result, err);
	}
	if (!result)
		summarise(side, list, &windows, what->config);
	for (int64_t i = 0; i < processes; i++) {
		worker_process_release(&list[i].process);
		free(list[i].seconds);
	}
	free(list);
	return result;
}
