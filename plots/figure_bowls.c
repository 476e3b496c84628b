/* SPDX-License-Identifier: MIT
 *
 * lr, batch: the final loss against the peak learning rate or the batch, a panel per size, a bowl
 * per arm and budget, darker for larger budgets, with its optimum.  A bowl of learning rates is
 * one cell; a bowl of batches is a cell that tuned the batch, or all cells of an arm, size and
 * budget where the batch was studied.
 */
#include <math.h>
#include <stdlib.h>

#include "plots/figure_parts.h"
#include "results/optima.h"

struct tried { /* a value, and the best loss there */
	double x, loss;
};

struct bowl {
	size_t arm;
	double params, flops;
	struct tried *points; /* by rising x */
	size_t n, capacity;
	struct tried optimum;
	bool edge;
};

struct drawing;

struct bowl_kind {
	struct chart_axis x;
	const char *title, *optimum; /* the last for the caption */
	bool doubles;
	bool (*together)(const struct study *study, size_t cell, size_t other);
	void (*add_cell)(const struct figure_input *input, size_t cell, struct bowl *bowl);
	void (*find_optimum)(const struct drawing *d, size_t cell, struct bowl *bowl);
};

struct drawing {
	const struct figure_input *input;
	const struct study *study;
	const struct bowl_kind *kind;
	struct chart *chart;
	struct figure_arms arms;
	struct chart_range budgets;
	struct bowl *bowls;
	size_t n_bowls, n_edges, n_optima;
	struct study_point *batches; /* optima */
	size_t n_batches;
};

static double lr_of(const struct study_trial *trial)
{
	return trial->lr;
}

static double batch_of(const struct study_trial *trial)
{
	return trial->batch_tokens;
}

static bool cell_alone(const struct study *study, size_t cell, size_t other)
{
	(void)study;
	return cell == other;
}

static bool same_budget(const struct study *study, size_t cell, size_t other)
{
	const struct study_cell *a = &study->cells[cell], *b = &study->cells[other];
	double sizes[] = {study->trials[a->first].params, study->trials[b->first].params};

	return a->arm == b->arm && a->budget_group == b->budget_group &&
	       figure_same(sizes[0], sizes[1]);
}

static void add_point(struct bowl *bowl, double x, double loss)
{
	if (!isfinite(x) || !isfinite(loss))
		return;
	bowl->points =
		grow_array(bowl->points, &bowl->capacity, bowl->n + 1, sizeof(*bowl->points));
	bowl->points[bowl->n++] = (struct tried){x, loss};
}

/* Adds the mean loss over the seeds of one setting. */
static void add_setting(const struct study *study, const struct study_cell *cell, size_t setting,
			double (*place)(const struct study_trial *), struct bowl *bowl)
{
	double sum = 0, x = (double)NAN;
	size_t n = 0;

	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
		if (study->trials[i].setting == setting) {
			x = place(&study->trials[i]);
			sum += study->trials[i].loss;
			n++;
		}
	add_point(bowl, x, sum / (double)n);
}

static void add_lr_settings(const struct figure_input *input, size_t at, struct bowl *bowl)
{
	const struct study_cell *cell = &input->study->cells[at];

	for (size_t setting = 0; setting < cell->n_settings; setting++)
		add_setting(input->study, cell, setting, lr_of, bowl);
}

/* A cell that did not tune its batch is one point: its best of tuning. */
static void add_batches(const struct figure_input *input, size_t at, struct bowl *bowl)
{
	const struct study_cell *cell = &input->study->cells[at];
	const struct study_trial *trials = &input->study->trials[cell->first];
	bool tuned = false;

	for (size_t i = 1; i < cell->n_trials; i++)
		tuned |= trials[i].batch_tokens != trials[0].batch_tokens;
	for (size_t setting = 0; tuned && setting < cell->n_settings; setting++)
		add_setting(input->study, cell, setting, batch_of, bowl);
	if (!tuned)
		add_point(bowl, trials[0].batch_tokens, input->points[at].loss);
}

static void lr_optimum(const struct drawing *d, size_t cell, struct bowl *bowl)
{
	const struct study_point *point = &d->input->points[cell];

	bowl->optimum = (struct tried){point->lr, point->loss};
	bowl->edge = point->edges & (EDGE_LR_LOW | EDGE_LR_HIGH);
}

