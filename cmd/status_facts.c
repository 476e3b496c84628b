/* SPDX-License-Identifier: MIT */
#include "cmd/status_facts.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cmd/run_command.h"
#include "results/store_protocol.h"
#include "sweep/makespan.h"

static const char *copy(struct status_facts *facts, const char *text)
{
	return text ? arena_strdup(&facts->arena, text) : NULL;
}

static void add_running(const struct trial_running *running, void *context)
{
	struct status_facts *f = context;
	struct trial_running *r;

	f->running =
		grow_array(f->running, &f->running_capacity, f->n_running + 1, sizeof(*f->running));
	r = &f->running[f->n_running++];
	*r = *running;
	r->trial_key = copy(f, r->trial_key);
	r->label = copy(f, r->label);
	r->sweep = copy(f, r->sweep);
	r->host = copy(f, r->host);
	f->n_alive += !r->stale;
}

static void add_failure(const struct trial_failure *failure, void *context)
{
	struct status_facts *f = context;
	struct trial_failure *r;

	f->failures = grow_array(f->failures, &f->failures_capacity, f->n_failures + 1,
				 sizeof(*f->failures));
	r = &f->failures[f->n_failures++];
	*r = *failure;
	r->trial_key = copy(f, r->trial_key);
	r->label = copy(f, r->label);
	r->sweep = copy(f, r->sweep);
	r->reason = copy(f, r->reason);
	r->log = copy(f, r->log);
}

static void add_origin(const struct trial_origin *origin, void *context)
{
	struct status_facts *f = context;
	struct trial_origin *r;

	f->origins =
		grow_array(f->origins, &f->origins_capacity, f->n_origins + 1, sizeof(*f->origins));
	r = &f->origins[f->n_origins++];
	*r = *origin;
	r->sweep = copy(f, r->sweep);
	r->label = copy(f, r->label);
	r->origin = copy(f, r->origin);
}

/* --- time left --- */

struct left {
	struct makespan_job *jobs;
	size_t n, capacity;
	double sum;
};

static void add_left(void *context, double seconds)
{
	struct left *left = context;

	left->jobs = grow_array(left->jobs, &left->capacity, left->n + 1, sizeof(*left->jobs));
	left->jobs[left->n++] = (struct makespan_job){
		.seconds = seconds, .priority = seconds, .after = MAKESPAN_NOTHING};
	left->sum += seconds;
}

static int find_left(struct status_facts *f, struct store *store, const char *sweep,
		     struct error *err)
{
	struct left left = {0};
	int result = store_seconds_left(store, sweep, add_left, &left, err);

	f->work_left_s = f->left_s = left.sum;
	if (isfinite(left.sum) && left.n > 0 && f->n_alive > 0)
		f->left_s = makespan(left.jobs, left.n, f->n_alive);
	free(left.jobs);
	return result;
}

/* --- what to type next --- */

static void add_rest(struct status_facts *f, const struct protocol_sweep *sweep,
		     const struct status_rest *rest)
{
	struct text command = {0};
	struct status_rest *r;

	f->rests = grow_array(f->rests, &f->rests_capacity, f->n_rests + 1, sizeof(*f->rests));
	r = &f->rests[f->n_rests++];
	*r = *rest;
	r->sweep = copy(f, sweep->name);
	r->of_shard = sweep->shard != NULL;
	r->has_command = sweep->command != NULL;
	text_add(&command, sweep->command ? sweep->command : "muon-sweep run FILE");
	run_command_add_place(&command, f->db, sweep->shard);
	r->command = copy(f, command.data);
	text_release(&command);
}

static int find_rests(struct status_facts *f, struct store *store, const char *sweep,
		      struct error *err)
{
	struct store_protocol protocol = {0};
	int result = store_protocol_sweeps(store, sweep, &protocol, err);

	for (size_t i = 0; !result && i < protocol.n_sweeps; i++) {
		struct store_totals totals;
		struct status_rest rest = {0};

		result = store_totals(store, protocol.sweeps[i].name, &totals, err);
		if (result)
			break;
		rest.left = totals.counts[TRIAL_planned] + totals.counts[TRIAL_interrupted] +
			    totals.counts[TRIAL_running];
		rest.failed = totals.counts[TRIAL_failed];
		if (rest.left > 0 || rest.failed > 0)
			add_rest(f, &protocol.sweeps[i], &rest);
	}
	store_protocol_release(&protocol);
	return result;
}

int status_read(struct status_facts *f, struct store *store, const char *sweep, struct error *err)
{
	int result = store_totals(store, sweep, &f->totals, err);

	if (!result)
		result = store_running(store, sweep, add_running, f, err);
	if (!result)
		result = store_failures(store, sweep, add_failure, f, err);
	if (!result)
		result = store_origins(store, sweep, add_origin, f, err);
	if (!result)
		result = find_left(f, store, sweep, err);
	return result ? result : find_rests(f, store, sweep, err);
}

void status_release(struct status_facts *f)
{
	free(f->running);
	free(f->failures);
	free(f->origins);
	free(f->rests);
	arena_release(&f->arena);
}
