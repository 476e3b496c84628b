/* SPDX-License-Identifier: MIT
 *
 * plan: what a sweep would train.  Nothing is trained, and nothing written but caches; the store is
 * read for states where it is there, the calibration for times.
 */
#include "cmd/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cores.h"
#include "base/json.h"
#include "cmd/plan_memory.h"
#include "cmd/sweep_store.h"
#include "sweep/agenda.h"
#include "sweep/makespan.h"

struct plan {
	struct sweep *sweep;
	struct agenda *agenda;
	struct plan_memory memory;
	double *seconds; /* of each trial, as it would be with `jobs` at once */
	int threads, jobs;
	size_t measured; /* measurements behind the seconds; 0: uncalibrated */
};

struct totals {
	size_t by_state[TRIAL_N_STATES];
	double flops, flops_optimizer;
	double seconds, seconds_left; /* sums over trials */
	double wall, wall_left;	      /* on the clock */
};

/* Its trials, those that the tuning has asked for included, and how they stand. */
static int read_states(struct plan *plan, const char *path, struct error *err)
{
	struct store *store = NULL;
	int result = 0;

	if (access(path, F_OK) == 0)
		result = store_open(&store, path, STORE_READ, err);
	if (!result)
		result = agenda_new(&plan->agenda, plan->sweep, store, err);
	store_close(store);
	return result;
}

static enum trial_state state_of(const struct plan *plan, size_t trial)
{
	return agenda_state(plan->agenda, trial);
}

static void estimate(struct plan *plan)
{
	struct calibration known;
	struct cost_model *model;
	int at_once = cores_at_once(plan->jobs, plan->sweep->n_trials);

	calibration_load(&known);
	model = cost_model_new(known.rows, known.n);
	plan->measured = known.n;
	for (size_t i = 0; i < plan->sweep->n_trials; i++) {
		const struct trial *trial = plan->sweep->trials[i];
		struct cost_shape shape = cost_shape_of(trial, plan->threads, at_once);
		size_t measured = cost_model_measured(model, &shape);

		plan->seconds[i] = cost_model_seconds(model, trial, &shape);
		if (measured < plan->measured)
			plan->measured = measured;
	}
	cost_model_free(model);
	calibration_release(&known);
}

static bool is_left(const struct plan *plan, size_t trial)
{
	return trial_is_missing(state_of(plan, trial));
}

/* On the clock, of all trials or of those that are left. */
static double wall_seconds(const struct plan *plan, bool left)
{
	double *seconds = xcalloc(plan->sweep->n_trials, sizeof(*seconds)), wall;
	size_t n = 0;

	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		if (!left || is_left(plan, i))
			seconds[n++] = plan->seconds[i];
	wall = makespan(seconds, n, (size_t)plan->jobs);
	free(seconds);
	return wall;
}

/* Of all steps. */
static double optimizer_flops(const struct trial *trial)
{
	return trial->optimizer_flops.spent * (double)trial->steps;
}

static struct totals add_up(const struct plan *plan)
{
	struct totals totals = {0};

	for (size_t i = 0; i < plan->sweep->n_trials; i++) {
		const struct trial *trial = plan->sweep->trials[i];

		totals.by_state[state_of(plan, i)]++;
		totals.flops += trial->flops;
		totals.flops_optimizer += optimizer_flops(trial);
		totals.seconds += plan->seconds[i];
		if (is_left(plan, i))
			totals.seconds_left += plan->seconds[i];
	}
	totals.wall = wall_seconds(plan, false);
	totals.wall_left = wall_seconds(plan, true);
	return totals;
}

/* --- the table --- */

static int label_width(const struct sweep *sweep)
{
	size_t width = strlen("trial");
	struct text label = {0};

	for (size_t i = 0; i < sweep->n_trials; i++) {
		text_clear(&label);
		trial_label(sweep->trials[i], &label);
		if (label.length > width)
			width = label.length;
	}
	text_release(&label);
	return (int)width;
}

