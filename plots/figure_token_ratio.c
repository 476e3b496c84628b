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
#include "results/targets.h"

#define SAME 1.001 /* batches and targets that differ by less are one */

/* What two arms need for one target at one size and batch. */
struct comparison {
	const struct target_point *baseline, *challenger;
	double ratio, extra;
};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct chart_panel *ratio, *extra;
	struct figure_arms arms;
	struct target_point *points; /* of all targets */
	size_t n, n_drawn, n_censored;
	struct chart_range losses; /* of the targets that have a comparison */
	double *sizes;		   /* of these, without repeats */
	size_t n_sizes;
};

static bool near(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(log(a / b)) < log(SAME);
}

static bool comparable(const struct target_point *a, const struct target_point *b)
{
	return a->size == b->size && near(a->target, b->target);
}

static void append(struct drawing *d, struct target_point *more, size_t n)
{
	d->points = xrealloc(d->points, (d->n + n + 1) * sizeof(*d->points));
	if (n)
		memcpy(d->points + d->n, more, n * sizeof(*more));
	d->n += n;
	free(more);
}

static void find_points(struct drawing *d)
{
	const struct figure_input *input = d->input;
	struct target_point *found;
	size_t n;

	for (size_t i = 0; i < input->n_targets; i++) {
		n = targets_find(input->study, input->points, input->targets[i], &found);
		append(d, found, n);
	}
	if (!input->n_targets) {
		n = targets_find(input->study, input->points, (double)NAN, &found);
		append(d, found, n);
	}
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

/* From 0.4 for the highest loss to 1 for the lowest. */
static double strength_of(const struct drawing *d, double target)
{
	if (!(d->losses.high > d->losses.low))
		return 1;
	return 0.4 + 0.6 * log(d->losses.high / target) / log(d->losses.high / d->losses.low);
}

static void survey(struct drawing *d, size_t baseline)
{
	struct comparison at;

	d->losses = (struct chart_range){HUGE_VAL, -HUGE_VAL};
	d->sizes = xcalloc(d->n + 1, sizeof(*d->sizes));
	for (size_t i = 0; i < d->n; i++) {
		const struct target_point *point = &d->points[i];
		bool known = false;

		if (point->arm == baseline || !compare(d, baseline, point, &at))
			continue;
		d->losses = chart_range_union(d->losses,
					      (struct chart_range){point->target, point->target});
		for (size_t k = 0; k < d->n_sizes; k++)
			known |= near(d->sizes[k], point->params);
		if (!known)
			d->sizes[d->n_sizes++] = point->params;
	}
}

static const char *line_name(struct drawing *d, const struct target_point *about)
{
	char number[SHORT_TEXT];

	if (d->n_sizes < 2 || !isfinite(about->params))
		return arena_printf(&d->chart->arena, "L %.4g", about->target);
	return arena_printf(&d->chart->arena, "L %.4g, N %s", about->target,
			    format_si(number, about->params));
}

struct line {
	struct chart_series *reached, *bound;
};

static struct line add_line(struct drawing *d, struct chart_panel *panel,
			    const struct target_point *about)
{
	const char *arm = d->study->arms[about->arm].name;
	struct chart_look look = {CHART_LINE_POINTS,
				  figure_arm(&d->arms, arm),
				  strength_of(d, about->target),
				  1.4,
				  0.55,
				  false,
				  true};
	struct line line;

	line.reached = chart_add_series(
		d->chart, panel, arena_printf(&d->chart->arena, "%s, %s", arm, line_name(d, about)),
		&look);
	look.mark = CHART_POINTS;
	look.open = true;
	look.size = 0.8;
	line.bound = chart_add_series(
		d->chart, panel,
		arena_printf(&d->chart->arena, "%s, %s, bounds", arm, line_name(d, about)), &look);
	return line;
}

static void add_comparison(struct drawing *d, const struct line lines[2],
			   const struct comparison *at)
{
	bool bound = at->baseline->censored || at->challenger->censored;
	const char *note = at->baseline->censored     ? "at least: the baseline missed the target"
			   : at->challenger->censored ? "at most: the challenger missed the target"
						      : NULL;
	double values[] = {at->ratio, at->extra};

	for (int k = 0; k < 2; k++)
		chart_add_point(d->chart, bound ? lines[k].bound : lines[k].reached,
				at->challenger->batch, values[k], note);
	d->n_drawn++;
	d->n_censored += bound;
}

/* The points of one challenger, size and target, which lie together; returns their end. */
static size_t add_target(struct drawing *d, size_t baseline, size_t first)
{
	const struct target_point *about = &d->points[first];
	struct comparison at, last = {NULL, NULL, 0, 0};
	struct line lines[2];
	size_t end = first;

	for (; end < d->n && d->points[end].arm == about->arm && comparable(&d->points[end], about);
	     end++) {
		if (about->arm == baseline || !compare(d, baseline, &d->points[end], &at))
			continue;
		if (!last.baseline) {
			lines[0] = add_line(d, d->ratio, about);
			lines[1] = add_line(d, d->extra, about);
		}
		add_comparison(d, lines, &at);
		last = at;
	}
	if (last.baseline) {
		chart_add_label(d->chart, d->ratio, last.challenger->batch, last.ratio,
				line_name(d, about));
		chart_add_label(d->chart, d->extra, last.challenger->batch, last.extra,
				line_name(d, about));
	}
	return end;
}

static void add_legend(struct drawing *d, size_t baseline)
{
	const char *base = d->study->arms[baseline].name;

	for (size_t i = 0; i < d->arms.n; i++) {
		struct chart_look look = {CHART_LINE_POINTS, (int)i, 1, 1.4, 0.6, false, true};

		if (strcmp(d->arms.names[i], base) != 0)
			chart_add_legend(
				d->chart,
				arena_printf(&d->chart->arena, "%s / %s", base, d->arms.names[i]),
				&look);
	}
}

static void add_caption(struct drawing *d, size_t baseline)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption,
		    "n = %zu trials, %zu comparisons at equal N and batch. T: tokens to the "
		    "held-out loss L at its line, from ends of schedules (straight in ln D, ln L). "
		    "Above 1: more tokens for %s. Darker: lower loss.",
		    d->study->n_trials, d->n_drawn, d->study->arms[baseline].name);
	if (d->n_censored)
		text_printf(caption, " Open, %zu: bounds, since one of the two missed the target.",
			    d->n_censored);
}

