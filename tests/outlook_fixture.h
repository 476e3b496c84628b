/* SPDX-License-Identifier: MIT
 *
 * A run that is imagined: jobs of given costs, some of them in slots.
 */
#ifndef TESTS_OUTLOOK_FIXTURE_H
#define TESTS_OUTLOOK_FIXTURE_H

#include <math.h>

#include "base/clock.h"
#include "cmd/outlook.h"
#include "tests/check.h"

#define MOST_JOBS 16

struct imagined_run {
	struct pool_job jobs[MOST_JOBS];
	/* whom a job waits for, and for how much of its cost; NULL: nobody */
	const struct pool_job *carriers[MOST_JOBS];
	double carriers_s[MOST_JOBS];
	size_t n, first_waiting;
	struct pool_slot slots[MOST_JOBS];
	size_t n_slots;
	struct outlook outlook;
};

/* The i-th job as the agenda tells of it. */
static inline struct agenda_waiting imagined_waiting(const struct imagined_run *run, size_t i)
{
	const struct pool_job *carrier = run->carriers[i];
	size_t n = carrier ? (size_t)(carrier - run->jobs) : 0;

	return (struct agenda_waiting){
		.job = &run->jobs[i],
		.priority = run->jobs[i].cost,
		.carrier = carrier,
		.carrier_s = run->carriers_s[i],
		.carrier_rank = n < run->first_waiting ? AGENDA_RUNS : n - run->first_waiting,
	};
}

static inline void
each_imagined(void *context, void (*each)(void *to, const struct agenda_waiting *waiting), void *to)
{
	const struct imagined_run *run = context;

	for (size_t i = run->first_waiting; i < run->n; i++) {
		struct agenda_waiting waiting = imagined_waiting(run, i);

		each(to, &waiting);
	}
}

/* `n` jobs of 10 s each. */
static inline void imagine(struct imagined_run *run, size_t n, size_t n_slots)
{
	*run = (struct imagined_run){.n = n, .n_slots = n_slots};
	for (size_t i = 0; i < n; i++)
		run->jobs[i] = (struct pool_job){.trial_key = "key", .title = "muon", .cost = 10};
	outlook_start(&run->outlook, &(struct outlook_source){run, each_imagined}, NULL, 1,
		      (int)n_slots);
}

/* A job waits until another has done so much of its cost. */
static inline void branch_off(struct imagined_run *run, size_t job, size_t carrier, double seconds)
{
	run->carriers[job] = &run->jobs[carrier];
	run->carriers_s[job] = seconds;
}

/* Puts the next job that waits into a slot, as if it had been there for some seconds. */
static inline struct pool_slot *begin(struct imagined_run *run, size_t slot, double seconds,
				      int64_t step, int64_t steps)
{
	run->slots[slot] = (struct pool_slot){
		.job = &run->jobs[run->first_waiting++],
		.started_s = clock_s() - seconds,
		.heard_s = clock_s() - seconds,
		.progress = {.step = step, .steps = steps, .loss = 2.5, .tokens_per_second = 1e4},
	};
	return &run->slots[slot];
}

static inline void look(struct imagined_run *run)
{
	run->outlook.looked_s = 0;
	outlook_look(&run->outlook, run->slots, run->n_slots);
}

#endif
