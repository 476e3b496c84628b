/* SPDX-License-Identifier: MIT */
#include "cmd/bench_windows.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#define LONG_S	  0.5  /* a measured part, where there is time for so much */
#define SHORT_S	  0.1  /* and where there is none */
#define STEPS_END 1.5  /* steps that fit behind it */
#define END_S	  0.02 /* and this on top */
#define LATEST	  0.25 /* of the measured part: later than that one alone has not begun */

void bench_windows_plan(struct bench_windows *w, double seconds, double step_s)
{
	double share = fmin(LONG_S, seconds / (2 * BENCH_MIN_ROUNDS));

	w->measured_s = fmax(step_s, fmax(SHORT_S, share));
	w->window_s = w->measured_s + STEPS_END * step_s + END_S;
	w->n_windows = 2 * (int64_t)fmax(BENCH_MIN_ROUNDS, ceil(seconds / (2 * w->window_s)));
}

double bench_window_start(const struct bench_windows *w, int64_t window)
{
	return w->start_s + (double)window * w->window_s;
}

static bool is_alone(int64_t window)
{
	return window % 2 == 0;
}

/* The process that trains alone in an even window. */
static int64_t soloist(const struct bench_windows *w, int64_t window)
{
	return window / 2 % w->processes;
}

bool bench_window_trains(const struct bench_windows *w, int64_t window)
{
	return !is_alone(window) || soloist(w, window) == w->slot;
}

/* Whether nobody was busy when the window began; then notes until when each is. */
static bool began_clean(const struct bench_windows *w, const struct bench_record *records,
			double *busy_until_s, int64_t window)
{
	bool clean = true;

	for (int64_t i = 0; i < w->processes; i++) {
		clean = clean && busy_until_s[i] <= bench_window_start(w, window);
		busy_until_s[i] = fmax(busy_until_s[i], records[i].turns[window].ended_s);
	}
	return clean;
}

/* Steps in a second of the one that trains alone, from when it was woken; 0: not measured. */
static double rate_alone(const struct bench_windows *w, const struct bench_record *records,
			 int64_t window)
{
	const struct bench_turn *turn = &records[soloist(w, window)].turns[window];
	double start = bench_window_start(w, window);

	if (turn->began_s > start + LATEST * w->measured_s)
		return 0;
	return turn->steps / (start + w->measured_s - turn->began_s);
}

/* Of all together; to wait for a core is part of it. */
static double rate_of_all(const struct bench_windows *w, const struct bench_record *records,
			  int64_t window)
{
	double steps = 0;

	for (int64_t i = 0; i < w->processes; i++)
		steps += records[i].turns[window].steps;
	return steps / w->measured_s;
}

void bench_windows_summarise(struct bench_side *side, const struct bench_windows *w,
			     const struct bench_record *records, double tokens_per_step)
{
	size_t most = (size_t)w->n_windows / 2, n = 0;
	double *rates = xcalloc(most, sizeof(*rates)), *ratios = xcalloc(most, sizeof(*ratios));
	double *busy_until_s = xcalloc((size_t)w->processes, sizeof(*busy_until_s));

	for (int64_t i = 0; i < w->processes; i++)
		busy_until_s[i] = records[i].ready_s;
	for (int64_t i = 0; i < w->n_windows; i += 2) {
		bool first = began_clean(w, records, busy_until_s, i);
		bool second = began_clean(w, records, busy_until_s, i + 1);
		double alone = rate_alone(w, records, i);

		if (!first || !second || !(alone > 0))
			continue;
		rates[n] = tokens_per_step * rate_of_all(w, records, i + 1);
		ratios[n] = rates[n] / (tokens_per_step * alone);
		n++;
	}
	*side = (struct bench_side){(int)n, bench_not_measured, bench_not_measured};
	if (n > 0) {
		side->tokens_per_second = bench_spread_of(rates, n);
		side->ratio = bench_spread_of(ratios, n);
	}
	free(rates);
	free(ratios);
	free(busy_until_s);
}
