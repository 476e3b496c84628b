/* SPDX-License-Identifier: MIT
 *
 * token_ratio: R_L(B) = T_baseline(B) / T_challenger(B), the tokens that each needs for a loss L at
 * a batch B, and the extra tokens T_baseline - T_challenger (figure 3 of arXiv 2505.02222).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"
#include "plots/target_points.h"

#define LEGEND_MOST 8	  /* of more lines only the arms are named */
#define SAME	    1.001 /* batches and targets that differ by less are one */

/* What two arms need for one target at one size and batch. */
struct comparison {
	const struct target_point *baseline, *challenger;
	double ratio, extra;
};

static const struct unit {
	double tokens;
	const char *name;
} units[] = {{1, "tokens"}, {1e3, "thousands"}, {1e6, "millions"}, {1e9, "billions"}};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct chart_panel *ratio, *extra;
	struct figure_arms arms;
	struct target_point *points; /* of all targets */
	size_t n, n_drawn, n_censored;
	size_t n_lines, line; /* the next */
	bool several_sizes;
	const struct unit *unit; /* of extra tokens */
};

static bool near(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(log(a / b)) < log(SAME);
}

static bool comparable(const struct target_point *a, const struct target_point *b)
{
	return a->size == b->size && near(a->target, b->target);
}

/* The comparison at one point of the challenger; false: the baseline has none there, or neither
 * reached the target. */
static bool compare(const struct drawing *d, size_t baseline, const struct target_point *challenger,
		    struct comparison *at)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct target_point *point = &d->points[i];

		if (point->arm != baseline || !comparable(point, challenger) ||
		    !near(point->batch, challenger->batch) ||
		    (point->censored && challenger->censored))
			continue;
		*at = (struct comparison){point, challenger, point->tokens / challenger->tokens,
					  point->tokens - challenger->tokens};
		return isfinite(at->ratio);
	}
	return false;
}

static size_t find_baseline(const struct study *study, const char *name)
{
	size_t arm = 0;

	while (arm < study->n_arms && strcmp(study->arms[arm].name, name) != 0 &&
	       strcmp(study->arms[arm].first, name) != 0)
		arm++;
	return arm;
}

/* The points of one challenger, size and target lie together; returns their end, and how many of
 * them have a comparison. */
static size_t line_end(const struct drawing *d, size_t baseline, size_t first, size_t *n)
{
	const struct target_point *about = &d->points[first];
	struct comparison at;
	size_t end = first;

	*n = 0;
	for (; end < d->n && d->points[end].arm == about->arm && comparable(&d->points[end], about);
	     end++)
		*n += about->arm != baseline && compare(d, baseline, &d->points[end], &at);
	return end;
}

/* Lines, sizes and the unit of extra tokens. */
static void survey(struct drawing *d, size_t baseline)
{
	struct comparison at;
	double most = 0;
	size_t n;

	for (size_t i = 0; i < d->n; i = line_end(d, baseline, i, &n)) {
		line_end(d, baseline, i, &n);
		d->n_lines += n > 0;
		d->several_sizes |= n > 0 && !near(d->points[i].params, d->points[0].params);
	}
	for (size_t i = 0; i < d->n; i++)
		if (d->points[i].arm != baseline && compare(d, baseline, &d->points[i], &at))
			most = fmax(most, fabs(at.extra));
	d->unit = &units[0];
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (most >= units[i].tokens)
			d->unit = &units[i];
}

static const char *line_name(struct drawing *d, const struct target_point *about)
{
	const char *arm = d->study->arms[about->arm].name;
	char number[SHORT_TEXT];

	if (!d->several_sizes || !isfinite(about->params))
		return arena_printf(&d->chart->arena, "%s, L = %.4g", arm, about->target);
	return arena_printf(&d->chart->arena, "%s, L = %.4g, N = %s", arm, about->target,
			    format_si(number, about->params));
}

/* Darker for lower losses: lines come by rising loss. */
static double strength_of(const struct drawing *d)
{
	return d->n_lines < 2 ? 1 : 1 - 0.6 * (double)d->line / (double)(d->n_lines - 1);
}

struct line {
	struct chart_series *reached, *bound;
};

static struct line add_line(struct drawing *d, struct chart_panel *panel,
			    const struct target_point *about)
{
	const char *name = line_name(d, about);
	struct chart_look look = {.mark = CHART_LINE_POINTS,
				  .arm = figure_arm(&d->arms, d->study->arms[about->arm].name),
				  .strength = strength_of(d),
				  .width = 1.4,
				  .size = 0.55,
				  .dashed = true};
	struct line line = {.reached = chart_add_series(d->chart, panel, name, &look)};

	if (panel == d->ratio && d->n_lines <= LEGEND_MOST)
		chart_add_legend(d->chart, name, &look);
	look.mark = CHART_POINTS;
	look.open = true;
	look.size = 0.8;
	line.bound = chart_add_series(d->chart, panel,
				      arena_printf(&d->chart->arena, "%s, bounds", name), &look);
	return line;
}