static void print_trial(const struct plan *plan, size_t index, int width)
{
	const struct trial *trial = plan->sweep->trials[index];
	const struct model_config *model = &trial->options.model;
	struct text label = {0}, size = {0}, seed = {0};
	char params[SHORT_TEXT], tokens[SHORT_TEXT], memory[SHORT_TEXT], seconds[SHORT_TEXT];

	trial_label(trial, &label);
	text_printf(&seed, "%lld", (long long)trial->init_seed);
	if (trial->data_seed != trial->init_seed)
		text_printf(&seed, "/%lld", (long long)trial->data_seed);
	text_printf(&size, "%lldx%lld", (long long)model->d_model, (long long)model->n_layers);
	printf("%-*s  %-8s %4s %7s %7s %7lld %7lld %9.2e %9s  %-12s %s\n", width, label.data,
	       size.data, seed.data, format_si(params, trial->model->costs.params),
	       format_si(tokens, (double)trial->tokens),
	       (long long)trial->options.train.batch_tokens, (long long)trial->steps, trial->flops,
	       format_bytes(memory, (double)plan->memory.peaks[index]),
	       format_duration(seconds, plan->seconds[index]),
	       trial_state_name(state_of(plan, index)));
	text_release(&label);
	text_release(&size);
	text_release(&seed);
}

static void print_times(const struct plan *plan, const struct totals *totals)
{
	char wall[SHORT_TEXT], left[SHORT_TEXT], sum[SHORT_TEXT];

	printf("\nabout %s with %d job%s, %s of it left; %s one after the other\n",
	       format_duration(wall, totals->wall), plan->jobs, plan->jobs == 1 ? "" : "s",
	       format_duration(left, totals->wall_left), format_duration(sum, totals->seconds));
	if (plan->measured)
		printf("(from %zu measurements here)\n", plan->measured);
	else
		printf("(uncalibrated: 'muon-sweep bench --calibrate' measures this machine)\n");
}

static void print_totals(const struct plan *plan)
{
	struct totals totals = add_up(plan);
	int n = 0;

	printf("\n%s: %zu trial%s, %.3g model FLOPs, %.3g of optimizers\n", plan->sweep->name,
	       plan->sweep->n_trials, plan->sweep->n_trials == 1 ? "" : "s", totals.flops,
	       totals.flops_optimizer);
	for (int state = 0; state < TRIAL_N_STATES; state++)
		if (totals.by_state[state])
			printf("%s%zu %s", n++ ? "  " : "", totals.by_state[state],
			       trial_state_name((enum trial_state)state));
	print_times(plan, &totals);
}

static void print_table(const struct plan *plan)
{
	int width = label_width(plan->sweep);

	printf("%-*s  %-8s %4s %7s %7s %7s %7s %9s %9s  %-12s %s\n", width, "trial", "size", "seed",
	       "params", "tokens", "batch", "steps", "FLOPs", "memory", "time", "state");
	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		print_trial(plan, i, width);
	print_totals(plan);
	plan_memory_print(&plan->memory);
}

/* --- JSON --- */

static void add_trial(struct json *j, const struct plan *plan, size_t index)
{
	const struct trial *trial = plan->sweep->trials[index];

	json_open(j, NULL, '{');
	json_text(j, "trial_key", trial->key);
	json_text(j, "optimizer", trial->optimizer->name);
	json_text(j, "label", trial->label);
	json_text(j, "tuned", trial->tuned);
	json_real(j, "lr", trial_option(trial, "lr"));
	json_integer(j, "d_model", trial->options.model.d_model);
	json_integer(j, "n_layers", trial->options.model.n_layers);
	json_real(j, "params", trial->model->costs.params);
	json_integer(j, "tokens", trial->tokens);
	json_integer(j, "batch_tokens", trial->options.train.batch_tokens);
	json_integer(j, "micro_batch_tokens", trial->options.train.micro_batch_tokens);
	json_integer(j, "steps", trial->steps);
	json_integer(j, "init_seed", trial->init_seed);
	json_integer(j, "data_seed", trial->data_seed);
	json_real(j, "budget_flops", trial->budget_flops);
	json_real(j, "flops", trial->flops);
	json_real(j, "flops_optimizer", optimizer_flops(trial));
	json_real(j, "seconds_estimated", plan->seconds[index]);
	json_integer(j, "peak_bytes", (int64_t)plan->memory.peaks[index]);
	json_text(j, "state", trial_state_name(state_of(plan, index)));
	json_close(j, '}');
}