static void batch_optimum(const struct drawing *d, size_t cell, struct bowl *bowl)
{
	bowl->optimum = (struct tried){(double)NAN, (double)NAN};
	for (size_t i = 0; i < d->n_batches; i++) {
		const struct study_point *best = &d->batches[i];

		if (!same_budget(d->study, best->cell, cell))
			continue;
		bowl->optimum = (struct tried){best->batch_tokens, best->loss};
		bowl->edge = !best->bowl;
	}
}

static const struct bowl_kind lr_kind = {
	.x = {.name = "lr", .title = "peak learning rate", .log = true},
	.title = "Loss against learning rate",
	.optimum = "the optimum that fits use",
	.together = cell_alone,
	.add_cell = add_lr_settings,
	.find_optimum = lr_optimum,
};

static const struct bowl_kind batch_kind = {
	.x = {.name = "batch_tokens", .title = "batch B (tokens)", .log = true},
	.title = "Loss against batch",
	.optimum = "the vertex through the lowest three",
	.doubles = true,
	.together = same_budget,
	.add_cell = add_batches,
	.find_optimum = batch_optimum,
};

static int by_x_and_loss(const void *a, const void *b)
{
	const struct tried *first = a, *second = b;

	if (first->x != second->x)
		return first->x < second->x ? -1 : 1;
	return (first->loss > second->loss) - (first->loss < second->loss);
}

/* Keeps the lowest loss at each x. */
static void sort_points(struct bowl *bowl)
{
	size_t kept = 0;

	if (bowl->n)
		qsort(bowl->points, bowl->n, sizeof(*bowl->points), by_x_and_loss);
	for (size_t i = 0; i < bowl->n; i++)
		if (i == 0 || bowl->points[i].x != bowl->points[kept - 1].x)
			bowl->points[kept++] = bowl->points[i];
	bowl->n = kept;
}

/* The bowl that begins with this cell. */
static void add_bowl(struct drawing *d, size_t cell)
{
	struct bowl *bowl = &d->bowls[d->n_bowls];

	*bowl = (struct bowl){.arm = d->study->cells[cell].arm,
			      .params = d->input->points[cell].params,
			      .flops = d->input->points[cell].flops};
	for (size_t other = cell; other < d->study->n_cells; other++)
		if (d->kind->together(d->study, cell, other))
			d->kind->add_cell(d->input, other, bowl);
	sort_points(bowl);
	d->kind->find_optimum(d, cell, bowl);
	if (bowl->n)
		d->n_bowls++;
}

static void make_bowls(struct drawing *d)
{
	d->bowls = xcalloc(d->study->n_cells + 1, sizeof(*d->bowls));
	for (size_t cell = 0; cell < d->study->n_cells; cell++) {
		bool first = true;

		for (size_t before = 0; before < cell; before++)
			first &= !d->kind->together(d->study, before, cell);
		if (first)
			add_bowl(d, cell);
	}
}

static void draw_bowl(struct drawing *d, struct chart_panel *panel, const struct bowl *bowl)
{
	const char *arm = d->study->arms[bowl->arm].name;
	struct text name = {0};
	struct chart_series *series;

	text_printf(&name, "%s, C ", arm);
	text_add_number(&name, bowl->flops);
	series = chart_add_series(d->chart, panel, text_string(&name),
				  &(struct chart_look){CHART_LINE_POINTS, figure_arm(&d->arms, arm),
						       figure_strength(d->budgets, bowl->flops),
						       1.2, 0.4, true, true});
	for (size_t i = 0; i < bowl->n; i++)
		chart_add_point(d->chart, series, bowl->points[i].x, bowl->points[i].loss, NULL);
	text_release(&name);
}

static void draw_optimum(struct drawing *d, struct chart_panel *panel, const struct bowl *bowl)
{
	const char *arm = d->study->arms[bowl->arm].name;
	struct chart_look look = {.mark = CHART_POINTS,
				  .arm = figure_arm(&d->arms, arm),
				  .strength = figure_strength(d->budgets, bowl->flops),
				  .width = 1,
				  .size = 0.85,
				  .open = bowl->edge};
	struct chart_series *series;
	struct text words = {0};

	text_printf(&words, "%s, optimum%s", arm, bowl->edge ? " on the edge" : "");
	series = chart_add_series(d->chart, panel, text_string(&words), &look);
	if (chart_add_point(d->chart, series, bowl->optimum.x, bowl->optimum.loss, NULL)) {
		d->n_optima++;
		d->n_edges += bowl->edge;
	}
	text_release(&words);
}

