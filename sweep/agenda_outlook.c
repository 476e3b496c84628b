/* SPDX-License-Identifier: MIT
 *
 * What people are told of an agenda.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "sweep/agenda_internal.h"
#include "sweep/makespan.h"

/* Jobs that wait and may start yet. */
static size_t count_left(const struct agenda *agenda)
{
	size_t limit = agenda->orders.limit, n = agenda->waiting.n;

	return limit > 0 && n > limit - agenda->n_started ? limit - agenda->n_started : n;
}

/* The i-th that may start yet. */
static struct agenda_entry *waiting_at(const struct agenda *agenda, size_t i)
{
	return agenda->waiting.items[agenda->waiting.n - 1 - i];
}

static bool has_started(const struct agenda_entry *entry)
{
	return entry->phase == ENTRY_RUNNING || entry->phase == ENTRY_ENDED;
}

void agenda_each_job(struct agenda *agenda,
		     void (*each)(void *context, const struct pool_job *job, bool started),
		     void *context)
{
	size_t left = count_left(agenda);

	agenda_sort(agenda);
	for (size_t i = 0; i < agenda->entries.n; i++)
		if (has_started(agenda->entries.items[i]))
			each(context, &agenda->entries.items[i]->job, true);
	for (size_t i = 0; i < left; i++)
		each(context, &waiting_at(agenda, i)->job, false);
}

static void add_up(void *context, const struct pool_job *job, bool started)
{
	struct agenda_outlook *outlook = context;

	outlook->jobs++;
	outlook->seconds += job->cost;
	outlook->jobs_left += !started;
	outlook->seconds_left += started ? 0 : job->cost;
}

struct agenda_outlook agenda_outlook(struct agenda *agenda)
{
	struct agenda_outlook outlook = {.elsewhere = agenda->elsewhere.n};

	for (size_t i = 0; i < agenda->n_trials; i++)
		outlook.done += agenda->of_trial[i]->state == TRIAL_done;
	agenda_each_job(agenda, add_up, &outlook);
	return outlook;
}

int agenda_count(const struct agenda *agenda,
		 int (*covers)(void *context, const struct trial *trial, struct error *err),
		 void *context, size_t by_state[TRIAL_N_STATES], struct error *err)
{
	for (size_t i = 0; i < agenda->entries.n; i++) {
		const struct agenda_entry *entry = agenda->entries.items[i];
		int counts = covers(context, entry->trial, err);

		if (counts < 0)
			return counts;
		by_state[entry->state] += counts > 0;
	}
	return 0;
}

static struct makespan_job describe_job(const struct agenda_entry *entry, size_t n)
{
	const struct agenda_entry *carrier = entry->awaits;
	struct makespan_job job = {entry->job.cost, entry->priority, MAKESPAN_NOTHING, 0};

	if (carrier && carrier->phase == ENTRY_WAITING && carrier->rank < n) {
		job.after = carrier->rank;
		job.after_s = carrier->job.cost - agenda_seconds_from(carrier, entry->from);
	}
	return job;
}

double agenda_wall_seconds(struct agenda *agenda)
{
	size_t n = count_left(agenda);
	struct makespan_job *jobs = xcalloc(n + 1, sizeof(*jobs));
	double seconds;

	agenda_sort(agenda);
	for (size_t i = 0; i < agenda->waiting.n; i++)
		waiting_at(agenda, i)->rank = i;
	for (size_t i = 0; i < n; i++)
		jobs[i] = describe_job(waiting_at(agenda, i), n);
	seconds = makespan(jobs, n, (size_t)agenda->orders.run.jobs);
	free(jobs);
	return seconds;
}
