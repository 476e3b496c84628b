/* SPDX-License-Identifier: MIT
 *
 * ablation: the arms side by side, by their loss at the largest compute that all of them were
 * trained at, the lowest on top, with what each differs from the baseline.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plots/figure_parts.h"
#include "plots/rule.h"
#include "results/best_at.h"

struct entry {
	const struct study_point *point;
	const struct study_cell *cell;
	const char *name;
};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	struct chart *chart;
	struct figure_arms arms;
	struct spread spread;  /* of seeds */
	struct entry *entries; /* by rising loss */
	size_t n;
	const struct entry *baseline; /* NULL: none */
};

static int by_loss(const void *a, const void *b)
{
	const struct entry *first = a, *second = b;

	return (first->point->loss > second->point->loss) -
	       (first->point->loss < second->point->loss);
}

/* The first of the arms in the order of figures, where its name is the baseline's. */
static const struct entry *find_baseline(const struct drawing *d)
{
	const char *name = d->input->baseline ? d->input->baseline : "";

	for (size_t i = 0; i < d->n; i++) {
		const struct study_arm *arm = &d->study->arms[d->entries[i].point->arm];

		if (strcasecmp(arm->name, name) == 0 || strcasecmp(arm->first, name) == 0)
			return &d->entries[i];
	}
	return NULL;
}

static void collect(struct drawing *d, size_t budget)
{
	d->entries = xcalloc(d->study->n_arms + 1, sizeof(*d->entries));
	for (size_t arm = 0; arm < d->study->n_arms; arm++) {
		size_t cell = study_best_cell(d->study, d->input->points, arm, budget);

		if (cell < d->study->n_cells)
			d->entries[d->n++] =
				(struct entry){&d->input->points[cell], &d->study->cells[cell],
					       d->study->arms[arm].name};
	}
	qsort(d->entries, d->n, sizeof(*d->entries), by_loss);
	d->baseline = find_baseline(d);
	d->spread = spread_of_seeds(d->study);
}

/* "-0.034 ± 0.012", beside the arm's line. */
static const char *difference_words(struct drawing *d, const struct entry *entry)
{
	double margin;

	if (!d->baseline)
		return "";
	if (entry == d->baseline)
		return "baseline";
	margin = best_margin(&d->spread, d->baseline->point->loss, entry->cell->n_clusters,
			     d->baseline->cell->n_clusters);
	if (isfinite(margin))
		return arena_printf(&d->chart->arena, "%+.4f ± %.4f",
				    entry->point->loss - d->baseline->point->loss, margin);
	return arena_printf(&d->chart->arena, "%+.4f",
			    entry->point->loss - d->baseline->point->loss);
}

static void add_entry(struct drawing *d, struct chart_panel *panel, size_t i)
{
	const struct entry *entry = &d->entries[i];
	double loss = entry->point->loss, y = chart_category_y(panel, i);
	double margin = best_margin(&d->spread, loss, entry->cell->n_clusters, 0);
	struct chart_series *series =
		chart_add_series(d->chart, panel, entry->name,
				 &(struct chart_look){.mark = CHART_BARS_X,
						      .arm = figure_arm(&d->arms, entry->name),
						      .strength = 1,
						      .width = 1.2,
						      .size = 0.8,
						      .open = entry == d->baseline});
	char size[SHORT_TEXT];

	format_si(size, entry->point->params);
	chart_add_bar(d->chart, series, loss, y, loss - margin, loss + margin,
		      arena_printf(&d->chart->arena, "%s, N %s, lr %.6g, %zu seed%s", entry->name,
				   isfinite(entry->point->params) ? size : "unknown",
				   entry->point->lr, entry->cell->n_clusters,
				   entry->cell->n_clusters == 1 ? "" : "s"));
	chart_add_level(d->chart, panel, difference_words(d, entry), y);
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;
	struct chart_range flops = {HUGE_VAL, 0};

	for (size_t i = 0; i < d->n; i++)
		flops = chart_range_union(flops, (struct chart_range){d->entries[i].point->flops,
								      d->entries[i].point->flops});
	text_printf(caption, "n = %zu arms, each at its best size and setting, at C = ", d->n);
	text_add_number(caption, flops.high);
	text_add(caption, " FLOP, the largest budget that all have.");
	if (d->baseline)
		text_printf(caption, " Right: loss minus that of %s (open).", d->baseline->name);
	if (d->spread.freedom >= BEST_AT_LEAST_FREEDOM)
		text_printf(caption,
			    " Bars and ±: 90 %% of what seeds alone do (SD %.2g %% of L, "
			    "%zu degrees of freedom).",
			    100 * d->spread.pooled, d->spread.freedom);
	else
		text_add(caption, " No bars: too few seeds to know their spread.");
	text_printf(caption, " C: model FLOPs, %s.", figure_flops_convention(d->input));
}

static void fill(struct drawing *d)
{
	const struct chart_axis x = {"loss", "held-out loss L (nats/token)", false};
	const struct chart_axis y = {"arm", "", false};
	struct chart_panel *panel = chart_add_panel(d->chart, "", &x, &y);

	d->chart->title = "Arms at equal compute";
	for (size_t i = 0; i < d->n; i++)
		chart_add_category(d->chart, panel, d->entries[i].name);
	for (size_t i = 0; i < d->n; i++)
		add_entry(d, panel, i);
	if (d->baseline)
		chart_add_rule_upright(d->chart, panel, "baseline", d->baseline->point->loss, true);
	add_caption(d);
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input, .study = input->study, .chart = chart};
	size_t budget = study_common_budget(input->study, input->points);

	if (input->study->n_arms < 2)
		return figure_no_baseline(input, err);
	if (budget == input->study->n_budget_groups)
		return error_set(err, ERR_DATA,
				 "no compute budget was trained by every arm: leave out the arms "
				 "that lack it with --where \"label in ('...', '...')\"");
	collect(&d, budget);
	figure_arms_init(&d.arms, input);
	fill(&d);
	figure_arms_release(&d.arms);
	free(d.entries);
	return 0;
}

const struct figure figure_ablation = {
	.name = "ablation",
	.summary = "every arm's loss at the largest common budget, sorted, with intervals",
	.columns = "flops, loss, label or optimizer; seed for intervals",
	.study = true,
	.draw = draw,
};
