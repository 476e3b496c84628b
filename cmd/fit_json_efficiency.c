/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "cmd/fit_output.h"
#include "results/efficiency_kind.h"

static void put_arms(struct json *j, const struct fit_report *report, size_t baseline,
		     size_t challenger)
{
	json_text(j, "baseline", report->study.arms[baseline].name);
	json_text(j, "challenger", report->study.arms[challenger].name);
}

/* A number that most places have not. */
static void put_known(struct json *j, const char *name, double value)
{
	if (isfinite(value))
		json_real(j, name, value);
}

static void put_place(struct json *j, const struct efficiency_row *row,
		      enum efficiency_method method)
{
	json_open(j, "at", '{');
	json_real(j, "flops", row->flops);
	json_real(j, "loss", row->method_loss[method]);
	put_known(j, "params", row->params);
	put_known(j, "tokens", row->tokens);
	put_known(j, "seconds", row->seconds);
	json_close(j, '}');
}

static void put_ratio(struct json *j, const struct fit_report *report,
		      const struct efficiency *pair, const struct efficiency_row *row,
		      enum efficiency_method method)
{
	json_open(j, NULL, '{');
	json_text(j, "meaning", efficiency_meaning_name(pair->meaning));
	put_arms(j, report, pair->baseline, pair->challenger);
	put_place(j, row, method);
	json_real(j, "ratio", row->ratio[method]);
	fit_put_interval(j, "interval90", &row->interval[method]);
	json_real(j, "speedup", 1 / row->ratio[method]);
	fit_put_both(j, &row->intervals[method]);
	json_bool(j, "in_range", row->in_range[method]);
	json_bool(j, "at_bound", pair->at_bound[method]);
	json_text(j, "method", efficiency_method_of(pair->meaning, method));
	json_text(j, "flops_convention", count_flops_name(report->study.counted));
	json_integer(j, "seed_pairs", (int64_t)pair->seed_pairs);
	json_integer(j, "n_trials", (int64_t)pair->n_trials);
	if (pair->meaning == EFFICIENCY_TIME)
		json_bool(j, "measured_in_isolation", pair->isolated);
	json_close(j, '}');
}

static void put_pair(struct json *j, const struct fit_report *report, const struct efficiency *pair)
{
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
		for (size_t i = 0; i < pair->n_rows; i++)
			if (isfinite(pair->rows[i].ratio[m]))
				put_ratio(j, report, pair, &pair->rows[i],
					  (enum efficiency_method)m);
}

static void put_settings(struct json *j, const struct study_arm *arm, const char *name)
{
	json_open(j, name, '[');
	json_integer(j, NULL, (int64_t)arm->settings_min);
	json_integer(j, NULL, (int64_t)arm->settings_max);
	json_close(j, ']');
}

static void put_trend(struct json *j, const struct fit_report *report,
		      const struct efficiency *pair)
{
	const struct efficiency_kind *kind = efficiency_kind(pair->meaning);
	const struct interval defined = {pair->x_low, pair->x_high};

	json_open(j, NULL, '{');
	json_text(j, "meaning", kind->name);
	put_arms(j, report, pair->baseline, pair->challenger);
	if (kind->per) {
		json_real(j, kind->slope, pair->slope);
		fit_put_interval(j, "interval90", &pair->slope_interval);
		fit_put_both(j, &pair->slope_intervals);
		json_text(j, "advantage", efficiency_trend(pair));
	}
	fit_put_interval(j, "defined", &defined);
	put_known(j, "crossing", pair->crossing);
	put_settings(j, &report->study.arms[pair->baseline], "settings_baseline");
	put_settings(j, &report->study.arms[pair->challenger], "settings_challenger");
	json_integer(j, "replicates_degenerate", (int64_t)pair->n_degenerate[EFFICIENCY_PRIMARY]);
	fit_put_lines(j, "warnings", &pair->warnings);
	json_close(j, '}');
}

static void put_specification(struct json *j, const struct fit_report *report,
			      const struct specification *choice)
{
	json_open(j, NULL, '{');
	put_arms(j, report, choice->baseline, choice->challenger);
	json_text(j, "choice", choice->choice);
	if (choice->why_not) {
		json_text(j, "why_not", choice->why_not);
	} else {
		json_open(j, "at", '{');
		json_real(j, "flops", choice->flops);
		json_close(j, '}');
		json_real(j, "ratio", choice->ratio);
		fit_put_interval(j, "interval90", &choice->interval);
		json_real(j, "speedup", 1 / choice->ratio);
	}
	json_close(j, '}');
}

void fit_put_efficiency(struct json *j, const struct fit_report *report)
{
	json_open(j, "efficiency", '[');
	for (size_t i = 0; i < report->n_pairs; i++)
		put_pair(j, report, &report->pairs[i]);
	json_close(j, ']');
	json_open(j, "trends", '[');
	for (size_t i = 0; i < report->n_pairs; i++)
		put_trend(j, report, &report->pairs[i]);
	json_close(j, ']');
	json_open(j, "specifications", '[');
	for (size_t i = 0; i < report->n_specifications; i++)
		put_specification(j, report, &report->specifications[i]);
	json_close(j, ']');
}
