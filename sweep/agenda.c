/* SPDX-License-Identifier: MIT
 *
 * Which job is the next: the longest that waits, so that no long one is left over at the end.
 *
 * Another process may have a trial that was to be trained here.  How it does there is looked up
 * once a second: its end is heard of as if it had ended here, and it comes back where its owner
 * gave it up or died.
 */
#include "sweep/agenda.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/memory.h"
#include "base/text.h"
#include "sweep/agenda_internal.h"
#include "sweep/register.h"

#define LOOK_INTERVAL_S 1.0

/* --- what is wanted --- */

static int is_wanted(const struct agenda *agenda, const struct agenda_entry *entry,
		     struct error *err)
{
	const struct agenda_orders *o = &agenda->orders;

	return o->wants ? o->wants(o->context, entry->trial, entry->state, err)
			: trial_is_missing(entry->state);
}

static void estimate(struct agenda *agenda, struct agenda_entry *entry)
{
	const struct agenda_orders *o = &agenda->orders;
	struct cost_shape shape = cost_shape_of(entry->trial, o->run.threads, agenda->at_once);

	entry->job.cost = cost_model_seconds(o->costs, entry->trial, &shape);
}

static void name(struct agenda *agenda, struct agenda_entry *entry)
{
	struct text title = {0};

	trial_title(entry->trial, &title);
	entry->job.trial_key = entry->trial->key;
	entry->job.title = arena_strdup(&agenda->arena, text_string(&title));
	entry->job.trial = entry->trial;
	text_release(&title);
}

/* A diverged trial is claimed by nobody, unless it is asked for. */
static int queue(struct agenda *agenda, struct agenda_entry *entry, struct error *err)
{
	int result = 0;

	if (entry->state == TRIAL_diverged)
		result = store_requeue(agenda->store, entry->trial->key, err);
	entry->state = entry->state == TRIAL_diverged ? TRIAL_planned : entry->state;
	entry->phase = ENTRY_WAITING;
	name(agenda, entry);
	entry_list_add(&agenda->waiting, entry);
	agenda->unsorted = true;
	return result;
}

/* Queues what is wanted of the entries from the n-th on. */
static int queue_wanted(struct agenda *agenda, size_t from, struct error *err)
{
	for (size_t i = from; i < agenda->entries.n; i++) {
		int wanted = is_wanted(agenda, agenda->entries.items[i], err);

		if (wanted > 0)
			wanted = queue(agenda, agenda->entries.items[i], err);
		if (wanted < 0)
			return wanted;
	}
	return 0;
}

static size_t within_limit(const struct agenda *agenda, size_t n)
{
	size_t limit = agenda->orders.limit;

	return limit > 0 && n > limit ? limit : n;
}

int agenda_start(struct agenda *agenda, const struct agenda_orders *orders, struct error *err)
{
	int result;

	agenda->orders = *orders;
	result = queue_wanted(agenda, 0, err);
	agenda->at_once = cores_at_once(orders->run.jobs, within_limit(agenda, agenda->waiting.n));
	for (size_t i = 0; i < agenda->waiting.n; i++)
		estimate(agenda, agenda->waiting.items[i]);
	return result;
}

/* --- what the tuning adds --- */

static int welcome(struct agenda *agenda, size_t n_trials, size_t n_entries, struct error *err)
{
	size_t n_waiting = agenda->waiting.n;
	int result = sweep_register_added(agenda->sweep, n_trials, agenda->store, err);

	if (!result)
		result = queue_wanted(agenda, n_entries, err);
	for (size_t i = n_waiting; i < agenda->waiting.n; i++)
		estimate(agenda, agenda->waiting.items[i]);
	return result;
}

static int advance(struct agenda *agenda, struct error *err)
{
	size_t n_trials = agenda->n_trials, n_entries = agenda->entries.n;
	int result = agenda_extend(agenda, err);

	if (!result && agenda->n_trials > n_trials)
		result = welcome(agenda, n_trials, n_entries, err);
	return result;
}

static void keep(struct agenda *agenda, int result)
{
	if (result && !agenda->result)
		agenda->result = result;
}

/* The store knows more of an entry than the agenda. */
static void refresh(struct agenda *agenda, struct agenda_entry *entry)
{
	struct error err = ERROR_INIT;
	int result = agenda_refresh(agenda, entry, &err);

	if (!result && trial_has_ended(entry->state))
		result = advance(agenda, &err);
	if (result && !agenda->result)
		agenda->err = err;
	keep(agenda, result);
}

/* --- what runs elsewhere --- */

