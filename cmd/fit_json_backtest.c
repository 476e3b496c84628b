/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "cmd/fit_output.h"

static void put_point(struct json *j, const struct fit_report *report,
		      const struct backtest_point *point)
{
	json_open(j, NULL, '{');
	json_text(j, "law", point->law->name);
	json_text(j, "group", report->study.arms[point->arm].name);
	json_open(j, "at", '{');
	json_real(j, "flops", point->point.flops);
	json_real(j, "params", point->point.params);
	json_real(j, "tokens", point->point.tokens);
	json_close(j, '}');
	json_real(j, "observed", point->point.loss);
	json_real(j, "predicted", point->predicted);
	json_open(j, "interval90", '[');
	json_real(j, NULL, point->interval.low);
	json_real(j, NULL, point->interval.high);
	json_close(j, ']');
	json_real(j, "error", log(point->predicted / point->point.loss));
	json_close(j, '}');
}

static void put_score(struct json *j, const struct fit_report *report,
		      const struct backtest_score *score)
{
	json_open(j, NULL, '{');
	json_text(j, "law", score->law->name);
	json_text(j, "group", report->study.arms[score->arm].name);
	json_integer(j, "n", (int64_t)score->n);
	json_integer(j, "n_intervals", (int64_t)score->n_intervals);
	json_integer(j, "n_inside", (int64_t)score->n_inside);
	json_real(j, "rms_error", score->error);
	json_real(j, "rms_error_frontier", score->frontier_error);
	json_bool(j, "best", score->best);
	json_close(j, '}');
}

void fit_put_backtest(struct json *j, const struct fit_report *report)
{
	if (report->options.holdout == 0)
		return;
	json_open(j, "backtest", '{');
	json_integer(j, "holdout", report->options.holdout);
	json_open(j, "points", '[');
	for (size_t i = 0; i < report->n_held_out; i++)
		put_point(j, report, &report->held_out[i]);
	json_close(j, ']');
	json_open(j, "scores", '[');
	for (size_t i = 0; i < report->n_scores; i++)
		put_score(j, report, &report->scores[i]);
	json_close(j, ']');
	json_close(j, '}');
}
