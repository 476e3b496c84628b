/* SPDX-License-Identifier: MIT
 *
 * A second report is fitted to the trials of the smaller budgets, with intervals, and its laws
 * predict the points of the first report that it has not seen.  The interval of a prediction is
 * that of the law, through its replicates, times the noise of a point: a residual of the fit.
 */
#include "results/backtest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/fit_passes.h"
#include "results/frontier.h"

#define ROUNDING 1e-9

/* Whether a law predicts a loss from C, N and D alone. */
static bool predicts_loss(const struct law *law)
{
	return law->predict && law->response == LAW_LOSS &&
	       (law->source == LAW_OF_CELLS || law->source == LAW_OF_FRONTIER);
}

static void holdout_error_of(const struct fit_report *report, struct fit_law *law)
{
	struct robust robust = fit_robust(&report->options, law->law);
	struct law_fit fit;
	struct sample sample;
	size_t largest = 0;
	double total = 0;

	fit_law_sample(report, law, report->points, &sample);
	for (size_t i = 0; i < sample.data.n; i++)
		if (sample.points[i].budget > largest)
			largest = sample.points[i].budget;
	for (size_t i = 0; i < sample.data.n; i++)
		if (sample.points[i].budget == largest) {
			sample.weight[i] = 0;
			law->n_holdout++;
		}
	if (law->law->fit(&sample.data, &robust, NULL, &fit, NULL) == 0) {
		for (size_t i = 0; i < sample.data.n; i++) {
			const struct law_point *point = &sample.points[i];
			double missed = log(law->law->predict(fit.parameters, point) / point->loss);

			if (point->budget == largest)
				total += missed * missed;
		}
		law->holdout_error = sqrt(total / (double)law->n_holdout);
	}
	sample_release(&sample);
}

void fit_holdout_errors(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		report->laws[i].holdout_error = (double)NAN;
		if (predicts_loss(report->laws[i].law))
			holdout_error_of(report, &report->laws[i]);
	}
}

/* The trials below the first budget that is held out, as rows of their own. */
static struct observations rows_below(const struct study *study, size_t first)
{
	struct observations rest = {0};

	rest.rows = xmalloc((study->n_trials + 1) * sizeof(*rest.rows));
	for (size_t i = 0; i < study->n_trials; i++) {
		const struct study_trial *trial = &study->trials[i];

		if (study->cells[trial->cell].budget_group < first)
			rest.rows[rest.n++] = *trial->row;
	}
	return rest;
}

/* Names of the report's laws that can be tested, for fit_options.laws. */
static void add_laws(const struct fit_report *report, struct text *names)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		const struct law *law = report->laws[i].law;

		if (predicts_loss(law) && (i == 0 || report->laws[i - 1].law != law))
			text_printf(names, "%s%s", names->length ? "," : "", law->name);
	}
}

/* The law of the smaller budgets that belongs to one of all; NULL: it could not be fitted. */
static const struct fit_law *same_law(const struct fit_report *rest, const struct fit_law *law)
{
	for (size_t i = 0; i < rest->n_laws; i++)
		if (rest->laws[i].law == law->law && strcmp(rest->laws[i].group, law->group) == 0 &&
		    rest->laws[i].n_arms == law->n_arms)
			return &rest->laws[i];
	return NULL;
}

/* What every point missed the fit by, as the noise of a point to come. */
static struct residuals noise_of(const struct fit_report *rest, const struct fit_law *law)
{
	struct residuals noise;
	struct sample sample;

	fit_law_sample(rest, law, rest->points, &sample);
	for (size_t i = 0; i < sample.data.n; i++)
		sample.noise[i].single = true;
	residuals_take(&noise, &sample, law->law, &law->fit, sample.data.n, law->n_parameters);
	sample_release(&sample);
	return noise;
}

static struct interval predicted_interval(const struct fit_report *rest, const struct fit_law *law,
					  const struct residuals *noise,
					  const struct law_point *point, size_t place)
{
	double *losses = xmalloc((law->n_replicates + 1) * sizeof(*losses));
	size_t n = noise->n ? law->n_replicates : 0;
	struct interval interval;

	for (size_t r = 0; r < n; r++) {
		double u = bootstrap_uniform(rest->options.seed + 1, r, place, point->budget);

		losses[r] = law->law->predict(&law->replicates[r * law->n_parameters], point) *
			    exp(noise->values[(size_t)(u * (double)noise->n)]);
	}
	interval = bootstrap_interval(losses, n, 1);
	free(losses);
	return interval;
}

/* What `rest`, a law of the smaller budgets, says of the larger ones. */
static void predict_law(struct fit_report *report, const struct fit_report *rest,
			const struct fit_law *law, const struct fit_law *fitted, size_t first)
{
	struct residuals noise = noise_of(rest, fitted);
	struct sample sample;

	fit_law_sample(report, law, report->points, &sample);
	for (size_t i = 0; i < sample.data.n; i++) {
		struct law_point point = sample.points[i];

		if (point.budget < first)
			continue;
		report->held_out[report->n_held_out++] = (struct backtest_point){
			.law = law->law,
			.arm = law->arms[point.arm],
			.point = point,
			.predicted = law->law->predict(fitted->fit.parameters, &point),
			.interval = predicted_interval(rest, fitted, &noise, &point, i),
		};
	}
	sample_release(&sample);
	residuals_release(&noise);
}

