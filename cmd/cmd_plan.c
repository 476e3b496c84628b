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
#include "base/memory.h"
#include "cmd/plan_costs.h"
#include "cmd/plan_memory.h"
#include "cmd/run_selection.h"
#include "cmd/sweep_store.h"
#include "cmd/tuning_lines.h"
#include "sweep/checkpoint_folder.h"
#include "sweep/tuning.h"

struct plan {
	struct sweep *sweep;
	struct run_options options; /* that choose; only the shard is set */
	bool *mine;		    /* of each trial: whether it is of the shard */
	size_t n_mine;
	struct agenda *agenda;
	struct plan_memory memory;
	struct plan_costs costs;
};

/* Splits the sweep as it was read; what the tuning has asked for by now follows. */
static int choose(struct plan *plan, struct run_selection **selection, struct error *err)
{
	return run_selection_new(selection, &plan->options, plan->sweep, NULL, err);
}

static void mark_mine(struct plan *plan, const struct run_selection *selection)
{
	plan->mine = xcalloc(plan->sweep->n_trials + 1, sizeof(*plan->mine));
	for (size_t i = 0; i < plan->sweep->n_trials; i++) {
		plan->mine[i] = run_selection_has_in_shard(selection, plan->sweep->trials[i]);
		plan->n_mine += plan->mine[i];
	}
}

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

/* Trials of each state. */
static void count_states(const struct plan *plan, size_t by_state[TRIAL_N_STATES])
{
	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		by_state[state_of(plan, i)] += plan->mine[i];
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
	       format_duration(seconds, plan->costs.seconds[index]),
	       trial_state_name(state_of(plan, index)));
	text_release(&label);
	text_release(&size);
	text_release(&seed);
}

static void print_totals(const struct plan *plan)
{
	size_t by_state[TRIAL_N_STATES] = {0};
	int n = 0;

	count_states(plan, by_state);
	printf("\n%s", plan->sweep->name);
	if (plan->options.shard.count > 1)
		printf(", shard %d/%d", plan->options.shard.number, plan->options.shard.count);
	printf(": %zu trial%s, %.3g model FLOPs, %.3g of optimizers\n", plan->n_mine,
	       plan->n_mine == 1 ? "" : "s", plan->costs.sharing.flops,
	       plan->costs.flops_optimizer);
	for (int state = 0; state < TRIAL_N_STATES; state++)
		if (by_state[state])
			printf("%s%zu %s", n++ ? "  " : "", by_state[state],
			       trial_state_name((enum trial_state)state));
	printf("\n");
	plan_costs_print(&plan->costs, plan->sweep);
}

static void print_table(const struct plan *plan)
{
	int width = label_width(plan->sweep);

	printf("%-*s  %-8s %4s %7s %7s %7s %7s %9s %9s  %-12s %s\n", width, "trial", "size", "seed",
	       "params", "tokens", "batch", "steps", "FLOPs", "memory", "time", "state");
	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		if (plan->mine[i])
			print_trial(plan, i, width);
	print_totals(plan);
	plan_memory_print(&plan->memory);
	tuning_print(plan->agenda);
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
	json_text(j, "origin", trial->origin ? trial->origin : "grid");
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
	json_real(j, "flops_optimizer", trial_optimizer_flops(trial));
	json_integer(j, "steps_shared", plan->costs.sharing.from[index]);
	json_real(j, "seconds_estimated", plan->costs.seconds[index]);
	json_integer(j, "peak_bytes", (int64_t)plan->memory.peaks[index]);
	json_text(j, "state", trial_state_name(state_of(plan, index)));
	json_close(j, '}');
}

static void add_totals(struct json *j, const struct plan *plan)
{
	size_t by_state[TRIAL_N_STATES] = {0};

	count_states(plan, by_state);
	json_open(j, "totals", '{');
	json_integer(j, "trials", (int64_t)plan->n_mine);
	json_open(j, "states", '{');
	for (int state = 0; state < TRIAL_N_STATES; state++)
		json_integer(j, trial_state_name((enum trial_state)state),
			     (int64_t)by_state[state]);
	json_close(j, '}');
	json_integer(j, "trials_awaited",
		     (int64_t)tuner_waiting(agenda_tuner(plan->agenda)).trials);
	plan_costs_add(&plan->costs, j);
	json_integer(j, "peak_bytes", (int64_t)plan->memory.largest);
	json_integer(j, "jobs", plan->costs.jobs);
	json_integer(j, "threads", plan->costs.threads);
	json_bool(j, "calibrated", plan->costs.measured > 0);
	json_close(j, '}');
}

static void print_json(const struct plan *plan)
{
	struct json j = {0};

	json_open(&j, NULL, '{');
	json_text(&j, "sweep", plan->sweep->name);
	json_open(&j, "trials", '[');
	for (size_t i = 0; i < plan->sweep->n_trials; i++)
		if (plan->mine[i])
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

static void print(const struct plan *plan, bool json)
{
	sweep_tell(plan->sweep);
	plan_memory_warn(&plan->memory);
	if (json)
		print_json(plan);
	else
		print_table(plan);
}

int plan_print(struct command_line *line, const struct plan_wish *wish, struct error *err)
{
	struct plan plan = {.options = {.where = "", .shard = wish->shard}};
	struct run_selection *selection = NULL;
	struct text checkpoints = {0};
	int result = sweep_load(&plan.sweep, line->arguments[0], line->common.settings,
				line->common.n_settings, err);

	checkpoint_folder(&checkpoints, line->common.db);
	if (!result)
		result = choose(&plan, &selection, err);
	if (!result)
		result = read_states(&plan, line->common.db, err);
	if (!result) {
		mark_mine(&plan, selection);
		result = plan_costs_find(&plan.costs, plan.sweep, plan.mine, plan.agenda,
					 checkpoints.data, wish->jobs, wish->threads, err);
	}
	if (!result) {
		plan_memory_find(&plan.memory, plan.sweep, plan.mine, wish->jobs, wish->threads,
				 &line->arena);
		print(&plan, line->common.json);
	}
	plan_costs_release(&plan.costs);
	text_release(&checkpoints);
	run_selection_free(selection);
	free(plan.mine);
	agenda_free(plan.agenda);
	sweep_free(plan.sweep);
	return result;
}

struct plan_options {
	int64_t jobs, threads;
	const char *shard;
};

#define FIELD(name) offsetof(struct plan_options, name)

static const struct key options[] = {
	{"jobs", KEY_INTEGER, FIELD(jobs), 0, 4096, 0, NULL, "0", "J",
	 "times for so many trials at once; 0: as 'run' does"},
	{"threads", KEY_INTEGER, FIELD(threads), 1, 1024, 0, NULL, "1", "T",
	 "times for so many threads inside a trial"},
	{"shard", KEY_TEXT, FIELD(shard), 0, 0, 0, NULL, "", "K/N",
	 "only the K-th of N parts of equal cost, as 'run' takes it"},
};

static int run(struct command_line *line, struct error *err)
{
	const struct plan_options *o = line->options;
	struct plan_wish wish = {.threads = (int)o->threads, .shard = {1, 1}};

	wish.jobs = o->jobs ? (int)o->jobs : cores_jobs(wish.threads);
	if (o->shard[0] && shard_parse(o->shard, &wish.shard, err))
		return -ERR_USAGE;
	return plan_print(line, &wish, err);
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