static void come_back(struct agenda *agenda, struct agenda_entry *entry)
{
	struct error err = ERROR_INIT;
	bool is_free = false;
	int result = store_is_free(agenda->store, entry->trial->key, &agenda->orders.run, &is_free,
				   &err);

	if (result && !agenda->result)
		agenda->err = err;
	keep(agenda, result);
	if (!is_free)
		return;
	entry->phase = ENTRY_WAITING;
	entry_list_add(&agenda->waiting, entry);
	agenda->unsorted = true;
}

static void look_elsewhere(struct agenda *agenda)
{
	struct entry_list *list = &agenda->elsewhere;
	size_t n = 0;

	if (list->n == 0 || clock_s() - agenda->looked_s < LOOK_INTERVAL_S)
		return;
	agenda->looked_s = clock_s();
	for (size_t i = 0; i < list->n; i++) {
		struct agenda_entry *entry = list->items[i];

		refresh(agenda, entry);
		if (trial_has_ended(entry->state))
			entry->phase = ENTRY_UNWANTED;
		else
			come_back(agenda, entry);
		if (entry->phase == ENTRY_ELSEWHERE)
			list->items[n++] = entry;
	}
	list->n = n;
}

/* --- the source --- */

static int shortest_first(const void *a, const void *b)
{
	const struct agenda_entry *x = *(struct agenda_entry *const *)a;
	const struct agenda_entry *y = *(struct agenda_entry *const *)b;

	if (x->job.cost != y->job.cost)
		return x->job.cost < y->job.cost ? -1 : 1;
	return -strcmp(x->trial->key, y->trial->key);
}

static void sort(struct agenda *agenda)
{
	struct entry_list *list = &agenda->waiting;

	if (agenda->unsorted)
		qsort(list->items, list->n, sizeof(struct agenda_entry *), shortest_first);
	agenda->unsorted = false;
}

static const struct pool_job *take(struct agenda *agenda, size_t index)
{
	struct entry_list *list = &agenda->waiting;
	struct agenda_entry *entry = list->items[index];
	const struct agenda_orders *o = &agenda->orders;

	list->n--;
	memmove(&list->items[index], &list->items[index + 1],
		(list->n - index) * sizeof(struct agenda_entry *));
	entry->phase = ENTRY_RUNNING;
	agenda->n_started++;
	if (o->arguments)
		entry->job.arguments = o->arguments(o->context, entry->trial, &agenda->arena);
	return &entry->job;
}

static enum pool_offer next(void *context, double room_s, const struct pool_job **job)
{
	struct agenda *agenda = context;
	const struct entry_list *list = &agenda->waiting;
	size_t limit = agenda->orders.limit;

	look_elsewhere(agenda);
	sort(agenda);
	if (agenda->result || (limit > 0 && agenda->n_started >= limit))
		return POOL_END;
	for (size_t i = list->n; i-- > 0;)
		if (list->items[i]->job.cost <= room_s) {
			*job = take(agenda, i);
			return POOL_JOB;
		}
	return list->n > 0 ? POOL_TOO_LONG : POOL_END;
}

/* Another process has it: it may run there, or has ended there by now. */
static void leave(struct agenda *agenda, struct agenda_entry *entry)
{
	bool over = trial_has_ended(entry->state);

	agenda->n_started--;
	entry->phase = over ? ENTRY_UNWANTED : ENTRY_ELSEWHERE;
	if (!over)
		entry_list_add(&agenda->elsewhere, entry);
}

static void ended(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct agenda *agenda = context;
	struct agenda_entry *entry = agenda->of_trial[job->trial->position];

	entry->phase = ENTRY_ENDED;
	refresh(agenda, entry);
	if (!end)
		leave(agenda, entry);
}

struct pool_source agenda_source(struct agenda *agenda)
{
	return (struct pool_source){agenda, next, ended};
}

int agenda_result(const struct agenda *agenda, struct error *err)
{
	if (agenda->result)
		*err = agenda->err;
	return agenda->result;
}

/* --- for people --- */

/* Jobs that wait and may start yet. */
static size_t count_left(const struct agenda *agenda)
{
	size_t limit = agenda->orders.limit, n = agenda->waiting.n;

	return limit > 0 && n > limit - agenda->n_started ? limit - agenda->n_started : n;
}

static bool has_started(const struct agenda_entry *entry)
{
	return entry->phase == ENTRY_RUNNING || entry->phase == ENTRY_ENDED;
}

void agenda_each_job(struct agenda *agenda,
		     void (*each)(void *context, const struct pool_job *job, bool started),
		     void *context)
{
	const struct entry_list *waiting = &agenda->waiting;
	size_t left = count_left(agenda);

	sort(agenda);
	for (size_t i = 0; i < agenda->entries.n; i++)
		if (has_started(agenda->entries.items[i]))
			each(context, &agenda->entries.items[i]->job, true);
	for (size_t i = 0; i < left; i++)
		each(context, &waiting->items[waiting->n - 1 - i]->job, false);
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
