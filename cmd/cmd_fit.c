/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cmd/command.h"
#include "cmd/fit_output.h"
#include "cmd/fit_progress.h"
#include "cmd/study_options.h"

struct fit_settings {
	struct study_flags study;
	const char *at;
	double target, base_batch;
	int64_t holdout;
};

#define FIELD(name) offsetof(struct fit_settings, name)

static const struct key options[] = {
	STUDY_KEYS(FIELD(study)),
	{"at", KEY_TEXT, FIELD(at), 0, 0, 0, NULL, "", "k=v,..",
	 "evaluate one law there, no fit; ln_k=v gives a logarithm"},
	{"target", KEY_REAL, FIELD(target), 0, 1e6, true, NULL, NULL, "L",
	 "also the compute that reaches this loss; of critical_batch"},
	{"base-batch", KEY_REAL, FIELD(base_batch), 0, 0x1p53, false, NULL, "0", "B",
	 "critical_batch counts overhead from it; 0: the smallest"},
	{"holdout", KEY_INTEGER, FIELD(holdout), 0, 1000, 0, NULL, "0", "N",
	 "backtest: fit without the N largest budgets and predict them"},
};

#define MOST_NEEDED 8 /* with the NULL at the end */

/* Rows lose their place only for a column that every law asked for needs; every law but those of
 * targets needs a loss. */
static void find_needed(const struct fit_settings *settings, const char *needed[MOST_NEEDED])
{
	static const struct {
		unsigned column;
		const char *name;
	} names[] = {{LAW_PARAMS, "params"}, {LAW_TOKENS, "tokens"}, {LAW_BATCH, "batch_tokens"},
		     {LAW_STEPS, "steps"},   {LAW_WIDTH, "d_model"}, {LAW_LR, "lr"}};
	unsigned columns_needed = ~0u;
	const char *at = settings->study.laws;
	bool loss = !at[0];
	size_t n = 0;

	if (!at[0])
		columns_needed = 0;
	while (at[0]) {
		size_t length = strcspn(at, ", ");
		char *name = xstrndup(at, length);
		const struct law *law = law_find(name);

		columns_needed &= law ? law->columns : 0;
		loss |= !law || law->source != LAW_OF_TARGETS;
		at += length + strspn(at + length, ", ");
		free(name);
	}
	if (loss)
		needed[n++] = settings->study.loss_column ? "test_loss" : "loss";
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (columns_needed & names[i].column)
			needed[n++] = names[i].name;
	needed[n] = NULL;
}

static int run_fit(struct command_line *line, struct error *err)
{
	const struct fit_settings *settings = line->options;
	struct fit_options how = study_fit_options(&settings->study);
	struct observations set = {0};
	struct fit_progress progress;
	struct fit_report report;
	struct text out = {0};
	const char *needed[MOST_NEEDED];
	size_t n_dropped;
	int result;

	find_needed(settings, needed);
	how.at = settings->at;
	how.base_batch = settings->base_batch;
	how.holdout = (int)settings->holdout;
	if (settings->target > 0)
		how.target = settings->target;
	result = study_load(line, &settings->study, false, needed, &set, &n_dropped, err);
	if (!result) {
		fit_progress_start(&progress, &how);
		result = fit_study(&set, &how, &report, err);
		fit_progress_end(&progress);
	}
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
