/* SPDX-License-Identifier: MIT
 *
 * Which job is the next: the one on which the longest way to an end hangs, so that no long one is
 * left over at the end.
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
#include "sweep/checkpoint_folder.h"
#include "sweep/register.h"

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

	entry->times = cost_model_parts(o->costs, &shape);
}

static void describe_job(struct agenda *agenda, struct agenda_entry *entry)
{
	struct text title = {0};

	trial_title(entry->trial, &title);
	entry->job.trial_key = entry->trial->key;
	entry->job.title = arena_strdup(&agenda->arena, text_string(&title));
	entry->job.trial = entry->trial;
	entry->job.failed_before = entry->state == TRIAL_failed;
	text_release(&title);
}

/* A trial that was never started has none. */
static int64_t find_own_step(const struct agenda *agenda, const struct agenda_entry *entry)
{
	const struct trial *trial = entry->trial;
	const char *folder = agenda->orders.checkpoints;

	return folder && entry->state != TRIAL_planned
		       ? checkpoint_newest(folder, trial->key, trial->steps)
		       : 0;
}

static void line_up(struct agenda *agenda, struct agenda_entry *entry)
{
	entry->own_step = find_own_step(agenda, entry);
	entry->phase = ENTRY_WAITING;
	entry_list_add(&agenda->waiting, entry);
}

/* A diverged trial is claimed by nobody, unless it is asked for; then it starts over, or from its
 * trunk, which other horizons may start from too and which has the same numbers.  Another process
 * may have asked before. */
static int forget_divergence(struct agenda *agenda, struct agenda_entry *entry, struct error *err)
{
	const char *key = entry->trial->key;
	struct trial_status now;
	int result;

	if (entry->state != TRIAL_diverged)
		return 0;
	result = store_trial_status(agenda->store, key, &now, err);
	if (result)
		return result;
	entry->state = now.state;
	if (now.state != TRIAL_diverged)
		return 0;
	entry->state = TRIAL_planned;
	result = store_requeue(agenda->store, key, err);
	if (!result && agenda->orders.checkpoints)
		checkpoint_remove_all(agenda->orders.checkpoints, key);
	return result;
}

static int make_job(struct agenda *agenda, struct agenda_entry *entry, struct error *err)
{
	int result = forget_divergence(agenda, entry, err);

	describe_job(agenda, entry);
	line_up(agenda, entry);
	return result;
}

