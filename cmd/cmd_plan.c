/* SPDX-License-Identifier: MIT
 *
 * plan: what a sweep would train.  Nothing is trained and nothing written; the store is read for
 * states and speeds where it is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/command.h"
#include "cmd/plan_memory.h"
#include "cmd/sweep_store.h"
#include "sweep/estimate.h"

struct plan {
	const struct sweep *sweep;
	enum trial_state *states;
	struct estimate estimate;
	struct plan_memory memory;
};

struct totals {
	size_t by_state[TRIAL_N_STATES];
	double flops, flops_optimizer, seconds, seconds_left;
};

static int read_store(struct plan *plan, const char *path, struct error *err)
{
	struct observations measured = {0};
	struct store_query query = {.where = "state = 'done'"};
	struct store *store;
	int result = store_open(&store, path, STORE_READ, err);

	if (result)
		return result;
	for (size_t i = 0; i < plan->sweep->n_trials && !result; i++) {
		struct trial_status status;

		result = store_trial_status(store, plan->sweep->trials[i].key, &status, err);
		plan->states[i] = status.state;
	}
	if (!result)
		result = store_observations(store, &query, &measured, err);
	if (!result)
		plan->estimate = estimate_from(&measured);
	observations_release(&measured);
	store_close(store);
	return result;
}

static struct totals add_up(const struct plan *plan)
{
	struct totals totals = {0};

	for (size_t i = 0; i < plan->sweep->n_trials; i++) {
		const struct trial *trial = &plan->sweep->trials[i];
		double seconds = estimate_seconds(&plan->estimate, trial);

		totals.by_state[plan->states[i]]++;
		totals.flops += trial->flops;
		totals.flops_optimizer += trial->optimizer_flops.spent;
		totals.seconds += seconds;
		if (plan->states[i] != TRIAL_done && plan->states[i] != TRIAL_diverged)
			totals.seconds_left += seconds;
	}
	return totals;
}

/* --- the table --- */

static int label_width(const struct sweep *sweep)
{
	size_t width = strlen("trial");
	struct text label = {0};

	for (size_t i = 0; i < sweep->n_trials; i++) {
		text_clear(&label);
		trial_label(&sweep->trials[i], &label);
		if (label.length > width)
			width = label.length;
	}
	text_release(&label);
	return (int)width;
}

static void print_trial(const struct plan *plan, size_t index, int width)
{
	const struct trial *trial = &plan->sweep->trials[index];
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
	       format_duration(seconds, estimate_seconds(&plan->estimate, trial)),
	       trial_state_name(plan->states[index]));
	text_release(&label);
	text_release(&size);
	text_release(&seed);
}

static void print_totals(const struct plan *plan)
{
	struct totals totals = add_up(plan);
	int n = 0;
	char seconds[SHORT_TEXT], left[SHORT_TEXT];

	printf("\n%s: %zu trial%s, %.3g model FLOPs, %.3g of optimizers\n", plan->sweep->name,
	       plan->sweep->n_trials, plan->sweep->n_trials == 1 ? "" : "s", totals.flops,
	       totals.flops_optimizer);
	for (int state = 0; state < TRIAL_N_STATES; state++)
		if (totals.by_state[state])
			printf("%s%zu %s", n++ ? "  " : "", totals.by_state[state],
			       trial_state_name((enum trial_state)state));
	printf("\nabout %s on one thread, %s of it left ", format_duration(seconds, totals.seconds),
	       format_duration(left, totals.seconds_left));
	if (plan->estimate.measured)
		printf("(from %zu trials measured here)\n", plan->estimate.measured);
	else
		printf("(uncalibrated)\n");
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
	const struct trial *trial = &plan->sweep->trials[index];

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
	json_real(j, "flops_optimizer", trial->optimizer_flops.spent);
	json_real(j, "seconds_estimated", estimate_seconds(&plan->estimate, trial));
	json_integer(j, "peak_bytes", (int64_t)plan->memory.peaks[index]);
	json_text(j, "state", trial_state_name(plan->states[index]));
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
	json_integer(j, "peak_bytes", (int64_t)plan->memory.largest);
	json_bool(j, "calibrated", plan->estimate.measured > 0);
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

/* `run --dry-run` comes here with options of its own: only the common ones may be read. */
static int run(struct command_line *line, struct error *err)
{
	struct plan plan = {.estimate = {1, 0}};
	struct sweep *sweep;
	int result = sweep_load(&sweep, line->arguments[0], line->common.settings,
				line->common.n_settings, err);

	if (result)
		return result;
	plan.sweep = sweep;
	plan.states = arena_alloc(&line->arena, sweep->n_trials * sizeof(*plan.states));
	if (access(line->common.db, F_OK) == 0)
		result = read_store(&plan, line->common.db, err);
	if (!result) {
		sweep_tell(sweep);
		plan_memory_find(&plan.memory, sweep, &line->arena);
		plan_memory_warn(&plan.memory);
		if (line->common.json)
			print_json(&plan);
		else
			print_table(&plan);
	}
	sweep_free(sweep);
	return result;
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
		   "Nothing is trained.  Times are of one thread, evaluation included.",
	.run = run,
};
