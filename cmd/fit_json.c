/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "cmd/fit_output.h"
#include "results/frontier.h"

void fit_put_interval(struct json *j, const char *name, const struct interval *interval)
{
	json_open(j, name, '[');
	json_real(j, NULL, interval->low);
	json_real(j, NULL, interval->high);
	json_close(j, ']');
}

void fit_put_both(struct json *j, const struct intervals *intervals)
{
	fit_put_interval(j, "interval90_percentile", &intervals->percentile);
	fit_put_interval(j, "interval90_bc", &intervals->corrected);
}

void fit_put_lines(struct json *j, const char *name, const struct text *lines)
{
	char *copy = xstrdup(text_string(lines)), *rest = NULL;

	json_open(j, name, '[');
	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		json_text(j, NULL, line);
	json_close(j, ']');
	free(copy);
}

enum kind { PRINTED, PERCENTILE, CORRECTED };

static void put_law_intervals(struct json *j, const char *name, const struct fit_law *law,
			      enum kind kind)
{
	json_open(j, name, '{');
	for (size_t k = 0; k < law->n_parameters; k++)
		fit_put_interval(j, law->names[k],
				 kind == PRINTED      ? &law->interval[k]
				 : kind == PERCENTILE ? &law->intervals[k].percentile
						      : &law->intervals[k].corrected);
	json_close(j, '}');
}

static void put_law(struct json *j, const struct fit_law *law)
{
	json_open(j, NULL, '{');
	json_text(j, "law", law->law->name);
	json_text(j, "group", law->group);
	if (law->law->source == LAW_OF_TARGETS)
		json_real(j, "target", law->target);
	json_integer(j, "n", (int64_t)law->fit.n);
	json_real(j, "objective", law->fit.objective);
	json_real(j, "condition", law->fit.condition);
	json_real(j, "holdout_error", law->holdout_error);
	json_integer(j, "starts", law->fit.starts);
	json_integer(j, "starts_agree", law->fit.agree);
	json_integer(j, "replicates", (int64_t)law->n_replicates);
	json_integer(j, "replicates_degenerate", (int64_t)law->n_degenerate);
	json_integer(j, "replicates_checked", (int64_t)law->n_checked);
	json_integer(j, "replicates_better_cold", (int64_t)law->n_better);
	json_open(j, "params", '{');
	for (size_t k = 0; k < law->n_parameters; k++)
		json_real(j, law->names[k], law->fit.parameters[k]);
	json_close(j, '}');
	put_law_intervals(j, "interval90", law, PRINTED);
	put_law_intervals(j, "interval90_percentile", law, PERCENTILE);
	put_law_intervals(j, "interval90_bc", law, CORRECTED);
	fit_put_lines(j, "warnings", &law->warnings);
	json_close(j, '}');
}

void fit_add_law_json(const struct fit_law *law, struct text *out)
{
	struct json j = {0};

	put_law(&j, law);
	text_add(out, text_string(&j.text));
	json_release(&j);
}

static void put_point(struct json *j, const struct fit_report *report,
		      const struct study_point *point)
{
	json_open(j, NULL, '{');
	json_text(j, "group", report->study.arms[point->arm].name);
	json_real(j, "flops", point->flops);
	json_real(j, "flops_optimizer", point->flops_optimizer);
	json_real(j, "loss", point->loss);
	json_real(j, "params", point->params);
	json_real(j, "tokens", point->tokens);
	json_real(j, "lr", point->lr);
	json_real(j, "batch_tokens", point->batch_tokens);
	json_integer(j, "settings", (int64_t)report->study.cells[point->cell].n_settings);
	json_bool(j, "lr_on_edge", (point->edges & (EDGE_LR_LOW | EDGE_LR_HIGH)) != 0);
	json_close(j, '}');
}

static void put_frontier(struct json *j, const struct fit_report *report)
{
	const struct study *study = &report->study;
	size_t *order = xmalloc((study->n_cells + 1) * sizeof(*order));

	json_open(j, "frontier", '[');
	for (size_t arm = 0; arm < study->n_arms; arm++) {
		size_t n = study_frontier(report->points, study->n_cells, arm, order);

		for (size_t i = 0; i < n; i++)
			put_point(j, report, &report->points[order[i]]);
	}
	json_close(j, ']');
	free(order);
}

static void put_targets(struct json *j, const struct fit_report *report)
{
	json_open(j, "targets", '[');
	for (size_t i = 0; i < report->n_targets; i++) {
		const struct fit_target *target = &report->targets[i];

		json_open(j, NULL, '{');
		json_text(j, "group", report->study.arms[target->arm].name);
		json_real(j, "loss", report->options.target);
		json_real(j, "flops", target->flops);
		fit_put_interval(j, "interval90", &target->interval);
		json_bool(j, "in_range", target->in_range);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_dropped(struct json *j, const struct study_dropped *dropped, size_t n_csv)
{
	json_open(j, "dropped", '{');
	json_integer(j, "diverged", (int64_t)dropped->diverged);
	json_integer(j, "unfinished", (int64_t)dropped->unfinished);
	json_integer(j, "curve_points", (int64_t)dropped->curve_points);
	json_integer(j, "missing_values", (int64_t)(dropped->missing + n_csv));
	json_integer(j, "duplicates", (int64_t)dropped->duplicates);
	json_close(j, '}');
}

void fit_add_json(const struct fit_report *report, size_t n_csv_dropped, struct text *out)
{
	struct json j = {0};

	json_open(&j, NULL, '{');
	json_open(&j, "laws", '[');
	for (size_t i = 0; i < report->n_laws; i++)
		put_law(&j, &report->laws[i]);
	json_close(&j, ']');
	fit_put_efficiency(&j, report);
	put_frontier(&j, report);
	if (report->n_targets)
		put_targets(&j, report);
	fit_put_backtest(&j, report);
	put_dropped(&j, &report->study.dropped, n_csv_dropped);
	fit_put_lines(&j, "warnings", &report->warnings);
	fit_put_lines(&j, "refused", &report->refused);
	json_close(&j, '}');
	text_add(out, text_string(&j.text));
	text_add_char(out, '\n');
	json_release(&j);
}
