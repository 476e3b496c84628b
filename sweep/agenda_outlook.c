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

static void add_up(struct agenda_outlook *outlook, const struct pool_job *job, bool started)
{
	outlook->jobs++;
	outlook->seconds += job->cost;
	outlook->jobs_left += !started;
	outlook->seconds_left += started ? 0 : job->cost;
}

struct agenda_outlook agenda_outlook(struct agenda *agenda)
{
	struct agenda_outlook outlook = {.elsewhere = agenda->elsewhere.n};
	size_t left = count_left(agenda);

	agenda_sort(agenda);
	for (size_t i = 0; i < agenda->n_trials; i++)
		outlook.done += agenda->of_trial[i]->state == TRIAL_done;
	for (size_t i = 0; i < agenda->entries.n; i++)
		if (has_started(agenda->entries.items[i]))
			add_up(&outlook, &agenda->entries.items[i]->job, true);
	for (size_t i = 0; i < left; i++)
		add_up(&outlook, &waiting_at(agenda, i)->job, false);
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

/* --- what waits --- */

/* Of the first `n`, which alone may start.  When a carrier of another process comes to the fork is
 * not known. */
static struct agenda_waiting describe(const struct agenda_entry *entry, size_t n)
{
	const struct agenda_entry *carrier = entry->awaits;
	struct agenda_waiting waiting = {.job = &entry->job, .priority = entry->priority};
	bool runs = carrier && carrier->phase == ENTRY_RUNNING;

	if (!runs && !(carrier && carrier->phase == ENTRY_WAITING && carrier->rank < n))
		return waiting;
	waiting.carrier = &carrier->job;
	waiting.carrier_s = carrier->job.cost - agenda_seconds_from(carrier, entry->from);
	waiting.carrier_rank = runs ? AGENDA_RUNS : carrier->rank;
	return waiting;
}

void agenda_each_waiting(struct agenda *agenda,
			 void (*each)(void *context, const struct agenda_waiting *waiting),
			 void *context)
{
	size_t n = count_left(agenda);

	agenda_sort(agenda);
	for (size_t i = 0; i < agenda->waiting.n; i++)
		waiting_at(agenda, i)->rank = i;
	for (size_t i = 0; i < n; i++) {
		struct agenda_waiting waiting = describe(waiting_at(agenda, i), n);

		each(context, &waiting);
	}
}

struct job_list {
	struct makespan_job *jobs;
	size_t n;
};

static void add_job(void *context, const struct agenda_waiting *waiting)
{
	struct job_list *list = context;
	bool waits = waiting->carrier && waiting->carrier_rank != AGENDA_RUNS;

	list->jobs[list->n++] = (struct makespan_job){
		.seconds = waiting->job->cost,
		.priority = waiting->priority,
		.after = waits ? waiting->carrier_rank : MAKESPAN_NOTHING,
		.after_s = waiting->carrier_s,
	};
}

double agenda_wall_seconds(struct agenda *agenda)
{
	struct job_list list = {.jobs = xcalloc(agenda->waiting.n + 1, sizeof(*list.jobs))};
	double seconds;

	agenda_each_waiting(agenda, add_job, &list);
	seconds = makespan(list.jobs, list.n, (size_t)agenda->orders.run.jobs);
	free(list.jobs);
	return seconds;
}
