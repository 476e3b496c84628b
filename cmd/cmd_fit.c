/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/fit_output.h"
#include "results/csv.h"
#include "results/store.h"

struct fit_settings {
	const char *law, *at, *sweep, *baseline, *csv, *where, *map, *group_by;
	int loss, params, flops, count_optimizer, loss_column;
	double delta, target;
	int64_t bootstrap, seed;
};

enum { LOSS_OWN, LOSS_FIRST }; /* then enum robust_kind */

static const struct key_choice losses[] = {
	{"own", NULL, "what the law is known for"},
	{"huber", NULL, "Huber's on ln L"},
	{"lad", NULL, "absolute deviations of ln L"},
	{"lsq_log", NULL, "squares of ln L"},
	{"lsq", NULL, "squares of L"},
	{0},
};
static const struct key_choice params[] = {
	{"all", "total", "with embedding and head"},
	{"non_embedding", NULL, "block matrices and gains"},
	{0},
};
static const struct key_choice flops[] = {
#define X(kind, text, meaning) {text, NULL, meaning},
	COUNT_FLOPS_KINDS(X)
#undef X
		{0},
};
static const struct key_choice yes_no[] = {{"no", NULL, ""}, {"yes", NULL, ""}, {0}};
static const struct key_choice columns[] = {
	{"val_loss", "loss", "held-out loss"}, {"test_loss", NULL, "test slice"}, {0}};

#define FIELD(name) offsetof(struct fit_settings, name)

static const struct key options[] = {
	{"law", KEY_TEXT, FIELD(law), 0, 0, 0, NULL, "", "NAME,..",
	 "laws to fit; all whose columns are there"},
	{"loss", KEY_CHOICE, FIELD(loss), 0, 0, 0, losses, "own", "NAME", "what is minimised"},
	{"delta", KEY_REAL, FIELD(delta), 0, 1e6, true, NULL, "1e-3", "X", "huber's threshold"},
	{"at", KEY_TEXT, FIELD(at), 0, 0, 0, NULL, "", "k=v,..",
	 "evaluate one law there, no fit; ln_k=v gives a logarithm"},
	{"target", KEY_REAL, FIELD(target), 0, 1e6, true, NULL, NULL, "L",
	 "also the compute that reaches this loss"},
	{"sweep", KEY_TEXT, FIELD(sweep), 0, 0, 0, NULL, "", "NAME", "only this sweep"},
	{"bootstrap", KEY_INTEGER, FIELD(bootstrap), 0, 1e6, false, NULL, "1000", "N",
	 "replicates for intervals; 0 for none"},
	{"seed", KEY_INTEGER, FIELD(seed), 0, 1e15, false, NULL, "1", "S",
	 "of the bootstrap: same seed, same numbers"},
	{"baseline", KEY_TEXT, FIELD(baseline), 0, 0, 0, NULL, "adamw", "NAME",
	 "the arm that others are compared with"},
	{"params", KEY_CHOICE, FIELD(params), 0, 0, 0, params, "all", "KIND", "what N counts"},
	{"flops", KEY_CHOICE, FIELD(flops), 0, 0, 0, flops, "exact", "KIND", "what C counts"},
	{"count-optimizer", KEY_CHOICE, FIELD(count_optimizer), 0, 0, 0, yes_no, "no", "yes",
	 "the laws' C includes the optimizer's FLOPs"},
	{"loss-column", KEY_CHOICE, FIELD(loss_column), 0, 0, 0, columns, "val_loss", "NAME",
	 "the loss that is fitted"},
	{"csv", KEY_TEXT, FIELD(csv), 0, 0, 0, NULL, "", "FILE", "rows of a CSV, not of the store"},
	{"where", KEY_TEXT, FIELD(where), 0, 0, 0, NULL, "", "SQL", "condition on any column"},
	{"map", KEY_TEXT, FIELD(map), 0, 0, 0, NULL, "", "name=column,..", "names of CSV columns"},
	{"group-by", KEY_TEXT, FIELD(group_by), 0, 0, 0, NULL, "", "COLUMN,..",
	 "what an arm is; label or optimizer"},
};

static const char *given(const char *text)
{
	return text && text[0] ? text : NULL;
}

