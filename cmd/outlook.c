/* SPDX-License-Identifier: MIT
 *
 * A trial's cost is that of its steps and of its final evaluation.  Steps that it did not train
 * here, because it went on from a checkpoint, are no part of its share.  The time left is that of a
 * simulation in which branches of a trunk wait for their forks, as `plan` has it.
 */
#include "cmd/outlook.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "sweep/makespan.h"

#define LOOK_S	   1.0
#define CHANGE_S   0.2	/* where a trial began or ended */
#define PRIOR_S	   1.0	/* seconds of work for which the estimate stands before the pace does */
#define SEEN_SHARE 0.02 /* of its steps: from there on a trial's own pace counts */

void outlook_release(struct outlook *o)
{
	free(o->slots);
}

size_t outlook_jobs(const struct outlook *o)
{
	return o->n_ended + o->n_running + o->n_waiting;
}

static double final_seconds(struct outlook *o, const struct pool_job *job)
{
	struct cost_shape shape;

	if (!o->costs || !job->trial)
		return 0;
	shape = cost_shape_of(job->trial, o->threads, o->jobs);
	return fmin(cost_model_parts(o->costs, &shape).eval * cost_final_tokens(job->trial),
		    job->cost);
}

/* Seconds that a second of the estimate takes. */
static double pace(const struct outlook *o)
{
	double spent = o->spent_ended_s, done = o->cost_ended, now = clock_s();

	for (size_t i = 0; i < o->n_slots; i++)
		if (o->slots[i].job) {
			spent += now - o->slots[i].started_s;
			done += o->slots[i].job->cost * o->slots[i].share;
		}
	return (spent + PRIOR_S) / (done + PRIOR_S);
}

static double step_share(const struct pool_slot *slot)
{
	double steps = (double)(slot->progress.steps - slot->resumed),
	       done = (double)(slot->progress.step - slot->resumed);

	return steps > 0 ? fmin(fmax(done / steps, 0), 1) : 0;
}

static double flops_of(const struct pool_job *job)
{
	return job->trial ? job->trial->flops : 0;
}

static void look_at(struct outlook *o, struct outlook_slot *s, const struct pool_slot *slot)
{
	double now = clock_s(), steps = step_share(slot), final, steps_left, final_left, share;

	if (s->job != slot->job || s->started_s != slot->started_s)
		*s = (struct outlook_slot){.job = slot->job,
					   .started_s = slot->started_s,
					   .final_s = slot->job ? final_seconds(o, slot->job) : 0};
	if (!slot->job)
		return;
	if (slot->progress.evaluating && s->evaluating_s <= 0)
		s->evaluating_s = now;
	final = s->final_s * pace(o);
	steps_left = (slot->job->cost - s->final_s) * pace(o) * (1 - steps);
	if (steps > SEEN_SHARE && slot->heard_s > 0)
		steps_left = (now - slot->heard_s) * (1 - steps) / steps;
	final_left = s->evaluating_s > 0 ? fmax(final - (now - s->evaluating_s), 0) : final;
	share = (slot->job->cost - s->final_s) * steps;
	share += s->final_s * (final > 0 ? 1 - final_left / final : 0);
	s->share = slot->job->cost > 0 ? fmax(s->share, share / slot->job->cost) : steps;
	s->left_s = steps_left + final_left;
	if (slot->progress.steps > 0)
		s->flops = flops_of(slot->job) * (double)slot->progress.step /
			   (double)slot->progress.steps;
}

/* --- the whole --- */

struct sum {
	const struct outlook *of;
	struct makespan_job *jobs; /* those that run, by slot, then those that wait, by rank */
	size_t n, n_running, capacity;
	double pace;
	double cost, flops, shortest;
};

static struct makespan_job *add_job(struct sum *sum, double seconds, double priority)
{
	sum->jobs = grow_array(sum->jobs, &sum->capacity, sum->n + 1, sizeof(*sum->jobs));
	sum->jobs[sum->n] = (struct makespan_job){
		.seconds = seconds, .priority = priority, .after = MAKESPAN_NOTHING};
	return &sum->jobs[sum->n++];
}

/* Until so much of a running job's cost is done. */
static double seconds_until(const struct outlook_slot *s, double cost)
{
	double done = s->share * s->job->cost, left = s->job->cost - done;

	return left > 0 ? s->left_s * fmin(fmax((cost - done) / left, 0), 1) : 0;
}

