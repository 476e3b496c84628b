/* SPDX-License-Identifier: MIT */
#include "cmd/plan_costs.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cores.h"
#include "base/memory.h"
#include "base/text.h"
#include "sweep/makespan.h"

#define WORTH_ADVICE 0.05 /* of the FLOPs */

double trial_optimizer_flops(const struct trial *trial)
{
	return trial->optimizer_flops.spent * (double)trial->steps;
}

static double seconds_from(const struct trial *trial, const struct cost_parts *times, int64_t step)
{
	struct cost_parts amounts = cost_amounts_from(trial, step);

	return cost_seconds(times, &amounts);
}

/* The times of each trial and the measurements behind them. */
static struct cost_parts *find_times(struct plan_costs *costs, const struct sweep *sweep,
				     struct cost_model *model)
{
	struct cost_parts *times = xcalloc(sweep->n_trials + 1, sizeof(*times));
	int at_once = cores_at_once(costs->jobs, sweep->n_trials);

	for (size_t i = 0; i < sweep->n_trials; i++) {
		struct cost_shape shape = cost_shape_of(sweep->trials[i], costs->threads, at_once);
		size_t measured = cost_model_measured(model, &shape);

		times[i] = cost_model_parts(model, &shape);
		if (measured < costs->measured)
			costs->measured = measured;
	}
	return times;
}

/* A branch starts when its carrier has come to its fork. */
static void describe_job(struct plan_costs *costs, const struct sweep *sweep, size_t i,
			 const struct cost_parts *times, struct makespan_job *jobs)
{
	const struct trial *trial = sweep->trials[i], *carrier = costs->sharing.carrier[i];
	int64_t from = costs->sharing.from[i];

	costs->seconds[i] = trial->same_as ? 0 : seconds_from(trial, &times[i], from);
	jobs[i] = (struct makespan_job){costs->seconds[i], costs->seconds[i], MAKESPAN_NOTHING, 0};
	costs->flops_optimizer += trial_optimizer_flops(trial);
	costs->sum_s += costs->seconds[i];
	if (!carrier)
		return;
	jobs[i].after = carrier->position;
	jobs[i].after_s = seconds_from(carrier, &times[carrier->position], 0) -
			  seconds_from(carrier, &times[carrier->position], from);
}

/* Leaves the others out of the sums. */
static void narrow(struct sharing *sharing, const struct sweep *sweep, const bool *mine)
{
	bool *carries = xcalloc(sweep->n_trials + 1, sizeof(*carries));

	sharing->flops = sharing->flops_trained = 0;
	sharing->n_trunks = 0;
	for (size_t i = 0; i < sweep->n_trials; i++) {
		const struct trial *carrier = sharing->carrier[i];

		if (!mine[i])
			continue;
		sharing->flops += sweep->trials[i]->flops;
		sharing->flops_trained += trial_flops_from(sweep->trials[i], sharing->from[i]);
		if (carrier && !carries[carrier->position]) {
			carries[carrier->position] = true;
			sharing->n_trunks++;
		}
	}
	free(carries);
}

static void estimate_all(struct plan_costs *costs, const struct sweep *sweep, const bool *mine,
			 struct cost_model *model)
{
	struct makespan_job *jobs = xcalloc(sweep->n_trials + 1, sizeof(*jobs));
	struct cost_parts *times = find_times(costs, sweep, model);

	for (size_t i = 0; i < sweep->n_trials; i++)
		if (mine[i])
			describe_job(costs, sweep, i, times, jobs);
		else
			jobs[i] = (struct makespan_job){0, 0, MAKESPAN_NOTHING, 0};
	costs->wall_s = makespan(jobs, sweep->n_trials, (size_t)costs->jobs);
	free(times);
	free(jobs);
}

static int is_left(void *context, const struct trial *trial, enum trial_state state,
		   struct error *err)
{
	const bool *mine = context;

	(void)err;
	return mine[trial->position] && trial_is_missing(state);
}