/* Of what is wanted of the entries from the n-th on. */
static int make_wanted_jobs(struct agenda *agenda, size_t from, struct error *err)
{
	for (size_t i = from; i < agenda->entries.n; i++) {
		int wanted = is_wanted(agenda, agenda->entries.items[i], err);

		if (wanted > 0)
			wanted = make_job(agenda, agenda->entries.items[i], err);
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
	agenda_join_trunks(agenda, 0);
	result = make_wanted_jobs(agenda, 0, err);
	agenda->at_once = cores_at_once(orders->run.jobs, within_limit(agenda, agenda->waiting.n));
	for (size_t i = 0; i < agenda->waiting.n; i++)
		estimate(agenda, agenda->waiting.items[i]);
	agenda_place_waiting(agenda, 0);
	return result;
}

/* --- what the tuning adds --- */

static int welcome(struct agenda *agenda, size_t n_trials, size_t n_entries, struct error *err)
{
	size_t n_waiting = agenda->waiting.n;
	int result = sweep_register_added(agenda->sweep, n_trials, agenda->store, err);

	agenda_join_trunks(agenda, n_entries);
	if (!result)
		result = make_wanted_jobs(agenda, n_entries, err);
	for (size_t i = n_waiting; i < agenda->waiting.n; i++)
		estimate(agenda, agenda->waiting.items[i]);
	agenda_place_waiting(agenda, n_waiting);
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

/* The first error sticks. */
static void keep_error(struct agenda *agenda, int result, const struct error *err)
{
	if (!result || agenda->result)
		return;
	agenda->result = result;
	agenda->err = *err;
}

/* The store knows more of an entry than the agenda. */
static void hear_of(struct agenda *agenda, struct agenda_entry *entry)
{
	struct error err = ERROR_INIT;
	int result = agenda_refresh(agenda, entry, &err);

	if (!result && trial_has_ended(entry->state))
		result = advance(agenda, &err);
	keep_error(agenda, result, &err);
}

/* --- what runs elsewhere --- */

static void come_back(struct agenda *agenda, struct agenda_entry *entry)
{
	struct error err = ERROR_INIT;
	bool is_free = false;
	int result = store_is_free(agenda->store, entry->trial->key, &agenda->orders.run, &is_free,
				   &err);

	keep_error(agenda, result, &err);
	if (!is_free)
		return;
	line_up(agenda, entry);
	agenda_place(agenda, entry);
}

/* Its trunk goes another way from now on, or is not needed any more. */
static void tell_trunk(struct agenda *agenda, struct agenda_entry *entry)
{
	if (!entry->trunk)
		return;
	agenda_place_trunk(agenda, entry->trunk);
	agenda_tidy_trunk(agenda, entry->trunk);
}

static void look_elsewhere(struct agenda *agenda)
{
	struct entry_list *list = &agenda->elsewhere;
	size_t n = 0;

	if (list->n == 0 || clock_s() - agenda->looked_s < agenda->look_interval_s)
		return;
	agenda->looked_s = clock_s();
	for (size_t i = 0; i < list->n; i++) {
		struct agenda_entry *entry = list->items[i];

		hear_of(agenda, entry);
		if (trial_has_ended(entry->state)) {
			entry->phase = ENTRY_UNWANTED;
			tell_trunk(agenda, entry);
		} else {
			come_back(agenda, entry);
		}
		if (entry->phase == ENTRY_ELSEWHERE)
			list->items[n++] = entry;
	}
	list->n = n;
}

/* --- the source --- */

static int least_first(const void *a, const void *b)
{
	const struct agenda_entry *x = *(struct agenda_entry *const *)a;
	const struct agenda_entry *y = *(struct agenda_entry *const *)b;

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return -strcmp(x->trial->key, y->trial->key);
}

void agenda_sort(struct agenda *agenda)
{
	struct entry_list *list = &agenda->waiting;

	if (agenda->unsorted)
		qsort(list->items, list->n, sizeof(struct agenda_entry *), least_first);
	agenda->unsorted = false;
}

static const struct pool_job *start_job(struct agenda *agenda, size_t index)
{
	struct entry_list *list = &agenda->waiting;
	struct agenda_entry *entry = list->items[index];
	const struct agenda_orders *o = &agenda->orders;

	list->n--;
	memmove(&list->items[index], &list->items[index + 1],
		(list->n - index) * sizeof(struct agenda_entry *));
	entry->phase = ENTRY_RUNNING;
	agenda->n_started++;
	agenda_promise_forks(agenda, entry);
	if (entry->trunk)
		agenda_place_trunk(agenda, entry->trunk);
	if (o->arguments)
		entry->job.arguments = o->arguments(o->context, entry->trial, entry->forks,
						    entry->n_forks, &agenda->arena);
	return &entry->job;
}

/* The place of the first that may start, in so much time; `n` of the list: there is none. */
static size_t find_ready(const struct entry_list *list, double room_s)
{
	for (size_t i = list->n; i-- > 0;)
		if (!list->items[i]->awaits && list->items[i]->job.cost <= room_s)
			return i;
	for (size_t i = list->n; i-- > 0;)
		if (list->items[i]->awaits && agenda_start_alone(list->items[i], room_s))
			return i;
	return list->n;
}

static enum pool_offer offer_job(void *context, double room_s, const struct pool_job **job)
{
	struct agenda *agenda = context;
	const struct entry_list *list = &agenda->waiting;
	size_t limit = agenda->orders.limit, ready;

	look_elsewhere(agenda);
	agenda_watch_trunks(agenda);
	agenda_sort(agenda);
	if (agenda->result || (limit > 0 && agenda->n_started >= limit))
		return POOL_END;
	ready = find_ready(list, room_s);
	if (ready < list->n) {
		*job = start_job(agenda, ready);
		return POOL_JOB;
	}
	if (agenda_waits_for_others(agenda, room_s))
		return POOL_WAIT;
	return list->n > 0 ? POOL_TOO_LONG : POOL_END;
}

/* Another process has it: it may run there, or has ended there by now. */
static void leave_to_others(struct agenda *agenda, struct agenda_entry *entry)
{
	bool over = trial_has_ended(entry->state);

	agenda->n_started--;
	entry->phase = over ? ENTRY_UNWANTED : ENTRY_ELSEWHERE;
	if (!over)
		entry_list_add(&agenda->elsewhere, entry);
}

static void hear_of_end(void *context, const struct pool_job *job, const struct pool_end *end)
{
	struct agenda *agenda = context;
	struct agenda_entry *entry = agenda->of_trial[job->trial->position];

	entry->phase = ENTRY_ENDED;
	hear_of(agenda, entry);
	if (!end)
		leave_to_others(agenda, entry);
	tell_trunk(agenda, entry);
}

struct pool_source agenda_source(struct agenda *agenda)
{
	return (struct pool_source){agenda, offer_job, hear_of_end};
}

int agenda_result(const struct agenda *agenda, struct error *err)
{
	if (agenda->result)
		*err = agenda->err;
	return agenda->result;
}