/* A branch starts when its carrier has come to the fork. */
static void wait_for_carrier(const struct sum *sum, const struct agenda_waiting *waiting,
			     struct makespan_job *job)
{
	const struct outlook *o = sum->of;

	if (waiting->carrier_rank != AGENDA_RUNS) {
		job->after = sum->n_running + waiting->carrier_rank;
		job->after_s = waiting->carrier_s * sum->pace;
		return;
	}
	for (size_t i = 0, running = 0; i < o->n_slots; running += o->slots[i++].job != NULL)
		if (o->slots[i].job == waiting->carrier) {
			job->after = running;
			job->after_s = seconds_until(&o->slots[i], waiting->carrier_s);
		}
}

static void add_waiting(void *to, const struct agenda_waiting *waiting)
{
	struct sum *sum = to;
	const struct pool_job *job = waiting->job;
	struct makespan_job *added = add_job(sum, job->cost * sum->pace, waiting->priority);

	if (waiting->carrier)
		wait_for_carrier(sum, waiting, added);
	sum->cost += job->cost;
	sum->shortest = fmin(sum->shortest, job->cost);
	sum->flops += flops_of(job);
}

/* Returns the cost of what runs. */
static double add_running(struct sum *sum, struct outlook *o, double *done)
{
	double cost = 0;

	for (size_t i = 0; i < o->n_slots; i++) {
		const struct outlook_slot *s = &o->slots[i];

		if (!s->job)
			continue;
		add_job(sum, s->left_s, HUGE_VAL);
		*done += s->share * s->job->cost;
		cost += s->job->cost;
		o->flops_total += flops_of(s->job);
		o->flops_done += s->flops;
	}
	sum->n_running = sum->n;
	return cost;
}

static void sum_up(struct outlook *o)
{
	struct sum sum = {.of = o, .pace = pace(o), .shortest = HUGE_VAL};
	double done = o->cost_ended, total = done;

	o->flops_done = o->flops_total = o->flops_ended;
	total += add_running(&sum, o, &done);
	o->source.each_waiting(o->source.context, add_waiting, &sum);
	total += sum.cost;
	o->flops_total += sum.flops;
	o->n_running = sum.n_running;
	o->n_waiting = sum.n - sum.n_running;
	o->shortest_s = sum.shortest;
	o->share = total > 0 ? done / total : 0;
	o->left_s = sum.n > 0 ? makespan(sum.jobs, sum.n, (size_t)o->jobs) : 0;
	free(sum.jobs);
}

void outlook_start(struct outlook *o, const struct outlook_source *source, struct cost_model *costs,
		   int threads, int jobs)
{
	*o = (struct outlook){
		.source = *source,
		.costs = costs,
		.threads = threads,
		.jobs = jobs,
		.started_s = clock_s(),
	};
	sum_up(o);
}

void outlook_look(struct outlook *o, const struct pool_slot *slots, size_t n_slots)
{
	double now = clock_s();
	bool changed = o->n_slots != n_slots;

	if (changed) {
		free(o->slots);
		o->slots = xcalloc(n_slots + 1, sizeof(*o->slots));
		o->n_slots = n_slots;
	}
	for (size_t i = 0; i < n_slots; i++) {
		changed = changed || o->slots[i].job != slots[i].job;
		look_at(o, &o->slots[i], &slots[i]);
	}
	if (now - o->looked_s < (changed || o->changed ? CHANGE_S : LOOK_S)) {
		o->changed = o->changed || changed;
		return;
	}
	o->changed = false;
	o->looked_s = now;
	sum_up(o);
}

void outlook_ended(struct outlook *o, const struct pool_job *job, const struct pool_end *end)
{
	double reached = isfinite(end->last->flops) ? end->last->flops : 0;

	o->n_ended++;
	o->cost_ended += job->cost;
	o->spent_ended_s += end->whole_s;
	o->flops_ended += end->state == TRIAL_done ? flops_of(job) : reached;
	for (size_t i = 0; i < o->n_slots; i++)
		if (o->slots[i].job == job)
			o->slots[i] = (struct outlook_slot){.job = NULL};
	sum_up(o);
}

void outlook_refresh(struct outlook *o)
{
	for (size_t i = 0; i < o->n_slots; i++)
		o->slots[i] = (struct outlook_slot){.job = NULL};
	sum_up(o);
}
