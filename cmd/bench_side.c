/* SPDX-License-Identifier: MIT */
#include "cmd/bench_side.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/cores.h"
#include "cmd/bench_subject.h"
#include "cmd/bench_workers.h"
#include "sweep/keys.h"

#define REHEARSAL_S 0.3 /* of training, or a step */
#define START_SLACK 2.5 /* of the time to get ready in a rehearsal */
#define START_S	    0.3 /* and this on top */
#define ATTEMPTS    3	/* each with windows of twice the length */

/* --- a process --- */

static void wait_until(double when_s)
{
	double left = when_s - clock_s();
	struct timespec t = {(time_t)left, (long)(1e9 * (left - floor(left)))};

	if (left > 0)
		nanosleep(&t, NULL);
}

/* Trains until `end_s` and to the end of that step, of which only the part before counts. */
static int train_window(struct bench_subject *s, double end_s, struct bench_turn *turn,
			struct error *err)
{
	double now = clock_s();
	int result = 0;

	*turn = (struct bench_turn){0, now, now};
	while (turn->ended_s < end_s && !result) {
		result = bench_subject_step(s, err);
		now = clock_s();
		turn->steps += now <= end_s ? 1 : (end_s - turn->ended_s) / (now - turn->ended_s);
		turn->ended_s = now;
	}
	return result;
}

/* Sets `slowest_s` to what the slowest step took, while the others rehearse as well. */
static int rehearse(struct bench_subject *s, double *slowest_s, struct error *err)
{
	double end_s = clock_s() + REHEARSAL_S;
	int result = 0;

	for (*slowest_s = s->step_s; clock_s() < end_s && !result;) {
		double start = clock_s();

		result = bench_subject_step(s, err);
		*slowest_s = fmax(*slowest_s, clock_s() - start);
	}
	return result;
}

int bench_side_train(const struct bench_case *what, const struct bench_windows *w,
		     struct error *err)
{
	struct bench_subject subject;
	int result = bench_subject_open(&subject, what, err);
	double ready_s = clock_s(), slowest_s = subject.step_s;

	if (!result && !w->n_windows)
		result = rehearse(&subject, &slowest_s, err);
	printf("ready %.17g %.17g\n", ready_s, slowest_s);
	fflush(stdout);
	for (int64_t i = 0; i < w->n_windows && !result; i++) {
		struct bench_turn turn;
		double start = bench_window_start(w, i);

		if (!bench_window_trains(w, i))
			continue;
		wait_until(start);
		result = train_window(&subject, start + w->measured_s, &turn, err);
		printf("%" PRId64 " %.17g %.17g %.17g\n", i, turn.steps, turn.began_s,
		       turn.ended_s);
		fflush(stdout);
	}
	bench_subject_close(&subject);
	return result;
}

/* --- all of them --- */

struct side {
	struct bench_record *records; /* of each process */
	int64_t n_windows;
};

static void read_event(void *context, size_t index, char *line)
{
	const struct side *side = context;
	struct bench_record *record = &side->records[index];
	struct bench_turn turn;
	int64_t window;

	if (sscanf(line, "ready %lf %lf", &record->ready_s, &record->step_s) == 2)
		return;
	if (sscanf(line, "%" SCNd64 " %lf %lf %lf", &window, &turn.steps, &turn.began_s,
		   &turn.ended_s) == 4 &&
	    window >= 0 && window < side->n_windows)
		record->turns[window] = turn;
}

static int start_process(struct worker_process *p, const char *program,
			 const struct bench_case *what, const struct bench_windows *w,
			 struct error *err)
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
				    "--measured",  arena_printf(&arena, "%.17g", w->measured_s),
				    "--windows",   arena_printf(&arena, "%" PRId64, w->n_windows),
				    NULL};
	struct worker_input nothing;
	int result = worker_input_open(&nothing, NULL, err);

	p->pinned = cores_share((int)w->slot, (int)w->processes, use->threads, &p->cores);
	if (!result)
		result = worker_process_start(p, argv, more, &nothing, err);
	arena_release(&arena);
	return result;
}

/* Starts the processes, lets them train in the windows and fills their records. */
static int train_all(struct bench_record *records, const char *program,
		     const struct bench_case *what, struct bench_windows *w, struct error *err)
{
	struct worker_process *list = xcalloc((size_t)w->processes, sizeof(*list));
	struct side side = {records, w->n_windows};
	int result = 0;

	for (w->slot = 0; w->slot < w->processes && !result; w->slot++)
		result = start_process(&list[w->slot], program, what, w, err);
	result = bench_workers_end(list, (size_t)w->processes, result, read_event, &side, err);
	if (result == -ERR_DEVICE)
		error_wrap(err, "a process that trains side by side");
	bench_workers_free(list, (size_t)w->processes);
	return result;
}

/* Sets how long the processes take together, at most, to get ready and for a step. */
static int rehearse_all(double *ready_s, double *step_s, const char *program,
			const struct bench_case *what, int64_t processes, struct error *err)
{
	struct bench_record *records = xcalloc((size_t)processes, sizeof(*records));
	struct bench_windows rehearsal = {.processes = processes};
	double start = clock_s();
	int result = train_all(records, program, what, &rehearsal, err);

	*ready_s = *step_s = 0;
	for (int64_t i = 0; i < processes; i++) {
		*ready_s = fmax(*ready_s, records[i].ready_s - start);
		*step_s = fmax(*step_s, records[i].step_s);
	}
	free(records);
	return result;
}

static int measure(struct bench_side *side, const char *program, const struct bench_case *what,
		   struct bench_windows *w, struct error *err)
{
	double tokens = (double)(what->config->sequences * what->config->model.context);
	struct bench_record *records = xcalloc((size_t)w->processes, sizeof(*records));
	int result;

	for (int64_t i = 0; i < w->processes; i++)
		records[i].turns = xcalloc((size_t)w->n_windows, sizeof(*records[i].turns));
	result = train_all(records, program, what, w, err);
	if (!result)
		bench_windows_summarise(side, w, records, tokens);
	for (int64_t i = 0; i < w->processes; i++)
		free(records[i].turns);
	free(records);
	return result;
}

int bench_side_by_side(struct bench_side *side, const char *program, const struct bench_case *what,
		       int64_t processes, double seconds, struct error *err)
{
	struct bench_windows windows = {.processes = processes};
	double ready_s, step_s;
	int result = rehearse_all(&ready_s, &step_s, program, what, processes, err);

	side->rounds = 0;
	for (int i = 0; i < ATTEMPTS && !result && side->rounds < BENCH_MIN_ROUNDS; i++) {
		bench_windows_plan(&windows, seconds, step_s);
		windows.start_s = clock_s() + START_SLACK * ready_s + START_S;
		result = measure(side, program, what, &windows, err);
		ready_s *= 2;
		step_s *= 2;
	}
	if (!result && side->rounds < BENCH_MIN_ROUNDS)
		result = error_set(err, ERR_DEVICE,
				   "too busy a machine: the processes do not keep to their windows "
				   "of time; wait for what else runs here");
	return result;
}