static void add_totals(struct json *j, const struct plan *plan)
{
	struct totals totals = add_up(plan);

	json_open(j, "totals", '{');
	json_integer(j, "trials", (int64_t)plan->sweep->n_trials);
	json_open(j, "states", '{');
	for (int state = 0; state < TRIAL_N_STATES; state++)
		json_integer(j, trial_state_name((enum trial_state)state),
			     (int64_t)totals.by_state[state]);
	json_close(j, '}');
	json_real(j, "flops", totals.flops);
	json_real(j, "flops_optimizer", totals.flops_optimizer);
	json_real(j, "seconds_estimated", totals.seconds);
	json_real(j, "seconds_left", totals.seconds_left);
	json_real(j, "wall_seconds", totals.wall);
	json_real(j, "wall_seconds_left", totals.wall_left);
	json_integer(j, "peak_bytes", (int64_t)plan->memory.largest);
	json_integer(j, "jobs", plan->jobs);
	json_integer(j, "threads", plan->threads);
	json_bool(j, "calibrated", plan->measured > 0);
	json_close(j, '}');
}

static void print_json(const struct plan *plan)
{
	struct json j = {0};

	json_open(&j, NULL, '{');
	json_text(&j, "sweep", plan->sweep->name);
	json_open(&j, "trials", '[');
	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		add_trial(&j, plan, i);
	json_close(&j, ']');
	add_totals(&j, plan);
	json_open(&j, "dropped", '[');
	for (size_t i = 0; i < plan->sweep->n_dropped; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "reason", plan->sweep->dropped[i].reason);
		json_integer(&j, "cells", (int64_t)plan->sweep->dropped[i].n);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	puts(j.text.data);
	json_release(&j);
}

static void print(struct plan *plan, struct command_line *line)
{
	const struct sweep *sweep = plan->sweep;

	sweep_tell(sweep);
	plan->seconds = arena_alloc(&line->arena, sweep->n_trials * sizeof(*plan->seconds));
	plan_memory_find(&plan->memory, sweep, plan->jobs, plan->threads, &line->arena);
	plan_memory_warn(&plan->memory);
	estimate(plan);
	if (line->common.json)
		print_json(plan);
	else
		print_table(plan);
}

int plan_print(struct command_line *line, int threads, int jobs, struct error *err)
{
	struct plan plan = {.threads = threads, .jobs = jobs};
	int result = sweep_load(&plan.sweep, line->arguments[0], line->common.settings,
				line->common.n_settings, err);

	if (!result)
		result = read_states(&plan, line->common.db, err);
	if (!result)
		print(&plan, line);
	agenda_free(plan.agenda);
	sweep_free(plan.sweep);
	return result;
}

struct plan_options {
	int64_t jobs, threads;
};

#define FIELD(name) offsetof(struct plan_options, name)

static const struct key options[] = {
	{"jobs", KEY_INTEGER, FIELD(jobs), 0, 4096, 0, NULL, "0", "J",
	 "times for so many trials at once; 0: as 'run' does"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "times for so many threads inside a trial"},
};

static int run(struct command_line *line, struct error *err)
{
	const struct plan_options *o = line->options;
	int threads = (int)o->threads;

	return plan_print(line, threads, o->jobs ? (int)o->jobs : cores_jobs(threads), err);
}

const struct command cmd_plan = {
	.name = "plan",
	.arguments = "SPEC",
	.min_arguments = 1,
	.max_arguments = 1,
	.summary = "every trial of a sweep: size, steps, FLOPs, memory, time, state in the store",
	.examples = "muon-sweep plan quickstart\n"
		    "muon-sweep plan study.yaml -s train.batch_tokens=4k --json\n",
	.details = "SPEC is a sweep file or the name of a preset; 'muon-sweep help spec' explains "
		   "it.\n"
		   "Nothing is trained.  Times are estimated from what was measured here by 'bench "
		   "--calibrate' and by\ntrials that ran; evaluation is included.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct plan_options),
	.run = run,
};