static void add_panel(struct drawing *d, double size)
{
	const struct chart_axis y = {
		.name = "loss", .title = "held-out loss L (nats/token)", .log = false};
	struct chart_panel *panel =
		chart_add_panel(d->chart, figure_size_title(d->chart, size), &d->kind->x, &y);

	panel->x_doubles = d->kind->doubles;
	for (size_t i = 0; i < d->n_bowls; i++)
		if (figure_same(d->bowls[i].params, size))
			draw_bowl(d, panel, &d->bowls[i]);
	for (size_t i = 0; i < d->n_bowls; i++)
		if (figure_same(d->bowls[i].params, size))
			draw_optimum(d, panel, &d->bowls[i]);
}

static void add_panels(struct drawing *d)
{
	double *sizes = xmalloc((d->study->n_cells + 1) * sizeof(*sizes));
	size_t n = figure_sizes(d->input, sizes);

	for (size_t i = 0; i < n; i++)
		add_panel(d, sizes[i]);
	free(sizes);
}

static void add_caption(struct drawing *d)
{
	struct text *caption = &d->chart->caption;

	text_printf(caption, "n = %zu trials, %zu bowls; darker: larger budget, from ",
		    d->study->n_trials, d->n_bowls);
	text_add_number(caption, d->budgets.low);
	text_add(caption, " to ");
	text_add_number(caption, d->budgets.high);
	text_printf(caption,
		    " FLOP (%s). Small: mean over the seeds of a setting; large: %s, open where it "
		    "is on the edge of the grid (%zu of %zu).",
		    figure_flops_convention(d->input), d->kind->optimum, d->n_edges, d->n_optima);
	if (d->study->dropped.diverged)
		text_printf(caption, " Diverged, not shown: %zu.", d->study->dropped.diverged);
}

static void fill(struct drawing *d)
{
	d->chart->title = d->kind->title;
	d->chart->same_y = true;
	figure_arms_init(&d->arms, d->input);
	add_panels(d);
	add_caption(d);
	figure_add_legend(d->chart, &d->arms,
			  &(struct chart_look){CHART_LINE_POINTS, .strength = 1, .width = 1.2,
					       .size = 0.6, .dashed = true});
	figure_arms_release(&d->arms);
}

static size_t widest_bowl(const struct drawing *d)
{
	size_t widest = 0;

	for (size_t i = 0; i < d->n_bowls; i++)
		widest = d->bowls[i].n > widest ? d->bowls[i].n : widest;
	return widest;
}

static int draw_bowls(const struct figure_input *input, const struct bowl_kind *kind, size_t least,
		      struct chart *chart, struct error *err)
{
	struct drawing d = {.input = input,
			    .study = input->study,
			    .kind = kind,
			    .chart = chart,
			    .budgets = figure_budgets(input)};
	size_t widest;

	d.n_batches = batch_optima(input->study, input->points, &d.batches);
	make_bowls(&d);
	widest = widest_bowl(&d);
	if (widest >= least)
		fill(&d);
	for (size_t i = 0; i < d.n_bowls; i++)
		free(d.bowls[i].points);
	free(d.bowls);
	free(d.batches);
	if (widest == 0)
		return error_set(err, ERR_DATA,
				 "no final row has both '%s' and 'loss'; a CSV may name them with "
				 "'--map %s=COLUMN'",
				 kind->x.name, kind->x.name);
	return widest >= least
		       ? 0
		       : error_set(err, ERR_DATA,
				   "every arm, size and budget has one value of '%s', a bowl "
				   "needs %zu; sweep more of them",
				   kind->x.name, least);
}

static int draw_lr(const struct figure_input *input, struct chart *chart, struct error *err)
{
	return draw_bowls(input, &lr_kind, 1, chart, err);
}

static int draw_batch(const struct figure_input *input, struct chart *chart, struct error *err)
{
	return draw_bowls(input, &batch_kind, 2, chart, err);
}

const struct figure figure_lr = {
	.name = "lr",
	.summary = "final loss against learning rate: a bowl per arm, size and budget",
	.columns = "lr, loss; params and flops where there are several",
	.study = true,
	.draw = draw_lr,
};

const struct figure figure_batch = {
	.name = "batch",
	.summary = "final loss against batch: a bowl per arm, size and budget",
	.columns = "batch_tokens, loss; params and flops where there are several",
	.study = true,
	.draw = draw_batch,
};