/* Rows lose their place only for a column that every law asked for needs. */
static void find_needed(const struct fit_settings *settings, const char *needed[6])
{
	static const char *const names[] = {"flops", "params", "tokens"};
	unsigned columns_needed = LAW_PARAMS | LAW_TOKENS;
	const char *at = settings->law;
	size_t n = 0;

	needed[n++] = settings->loss_column ? "test_loss" : "loss";
	if (!given(at))
		columns_needed = 0;
	while (given(at)) {
		size_t length = strcspn(at, ", ");
		char *name = xstrndup(at, length);
		const struct law *law = law_find(name);

		columns_needed &= law ? law->columns : 0;
		at += length + strspn(at + length, ", ");
		free(name);
	}
	for (size_t i = 1; i < ARRAY_SIZE(names); i++)
		if (columns_needed >> i & 1)
			needed[n++] = names[i];
	needed[n] = NULL;
}

static int read_csv(const struct fit_settings *settings, struct observations *set,
		    size_t *n_dropped, struct error *err)
{
	const char *needed[6];
	struct csv_options how = {given(settings->map), given(settings->where), needed};
	struct csv_report report = {0};
	int result;

	find_needed(settings, needed);
	result = csv_observations(settings->csv, &how, set, &report, err);
	if (!result) {
		csv_report_log(&report, settings->csv);
		*n_dropped = report.n_dropped;
	}
	csv_report_release(&report);
	return result;
}

static int read_store(const struct fit_settings *settings, const char *path,
		      struct observations *set, struct error *err)
{
	struct store_query query = {.sweep = given(settings->sweep),
				    .where = given(settings->where)};
	struct store *store;
	int result = store_open(&store, path, STORE_READ, err);

	if (result)
		return result;
	result = store_observations(store, &query, set, err);
	store_close(store);
	return result;
}

static struct fit_options fit_options_of(const struct fit_settings *settings)
{
	struct fit_options fit = fit_options_default();

	fit.study = (struct study_options){
		.params = (enum count_params)settings->params,
		.flops = (enum count_flops)settings->flops,
		.count_optimizer = settings->count_optimizer,
		.test_loss = settings->loss_column,
		.group_by = given(settings->group_by),
	};
	fit.laws = given(settings->law);
	fit.loss_given = settings->loss != LOSS_OWN;
	if (fit.loss_given)
		fit.robust.kind = (enum robust_kind)(settings->loss - LOSS_FIRST);
	fit.delta = settings->delta;
	fit.baseline = settings->baseline;
	if (settings->target > 0)
		fit.target = settings->target;
	fit.at = given(settings->at);
	fit.bootstrap = (int)settings->bootstrap;
	fit.seed = (uint64_t)settings->seed;
	return fit;
}

static int run_fit(struct command_line *line, struct error *err)
{
	const struct fit_settings *settings = line->options;
	struct fit_options how = fit_options_of(settings);
	struct observations set = {0};
	struct fit_report report;
	struct text out = {0};
	size_t n_dropped = 0;
	int result = given(settings->csv) ? read_csv(settings, &set, &n_dropped, err)
					  : read_store(settings, line->common.db, &set, err);

	if (!result)
		result = fit_study(&set, &how, &report, err);
	if (!result) {
		if (line->common.json)
			fit_add_json(&report, n_dropped, &out);
		else
			fit_add_tables(&report, !line->common.no_color && isatty(STDOUT_FILENO),
				       &out);
		fputs(text_string(&out), stdout);
		fit_report_release(&report);
	}
	text_release(&out);
	observations_release(&set);
	return result;
}

const struct command cmd_fit = {
	.name = "fit",
	.arguments = "",
	.summary = "laws, frontiers and efficiency, with intervals and warnings",
	.examples = "muon-sweep fit --sweep quickstart\n"
		    "muon-sweep fit --csv points.csv --law chinchilla --map loss=final_loss\n",
	.details = "Fits the ends of finished trials: the best of tuning in each cell, the lowest "
		   "loss at each\ncompute.  Laws and objectives: 'muon-sweep help laws'.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct fit_settings),
	.run = run_fit,
};