static bool is_inside(const struct backtest_point *point)
{
	return point->point.loss >= point->interval.low * (1 - ROUNDING) &&
	       point->point.loss <= point->interval.high * (1 + ROUNDING);
}

/* Whether a point of a sample is on its arm's frontier, of which `frontier` holds n indices. */
static bool on_frontier(const struct fit_report *report, const size_t *frontier, size_t n,
			const struct law_point *held)
{
	for (size_t i = 0; i < n; i++) {
		const struct study_point *point = &report->points[frontier[i]];

		if (point->loss == held->loss && point->compute == held->flops)
			return true;
	}
	return false;
}

static struct backtest_score score_of(const struct fit_report *report, const struct law *law,
				      size_t arm)
{
	struct backtest_score score = {.law = law, .arm = arm};
	size_t *frontier = xmalloc((report->study.n_cells + 1) * sizeof(*frontier));
	size_t n = study_frontier(report->points, report->study.n_cells, arm, frontier), lowest = 0;
	double total = 0, total_lowest = 0;

	for (size_t i = 0; i < report->n_held_out; i++) {
		const struct backtest_point *point = &report->held_out[i];
		double missed = log(point->predicted / point->point.loss);

		if (point->law != law || point->arm != arm)
			continue;
		score.n++;
		score.n_intervals += !isnan(point->interval.low);
		score.n_inside += is_inside(point);
		total += missed * missed;
		if (on_frontier(report, frontier, n, &point->point)) {
			total_lowest += missed * missed;
			lowest++;
		}
	}
	free(frontier);
	score.error = sqrt(total / (double)score.n);
	score.frontier_error = sqrt(total_lowest / (double)lowest);
	return score;
}

static void mark_best(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_scores; i++) {
		struct backtest_score *score = &report->scores[i];

		score->best = isfinite(score->frontier_error);
		for (size_t k = 0; k < report->n_scores; k++)
			if (report->scores[k].arm == score->arm &&
			    report->scores[k].frontier_error < score->frontier_error)
				score->best = false;
	}
}

static void add_scores(struct fit_report *report)
{
	size_t n_laws = 0;

	while (laws[n_laws])
		n_laws++;
	report->scores = xcalloc(n_laws * report->study.n_arms + 1, sizeof(*report->scores));
	for (size_t l = 0; l < n_laws; l++)
		for (size_t arm = 0; arm < report->study.n_arms; arm++) {
			struct backtest_score score = score_of(report, laws[l], arm);

			if (score.n > 0)
				report->scores[report->n_scores++] = score;
		}
	mark_best(report);
}

static void predict_all(struct fit_report *report, const struct fit_report *rest, size_t first)
{
	size_t most = report->n_laws * report->study.n_cells; /* each has a cell at most once */

	report->held_out = xcalloc(most + 1, sizeof(*report->held_out));
	for (size_t i = 0; i < report->n_laws; i++) {
		const struct fit_law *law = &report->laws[i];
		const struct fit_law *fitted = same_law(rest, law);

		if (fitted)
			predict_law(report, rest, law, fitted, first);
		else if (predicts_loss(law->law))
			text_printf(&report->refused,
				    "backtest of '%s': law '%s' cannot be fitted without the %d "
				    "largest budget%s: it needs %s\n",
				    law->group, law->law->name, report->options.holdout,
				    report->options.holdout == 1 ? "" : "s", law->law->needs);
	}
	add_scores(report);
}

static int refuse(const struct fit_report *report, size_t left, const char *why, struct error *err)
{
	return error_set(err, ERR_FIT,
			 "--holdout %d of %zu compute budgets leaves %zu to fit: power needs 2, "
			 "power_offset 3%s%s",
			 report->options.holdout, report->study.n_budget_groups, left,
			 why[0] ? "; " : "", why);
}

int fit_backtest(struct fit_report *report, struct error *err)
{
	size_t n = report->study.n_budget_groups, holdout = (size_t)report->options.holdout;
	struct fit_options options = report->options;
	struct error why = ERROR_INIT;
	struct observations rows;
	struct fit_report rest;
	struct text names = {0};
	int result;

	add_laws(report, &names);
	if (names.length == 0)
		return error_set(err, ERR_FIT, "--holdout: none of these laws predicts a loss");
	if (holdout >= n) {
		text_release(&names);
		return refuse(report, 0, "", err);
	}
	options.laws = names.data;
	options.holdout = 0;
	rows = rows_below(&report->study, n - holdout);
	result = fit_points_and_laws(&rows, &options, &rest, &why);
	if (!result) {
		fit_bootstrap(&rest);
		predict_all(report, &rest, n - holdout);
	} else {
		result = refuse(report, n - holdout, why.text, err);
	}
	fit_report_release(&rest);
	free(rows.rows);
	text_release(&names);
	return result;
}