static void fill(struct drawing *d, size_t baseline)
{
	const struct chart_axis x = {"batch_tokens", "batch B (tokens per step)", true};
	const struct chart_axis ratio = {"ratio", "token ratio R", false};
	const struct chart_axis extra = {"extra_tokens", "extra tokens", false};

	d->chart->title = "Tokens for the same loss";
	d->ratio = chart_add_panel(d->chart, "baseline / challenger", &x, &ratio);
	d->extra = chart_add_panel(d->chart, "baseline - challenger", &x, &extra);
	d->ratio->x_doubles = d->extra->x_doubles = true;
	survey(d, baseline);
	for (size_t i = 0; i < d->n;)
		i = add_target(d, baseline, i);
	chart_add_rule_across(d->chart, d->ratio, "equal", 1, false);
	chart_add_rule_across(d->chart, d->extra, "equal", 0, false);
	add_legend(d, baseline);
	add_caption(d, baseline);
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .chart = chart};
	size_t baseline = find_baseline(input->study, input->baseline ? input->baseline : "");

	if (input->study->n_arms < 2 || baseline == input->study->n_arms)
		return figure_no_baseline(input, err);
	find_points(&d);
	figure_arms_init(&d.arms, input);
	fill(&d, baseline);
	figure_arms_release(&d.arms);
	free(d.sizes);
	free(d.points);
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
