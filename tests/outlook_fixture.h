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
	size_t n, first_waiting;
	struct pool_slot slots[MOST_JOBS];
	size_t n_slots;
	struct outlook outlook;
};

static inline void each_imagined(void *context, void (*each)(void *to, const struct pool_job *job),
				 void *to)
{
	const struct imagined_run *run = context;

	for (size_t i = run->first_waiting; i < run->n; i++)
		each(to, &run->jobs[i]);
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
