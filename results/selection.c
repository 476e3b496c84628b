/* SPDX-License-Identifier: MIT */
#include "results/selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/frontier.h"
#include "results/optima.h"

/* One cell under one set of weights.  loss[setting * n_clusters + cluster] is the mean loss there,
 * NAN without trials. */
struct bowl {
	const struct study_trial *trials;
	const double *drawn_weight, *drawn_loss; /* of its trials; NULL: 1, their own */
	size_t n_trials, n_settings, n_clusters;
	double *loss;
	double *drawn, *votes; /* of each cluster: how often it was drawn; how often it selects */
	double *each;	       /* 1 of each cluster */
	double *mean;	       /* of each setting, by votes */
	double *ln_lr;	       /* of each setting */
	const struct study_trial **example; /* a trial of each setting */
};

static void bowl_fill(struct bowl *bowl)
{
	size_t n = bowl->n_settings * bowl->n_clusters;
	double *count = bowl->votes + bowl->n_clusters; /* scratch behind the votes */

	memset(bowl->loss, 0, n * sizeof(*bowl->loss));
	memset(count, 0, n * sizeof(*count));
	for (size_t i = 0; i < bowl->n_trials; i++) {
		const struct study_trial *trial = &bowl->trials[i];
		size_t at = trial->setting * bowl->n_clusters + trial->cell_cluster;

		bowl->example[trial->setting] = trial;
		bowl->ln_lr[trial->setting] = trial->ln_lr;
		bowl->loss[at] += bowl->drawn_loss ? bowl->drawn_loss[i] : trial->loss;
		bowl->drawn[trial->cell_cluster] = bowl->drawn_weight ? bowl->drawn_weight[i] : 1;
		count[at]++;
	}
	for (size_t at = 0; at < n; at++)
		bowl->loss[at] /= count[at]; /* NAN without any */
}

/* The mean loss of a setting over clusters; NAN without any. */
static double setting_mean(const struct bowl *bowl, size_t setting, const double *weights)
{
	const double *loss = &bowl->loss[setting * bowl->n_clusters];
	double total = 0, weight = 0;

	for (size_t c = 0; c < bowl->n_clusters; c++) {
		if (weights[c] == 0 || isnan(loss[c]))
			continue;
		total += weights[c] * loss[c];
		weight += weights[c];
	}
	return weight > 0 ? total / weight : (double)NAN;
}

/* The optimum as some of the clusters see it: a setting, and where its neighbours allow it the
 * vertex x of the parabola through the three. */
struct optimum {
	size_t setting;
	bool found, bowl;
	size_t sides[2];
	double x; /* ln lr */
};

/* Whether b could be a's neighbour along lr: all else equal. */
static bool on_line(const struct study_trial *a, const struct study_trial *b)
{
	return a->line == b->line && a->lr > 0 && b->lr > 0;
}

/* The nearest setting of lower (side 0) or higher lr that was measured; n_settings: none. */
static size_t neighbour(const struct bowl *bowl, size_t setting, int side)
{
	const struct study_trial *centre = bowl->example[setting];
	size_t best = bowl->n_settings;

	for (size_t s = 0; s < bowl->n_settings; s++) {
		double away = bowl->ln_lr[s] - bowl->ln_lr[setting];

		if (isnan(bowl->mean[s]) || (side ? away <= 0 : away >= 0) ||
		    !on_line(centre, bowl->example[s]))
			continue;
		if (best == bowl->n_settings ||
		    fabs(away) < fabs(bowl->ln_lr[best] - bowl->ln_lr[setting]))
			best = s;
	}
	return best;
}

static void three(const struct bowl *bowl, const struct optimum *best, double x[3], size_t s[3])
{
	s[0] = best->sides[0];
	s[1] = best->setting;
	s[2] = best->sides[1];
	for (size_t i = 0; i < 3; i++)
		x[i] = bowl->ln_lr[s[i]];
}

/* As the clusters with votes see it. */
static struct optimum find_optimum(struct bowl *bowl)
{
	struct optimum best = {.x = (double)NAN};
	double lowest = HUGE_VAL, x[3], y[3];
	size_t s[3];

	for (size_t i = 0; i < bowl->n_settings; i++) {
		double loss = bowl->mean[i] = setting_mean(bowl, i, bowl->votes);

		if (loss < lowest) {
			lowest = loss;
			best.setting = i;
			best.found = true;
		}
	}
	if (!best.found)
		return best;
	best.x = bowl->ln_lr[best.setting];
	for (int side = 0; side < 2; side++)
		best.sides[side] = neighbour(bowl, best.setting, side);
	if (best.sides[0] == bowl->n_settings || best.sides[1] == bowl->n_settings)
		return best;
	three(bowl, &best, x, s);
	for (size_t i = 0; i < 3; i++)
		y[i] = bowl->mean[s[i]];
	if (!(y[0] > y[1] || y[2] > y[1]) || bowl_diverged(fmax(y[0], y[2]), y[1]))
		return best; /* flat, or no arms of a parabola */
	best.x = (double)NAN;
	parabola(x, y, &best.x);
	best.bowl = true;
	return best;
}

