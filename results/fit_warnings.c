/* SPDX-License-Identifier: MIT
 *
 * What a reader must know before quoting a number, one line each.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "results/fit_passes.h"

#define FEW_STEPS	   200
#define MUCH_NEWTON_SCHULZ 0.1
#define FEW		   3
#define MANY_DEGENERATE	   0.05
#define ALL_ARMS	   SIZE_MAX

static void warn_tuning(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t least = SIZE_MAX, most = 0;

	for (size_t a = 0; a < study->n_arms; a++) {
		const struct study_arm *arm = &study->arms[a];

		if (arm->n_cells == 0 || study->as_is)
			continue;
		least = arm->settings_min < least ? arm->settings_min : least;
		most = arm->settings_max > most ? arm->settings_max : most;
	}
	if (most > 0 && least != most)
		text_printf(&report->warnings,
			    "tuning was unequal: %zu to %zu settings a cell; more settings find "
			    "lower losses\n",
			    least, most);
}

static size_t count_edges(const struct fit_report *report, size_t arm, unsigned edge)
{
	size_t n = 0;

	for (size_t i = 0; i < report->study.n_cells; i++)
		n += report->points[i].arm == arm && (report->points[i].edges & edge) != 0;
	return n;
}

static void warn_edges(struct fit_report *report, size_t arm)
{
	static const struct {
		unsigned edge;
		const char *text;
	} kinds[] = {
		{EDGE_LR_LOW, "the lowest lr is the best: widen its lr axis downwards"},
		{EDGE_LR_HIGH, "the highest lr is the best: widen its lr axis upwards"},
		{EDGE_WEIGHT_DECAY, "the best weight decay is on the edge: widen its axis"},
		{EDGE_BATCH, "the best batch is on the edge: widen its axis"},
	};

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		size_t n = count_edges(report, arm, kinds[k].edge);

		if (n > 0)
			text_printf(&report->warnings, "%s: in %zu of %zu cells %s\n",
				    report->study.arms[arm].name, n,
				    report->study.arms[arm].n_cells, kinds[k].text);
	}
}

/* Largest share of plain Newton-Schulz in the model's FLOPs. */
static double newton_schulz_share(const struct study *study, size_t arm)
{
	double share = 0;

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (trial->arm == arm)
			share = fmax(share, trial->row->flops_optimizer_plain / trial->flops);
	}
	return share;
}

static void warn_arm(struct fit_report *report, size_t arm)
{
	const struct study_arm *facts = &report->study.arms[arm];
	double share = newton_schulz_share(&report->study, arm);

	if (facts->n_cells == 0 && facts->n_diverged > 0)
		text_printf(&report->warnings, "%s: every trial diverged\n", facts->name);
	else if (facts->n_diverged > 0)
		text_printf(&report->warnings, "%s: %zu diverged trial%s missing from its cells\n",
			    facts->name, facts->n_diverged,
			    facts->n_diverged == 1 ? " is" : "s are");
	warn_edges(report, arm);
	if (share > MUCH_NEWTON_SCHULZ)
		text_printf(&report->warnings,
			    "%s: plain Newton-Schulz costs up to %.0f %% of the model's FLOPs: "
			    "which FLOPs are counted decides\n",
			    facts->name, 100 * share);
}

static void warn_trials(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t few_steps = 0, repeats = 0;

	for (size_t i = 0; i < study->n_trials; i++) {
		const struct observation *row = study->trials[i].row;

		few_steps += row->steps < FEW_STEPS;
		repeats += row->epochs > 1 + 1e-6;
	}
	if (few_steps > 0)
		text_printf(&report->warnings,
			    "%zu of %zu trials have under %d steps: warm-up and decay are most of "
			    "them\n",
			    few_steps, study->n_trials, FEW_STEPS);
	if (repeats > 0)
		text_printf(&report->warnings, "%zu of %zu trials repeat data (epochs above 1)\n",
			    repeats, study->n_trials);
}

/* The first two different values of a text column in an arm; false: all that have one agree. */
static bool find_mixed(const struct study *study, size_t offset, size_t arm, const char *values[2])
{
	values[0] = NULL;
	for (size_t i = 0; i < study->n_trials; i++) {
		const char *row = (const char *)study->trials[i].row;

		if (arm != ALL_ARMS && study->trials[i].arm != arm)
			continue;
		values[1] = *(const char *const *)(row + offset);
		if (values[0] && values[1] && strcmp(values[0], values[1]) != 0)
			return true;
		values[0] = values[1] ? values[1] : values[0];
	}
	return false;
}