static int estimate_left(struct plan_costs *costs, bool *mine, struct agenda *agenda,
			 const char *checkpoints, struct cost_model *model, struct error *err)
{
	const struct agenda_orders orders = {
		.wants = is_left,
		.context = mine,
		.costs = model,
		.run = {.jobs = costs->jobs, .threads = costs->threads},
		.checkpoints = checkpoints,
	};
	int result = agenda_start(agenda, &orders, err);

	costs->left_s = agenda_outlook(agenda).seconds_left;
	costs->wall_left_s = agenda_wall_seconds(agenda);
	return result;
}

int plan_costs_find(struct plan_costs *costs, const struct sweep *sweep, bool *mine,
		    struct agenda *agenda, const char *checkpoints, int jobs, int threads,
		    struct error *err)
{
	struct calibration known;
	struct cost_model *model;
	int result;

	*costs = (struct plan_costs){.jobs = jobs, .threads = threads};
	costs->seconds = xcalloc(sweep->n_trials + 1, sizeof(*costs->seconds));
	sharing_find(&costs->sharing, sweep);
	narrow(&costs->sharing, sweep, mine);
	calibration_load(&known);
	model = cost_model_new(known.rows, known.n);
	costs->measured = known.n;
	estimate_all(costs, sweep, mine, model);
	result = estimate_left(costs, mine, agenda, checkpoints, model, err);
	cost_model_free(model);
	calibration_release(&known);
	return result;
}

void plan_costs_release(struct plan_costs *costs)
{
	sharing_release(&costs->sharing);
	free(costs->seconds);
}

static double share_trained(const struct plan_costs *costs)
{
	return costs->sharing.flops_trained / costs->sharing.flops;
}

static void print_sharing(const struct sharing *sharing, double share)
{
	if (sharing->flops_trained < sharing->flops)
		printf("trained %.3g of %.3g nominal FLOPs, %.0f %%", sharing->flops_trained,
		       sharing->flops, 100 * share);
	if (sharing->n_trunks > 0)
		printf(": %zu trunk%s shared", sharing->n_trunks,
		       sharing->n_trunks == 1 ? " is" : "s are");
	if (sharing->flops_trained < sharing->flops)
		printf("\n");
}

static void print_advice(const struct sweep *sweep)
{
	struct sharing_advice advice = sharing_advise(sweep);

	if (advice.flops_saved >= WORTH_ADVICE)
		printf("a warm-up of %lld tokens for all instead of %g %% of each would let "
		       "horizons share trunks and save %.0f %% of the FLOPs\n",
		       (long long)advice.warmup_tokens, 100 * advice.warmup,
		       100 * advice.flops_saved);
}

void plan_costs_print(const struct plan_costs *costs, const struct sweep *sweep)
{
	char wall[SHORT_TEXT], left[SHORT_TEXT], sum[SHORT_TEXT];

	print_sharing(&costs->sharing, share_trained(costs));
	if (costs->left_s > 0)
		print_advice(sweep);
	printf("about %s with %d job%s, %s of it left; %s one after the other\n",
	       format_duration(wall, costs->wall_s), costs->jobs, costs->jobs == 1 ? "" : "s",
	       format_duration(left, costs->wall_left_s), format_duration(sum, costs->sum_s));
	if (costs->measured)
		printf("(from %zu measurement%s here)\n", costs->measured,
		       costs->measured == 1 ? "" : "s");
	else
		printf("(uncalibrated: 'muon-sweep bench --calibrate' measures this machine)\n");
}

void plan_costs_add(const struct plan_costs *costs, struct json *j)
{
	json_real(j, "flops", costs->sharing.flops);
	json_real(j, "flops_trained", costs->sharing.flops_trained);
	json_integer(j, "trunks_shared", (int64_t)costs->sharing.n_trunks);
	json_real(j, "flops_optimizer", costs->flops_optimizer);
	json_real(j, "seconds_estimated", costs->sum_s);
	json_real(j, "seconds_left", costs->left_s);
	json_real(j, "wall_seconds", costs->wall_s);
	json_real(j, "wall_seconds_left", costs->wall_left_s);
}