/* What clusters measured at an optimum. */
static double quote(const struct bowl *bowl, const struct optimum *best, const double *weights)
{
	double x[3], y[3], at = best->x;
	size_t s[3];

	if (!best->found)
		return (double)NAN;
	if (!best->bowl)
		return setting_mean(bowl, best->setting, weights);
	three(bowl, best, x, s);
	for (size_t i = 0; i < 3; i++)
		y[i] = setting_mean(bowl, s[i], weights);
	return parabola(x, y, &at);
}

/* What a cluster measured at the optimum of the others that `weights` has; votes are changed. */
static double quote_crossed(struct bowl *bowl, size_t cluster, const double *weights)
{
	struct optimum best;

	memcpy(bowl->votes, weights, bowl->n_clusters * sizeof(*bowl->votes));
	bowl->votes[cluster] = 0;
	best = find_optimum(bowl);
	memset(bowl->votes, 0, bowl->n_clusters * sizeof(*bowl->votes));
	bowl->votes[cluster] = 1;
	return quote(bowl, &best, bowl->votes);
}

/* The loss of the cell: each cluster that was drawn, quoted at the optimum of the others that were;
 * one drawn alone, at the optimum of those that were not.  Of two clusters the one drawn stays at
 * its own optimum: both crossed quotes hold the distance of the two optima, and they differ by
 * less than the noise of their mean (docs/laws.md has what that does to coverage). */
static double cross_quote(struct bowl *bowl, const struct optimum *best)
{
	double total = 0, weight = 0;
	size_t n = 0;

	for (size_t c = 0; c < bowl->n_clusters; c++)
		n += bowl->drawn[c] > 0;
	for (size_t c = 0; c < bowl->n_clusters && (n > 1 || bowl->n_clusters > 2); c++) {
		double loss;

		if (bowl->drawn[c] == 0)
			continue;
		loss = quote_crossed(bowl, c, n > 1 ? bowl->drawn : bowl->each);
		if (isnan(loss))
			continue;
		total += bowl->drawn[c] * loss;
		weight += bowl->drawn[c];
	}
	return weight > 0 ? total / weight : quote(bowl, best, bowl->drawn);
}

/* Whether the best value of a key is the lowest or the highest of three or more tried. */
static bool at_edge(const struct bowl *bowl, double best, enum tuned_key key)
{
	double low = HUGE_VAL, high = -HUGE_VAL;
	bool between = false;

	for (size_t s = 0; s < bowl->n_settings; s++) {
		low = fmin(low, tuned_key_value(bowl->example[s]->row, key));
		high = fmax(high, tuned_key_value(bowl->example[s]->row, key));
	}
	for (size_t s = 0; s < bowl->n_settings; s++) {
		double value = tuned_key_value(bowl->example[s]->row, key);

		between |= value > low && value < high;
	}
	return between && (best == low || best == high);
}

static unsigned find_edges(const struct bowl *bowl, const struct optimum *best)
{
	const struct study_trial *at = bowl->example[best->setting];
	bool low = best->sides[0] == bowl->n_settings;
	bool high = best->sides[1] == bowl->n_settings;
	unsigned edges = 0;

	if (low && !high)
		edges |= EDGE_LR_LOW;
	if (high && !low)
		edges |= EDGE_LR_HIGH;
	for (int k = 0; k < N_TUNED_KEYS; k++) {
		enum tuned_key key = (enum tuned_key)k;

		if (tuned_key_counts(at->row, key) &&
		    at_edge(bowl, tuned_key_value(at->row, key), key))
			edges |= EDGE_OF_KEY(key);
	}
	return edges;
}

/* The vertex over the batches of one cell's tuning, each at its best setting. */
static void describe_batches(const struct bowl *bowl, struct study_point *point)
{
	struct bowl_point *tried, vertex;

	for (size_t s = 0; s < bowl->n_settings; s++)
		point->batch_tried |=
			bowl->example[s]->batch_tokens != bowl->example[0]->batch_tokens;
	point->batch_tried = point->batch_tried && isfinite(point->batch_tokens);
	if (!point->batch_tried)
		return;
	tried = xmalloc(bowl->n_settings * sizeof(*tried));
	for (size_t s = 0; s < bowl->n_settings; s++)
		tried[s] = (struct bowl_point){log(bowl->example[s]->batch_tokens),
					       setting_mean(bowl, s, bowl->drawn)};
	if (bowl_vertex(tried, bowl->n_settings, &vertex))
		point->batch_vertex = exp(vertex.x);
	free(tried);
}