/* What should be one in a fit, but does not make a cell. */
static void warn_mixed(struct fit_report *report)
{
	static const struct {
		const char *name;
		size_t offset;
	} columns[] = {
		{"corpus", offsetof(struct observation, corpus)},
		{"precision", offsetof(struct observation, precision)},
		{"backend", offsetof(struct observation, backend)},
		{"host", offsetof(struct observation, host)},
		{"blas", offsetof(struct observation, blas)},
		{"version", offsetof(struct observation, version)},
	};
	const char *values[2];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (find_mixed(&report->study, columns[i].offset, ALL_ARMS, values))
			text_printf(&report->warnings,
				    "trials differ in %s ('%s', '%s'): --where \"%s = "
				    "'...'\" picks one\n",
				    columns[i].name, values[0], values[1], columns[i].name);
}

/* Schedules make cells of their own, of which a frontier knows only the lowest. */
static void warn_schedules(struct fit_report *report)
{
	const char *values[2];

	for (size_t a = 0; a < report->study.n_arms; a++)
		if (find_mixed(&report->study, offsetof(struct observation, schedule), a, values))
			text_printf(&report->warnings,
				    "%s: schedules differ ('%s', '%s'), and its frontier is the "
				    "lowest of them: --group-by label,schedule keeps them apart\n",
				    report->study.arms[a].name, values[0], values[1]);
}

static void warn_design(struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t one_seed = 0;

	for (size_t c = 0; c < study->n_cells && !study->as_is; c++)
		one_seed += study->cells[c].n_clusters < 2;
	if (one_seed == study->n_cells)
		text_add(&report->warnings, "selection bias not removed (one seed)\n");
	else if (one_seed > 0)
		text_printf(&report->warnings,
			    "selection bias not removed (one seed) in %zu of %zu cells\n", one_seed,
			    study->n_cells);
	if (study->has_params && study->n_sizes < FEW)
		text_printf(&report->warnings, "only %zu model size%s: laws need at least %d\n",
			    study->n_sizes, study->n_sizes == 1 ? "" : "s", FEW);
	if (study->n_budget_groups < FEW)
		text_printf(&report->warnings, "only %zu compute budget%s: laws need at least %d\n",
			    study->n_budget_groups, study->n_budget_groups == 1 ? "" : "s", FEW);
}

static void warn_baseline(struct fit_report *report)
{
	const struct study *study = &report->study;
	struct text names = {0};

	if (study->n_arms < 2 || report->n_pairs > 0)
		return;
	for (size_t a = 0; a < study->n_arms; a++)
		text_printf(&names, "%s'%s'", a ? ", " : "", study->arms[a].name);
	text_printf(&report->warnings,
		    "no arm '%s' to compare with: name one of %s with --baseline\n",
		    report->options.baseline, text_string(&names));
	text_release(&names);
}

static const char *no_interval(size_t n_degenerate, size_t n)
{
	return n_degenerate * 2 > n ? ": no interval" : "";
}

static void warn_replicates(struct fit_report *report)
{
	size_t n = (size_t)report->options.bootstrap;

	if (n > 0 && n < BOOTSTRAP_LEAST)
		text_printf(&report->warnings,
			    "%zu bootstrap replicates are too few for an interval: --bootstrap %d "
			    "or more\n",
			    n, BOOTSTRAP_LEAST);
	for (size_t i = 0; i < report->n_laws; i++) {
		struct fit_law *law = &report->laws[i];

		if ((double)law->n_degenerate > MANY_DEGENERATE * (double)n)
			text_printf(
				&law->warnings,
				"%zu of %zu bootstrap replicates are at a bound or could not be "
				"fitted%s\n",
				law->n_degenerate, n, no_interval(law->n_degenerate, n));
		if (law->n_better > 0)
			text_printf(&law->warnings,
				    "%zu of %zu replicates fitted from all starts ended lower than "
				    "from the fit's own parameters: its intervals may be too "
				    "narrow\n",
				    law->n_better, law->n_checked);
		if (law->n_without > 0)
			text_printf(&law->warnings, "%zu points lack a column that it needs\n",
				    law->n_without);
	}
	for (size_t i = 0; i < report->n_pairs; i++) {
		struct efficiency *pair = &report->pairs[i];
		size_t n_degenerate = pair->n_degenerate[EFFICIENCY_PRIMARY];

		if ((double)n_degenerate > MANY_DEGENERATE * (double)n)
			text_printf(
				&pair->warnings,
				"%zu of %zu bootstrap replicates of the shared fit are at a bound "
				"or could not be fitted\n",
				n_degenerate, n);
	}
}

void fit_add_warnings(struct fit_report *report)
{
	for (size_t a = 0; a < report->study.n_arms; a++)
		warn_arm(report, a);
	warn_tuning(report);
	warn_trials(report);
	warn_mixed(report);
	warn_schedules(report);
	warn_design(report);
	warn_baseline(report);
	warn_replicates(report);
}