static void add_comparison(struct drawing *d, const struct line lines[2],
			   const struct comparison *at)
{
	bool bound = at->baseline->censored || at->challenger->censored;
	const char *note = at->baseline->censored     ? "at least: the baseline missed the target"
			   : at->challenger->censored ? "at most: the challenger missed the target"
						      : NULL;
	double values[] = {at->ratio, at->extra / d->unit->tokens};

	for (int k = 0; k < 2; k++)
		chart_add_point(d->chart, bound ? lines[k].bound : lines[k].reached,
				at->challenger->batch, values[k], note);
	d->n_drawn++;
	d->n_censored += bound;
}

static void add_target(struct drawing *d, size_t baseline, size_t first, size_t end)
{
	struct line lines[] = {add_line(d, d->ratio, &d->points[first]),
			       add_line(d, d->extra, &d->points[first])};
	struct comparison at;

	for (size_t i = first; i < end; i++)
		if (compare(d, baseline, &d->points[i], &at))
			add_comparison(d, lines, &at);
	d->line++;
}

static void add_caption(struct drawing *d, size_t baseline)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption,
		    "n = %zu trials, %zu comparisons at equal N and batch. T: tokens to the "
		    "held-out loss L, between ends of schedules (straight in ln D, ln L). Above 1: "
		    "%s needs more.",
		    d->study->n_trials, d->n_drawn, d->study->arms[baseline].name);
	if (d->n_censored)
		text_printf(caption, " Open, %zu: bounds, since one of the two missed the target.",
			    d->n_censored);
}

/* The arms against the baseline, where lines are too many to name. */
static void add_arm_legend(struct drawing *d, size_t baseline)
{
	for (size_t a = 0; a < d->study->n_arms && d->n_lines > LEGEND_MOST; a++) {
		const char *name = d->study->arms[a].name;

		if (a != baseline)
			chart_add_legend(d->chart, name,
					 &(struct chart_look){CHART_LINE_POINTS,
							      figure_arm(&d->arms, name), 1, 1.4,
							      0.55, false, true});
	}
	if (d->n_lines > LEGEND_MOST)
		text_printf(&d->chart->caption, " %zu lines, one for each L%s; darker: lower L.",
			    d->n_lines, d->several_sizes ? " and N" : "");
}

static void fill(struct drawing *d, size_t baseline)
{
	const char *base = d->study->arms[baseline].name;
	const struct chart_axis x = {"batch_tokens", "batch B (tokens per step)", true};
	struct chart_axis ratio = {"ratio", "", false}, extra = {"extra_tokens", "", false};
	size_t n, end;

	survey(d, baseline);
	ratio.title = arena_printf(&d->chart->arena, "T of %s / T", base);
	extra.title = arena_printf(&d->chart->arena, "T of %s - T (%s)", base, d->unit->name);
	d->chart->title = "Tokens T for the same loss";
	d->ratio = chart_add_panel(d->chart, "", &x, &ratio);
	d->extra = chart_add_panel(d->chart, "", &x, &extra);
	d->ratio->x_doubles = d->extra->x_doubles = true;
	for (size_t i = 0; i < d->n; i = end) {
		end = line_end(d, baseline, i, &n);
		if (n)
			add_target(d, baseline, i, end);
	}
	chart_add_rule_across(d->chart, d->ratio, "equal", 1, false);
	chart_add_rule_across(d->chart, d->extra, "equal", 0, false);
	add_caption(d, baseline);
	add_arm_legend(d, baseline);
}

static bool has_batches(const struct study *study)
{
	for (size_t i = 0; i < study->n_trials; i++)
		if (isfinite(study->trials[i].row->batch_tokens))
			return true;
	return false;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .chart = chart};
	size_t baseline = find_baseline(input->study, input->baseline ? input->baseline : "");

	if (input->study->n_arms < 2 || baseline == input->study->n_arms)
		return figure_no_baseline(input, err);
	d.n = figure_target_points(input, &d.points);
	figure_arms_init(&d.arms, input);
	fill(&d, baseline);
	figure_arms_release(&d.arms);
	free(d.points);
	if (!d.n_drawn && !has_batches(input->study))
		return error_set(err, ERR_DATA,
				 "no final row has 'batch_tokens'; a CSV may name it with "
				 "'--map batch_tokens=COLUMN'");
	if (!d.n_drawn)
		return error_set(err, ERR_DATA,
				 "no batch where both arms can be held to one loss: it needs 3 "
				 "batches or more ('batch_tokens') at one size, each with several "
				 "budgets, or --target with a loss that they reached");
	return 0;
}

const struct figure figure_token_ratio = {
	.name = "token_ratio",
	.summary = "tokens of the baseline over those of other arms against batch, for --target",
	.columns = "batch_tokens, tokens, loss, two arms; or target_loss and tokens",
	.study = true,
	.draw = draw,
};