static double mean_seconds(const struct bowl *bowl, size_t setting)
{
	double total = 0;
	size_t n = 0;

	for (size_t i = 0; i < bowl->n_trials; i++)
		if (bowl->trials[i].setting == setting) {
			total += bowl->trials[i].row->seconds;
			n++;
		}
	return total / (double)n;
}

static void describe_trial(const struct study_trial *trial, struct study_point *point)
{
	point->params = trial->params;
	point->tokens = trial->tokens;
	point->flops = trial->flops;
	point->flops_optimizer = trial->flops_optimizer;
	point->batch_tokens = trial->batch_tokens;
	point->steps = trial->steps;
	point->width = trial->row->d_model;
}

static void describe_best(struct bowl *bowl, const struct optimum *best, struct study_point *point)
{
	const struct study_trial *at = bowl->example[best->setting];

	describe_trial(at, point);
	point->seconds = mean_seconds(bowl, best->setting);
	point->lr = best->bowl ? exp(best->x) : at->lr;
	point->bowl = best->bowl;
	point->edges = find_edges(bowl, best);
	describe_batches(bowl, point);
	point->loss = cross_quote(bowl, best);
}

static void select_cell(const struct study *study, struct bowl *bowl, struct study_point *point)
{
	struct optimum best;

	if (bowl->trials->costs) {
		/* A row that gives what a target cost, as it is. */
		describe_trial(bowl->trials, point);
		point->compute = point->flops;
		point->weight = bowl->drawn_weight ? bowl->drawn_weight[0] : 1;
		return;
	}
	bowl_fill(bowl);
	memcpy(bowl->votes, bowl->drawn, bowl->n_clusters * sizeof(*bowl->votes));
	best = find_optimum(bowl);
	if (!best.found)
		return;
	describe_best(bowl, &best, point);
	point->compute = point->flops;
	if (study->count_optimizer)
		point->compute += point->flops_optimizer;
	point->weight = study->as_is && bowl->drawn_weight ? bowl->drawn_weight[0] : 1;
}

static struct bowl bowl_new(const struct study *study)
{
	struct bowl bowl = {0};
	size_t settings = 1, clusters = 1, places = 1;

	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_cell *cell = &study->cells[c];
		size_t n = cell->n_settings * cell->n_clusters;

		settings = cell->n_settings > settings ? cell->n_settings : settings;
		clusters = cell->n_clusters > clusters ? cell->n_clusters : clusters;
		places = n > places ? n : places;
	}
	bowl.loss = xmalloc(places * sizeof(*bowl.loss));
	bowl.each = xmalloc(clusters * sizeof(*bowl.each));
	for (size_t c = 0; c < clusters; c++)
		bowl.each[c] = 1;
	bowl.drawn = xmalloc(clusters * sizeof(*bowl.drawn));
	bowl.votes = xmalloc((clusters + places) * sizeof(*bowl.votes));
	bowl.example = xmalloc(settings * sizeof(*bowl.example));
	bowl.mean = xmalloc(settings * sizeof(*bowl.mean));
	bowl.ln_lr = xmalloc(settings * sizeof(*bowl.ln_lr));
	return bowl;
}

void study_select(const struct study *study, const struct study_draw *draw,
		  struct study_point *points)
{
	static const struct study_draw itself = {NULL, NULL};
	struct bowl bowl = bowl_new(study);

	draw = draw ? draw : &itself;
	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_cell *cell = &study->cells[c];
		double nan = (double)NAN;

		points[c] = (struct study_point){
			.arm = cell->arm,
			.cell = c,
			.loss = nan,
			.lr = nan,
			.steps = nan,
			.change = 1,
			.frontier_change = 1,
			.width = nan,
			.batch_vertex = nan,
			.seconds = nan,
			.single = cell->single,
		};
		bowl.trials = &study->trials[cell->first];
		bowl.n_trials = cell->n_trials;
		bowl.n_settings = cell->n_settings;
		bowl.n_clusters = cell->n_clusters;
		bowl.drawn_weight = draw->weight ? draw->weight + cell->first : NULL;
		bowl.drawn_loss = draw->loss ? draw->loss + cell->first : NULL;
		select_cell(study, &bowl, &points[c]);
	}
	free(bowl.loss);
	free(bowl.each);
	free(bowl.drawn);
	free(bowl.votes);
	free(bowl.example);
	free(bowl.mean);
	free(bowl.ln_lr);
	study_mark_frontier(study, points);
}
