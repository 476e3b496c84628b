/* SPDX-License-Identifier: MIT */
#include "results/selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/frontier.h"
#include "results/optima.h"

/* One cell under one set of weights: loss[setting * n_clusters + cluster] is the mean loss there
 * and weight[] how often it was drawn. */
struct bowl {
	const struct study_trial *trials;
	const double *drawn_weight, *drawn_loss; /* of its trials; NULL: 1, their own */
	size_t n_trials, n_settings, n_clusters;
	double *loss, *weight;
	const struct study_trial **example; /* a trial of each setting */
};

#define NO_CLUSTER SIZE_MAX

static void bowl_fill(struct bowl *bowl)
{
	size_t n = bowl->n_settings * bowl->n_clusters;

	memset(bowl->loss, 0, n * sizeof(*bowl->loss));
	memset(bowl->weight, 0, n * sizeof(*bowl->weight));
	for (size_t i = 0; i < bowl->n_trials; i++) {
		const struct study_trial *trial = &bowl->trials[i];
		size_t cluster = bowl->n_clusters > 1 ? trial->cluster : 0;
		size_t at = trial->setting * bowl->n_clusters + cluster;
		double w = bowl->drawn_weight ? bowl->drawn_weight[i] : 1;
		double loss = bowl->drawn_loss ? bowl->drawn_loss[i] : trial->loss;

		bowl->example[trial->setting] = trial;
		bowl->loss[at] += w * loss;
		bowl->weight[at] += w;
	}
	for (size_t at = 0; at < n; at++)
		if (bowl->weight[at] > 0)
			bowl->loss[at] /= bowl->weight[at];
}

/* The mean loss of a setting over all clusters but one, or over one only; NAN without any. */
static double mean_without(const struct bowl *bowl, size_t setting, size_t without)
{
	double total = 0, weight = 0;

	for (size_t c = 0; c < bowl->n_clusters; c++) {
		size_t at = setting * bowl->n_clusters + c;

		if (c == without)
			continue;
		total += bowl->weight[at] * bowl->loss[at];
		weight += bowl->weight[at];
	}
	return weight > 0 ? total / weight : (double)NAN;
}

static double loss_of_cluster(const struct bowl *bowl, size_t setting, size_t cluster)
{
	size_t at = setting * bowl->n_clusters + cluster;

	return bowl->weight[at] > 0 ? bowl->loss[at] : (double)NAN;
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
static size_t neighbour(const struct bowl *bowl, size_t setting, size_t without, int side)
{
	const struct study_trial *centre = bowl->example[setting];
	size_t best = bowl->n_settings;

	for (size_t s = 0; s < bowl->n_settings; s++) {
		const struct study_trial *other = bowl->example[s];

		if (!on_line(centre, other) || isnan(mean_without(bowl, s, without)))
			continue;
		if (side ? other->lr <= centre->lr : other->lr >= centre->lr)
			continue;
		if (best == bowl->n_settings ||
		    fabs(log(other->lr / centre->lr)) <
			    fabs(log(bowl->example[best]->lr / centre->lr)))
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
		x[i] = log(bowl->example[s[i]]->lr);
}

static struct optimum find_optimum(const struct bowl *bowl, size_t without)
{
	struct optimum best = {.x = (double)NAN};
	double lowest = HUGE_VAL, x[3], y[3];
	size_t s[3];

	for (size_t i = 0; i < bowl->n_settings; i++) {
		double loss = mean_without(bowl, i, without);

		if (loss < lowest) {
			lowest = loss;
			best.setting = i;
			best.found = true;
		}
	}
	if (!best.found)
		return best;
	best.x = log(bowl->example[best.setting]->lr);
	for (int side = 0; side < 2; side++)
		best.sides[side] = neighbour(bowl, best.setting, without, side);
	if (best.sides[0] == bowl->n_settings || best.sides[1] == bowl->n_settings)
		return best;
	three(bowl, &best, x, s);
	for (size_t i = 0; i < 3; i++)
		y[i] = mean_without(bowl, s[i], without);
	if (!(y[0] > y[1] || y[2] > y[1]) || bowl_diverged(fmax(y[0], y[2]), y[1]))
		return best; /* flat, or no arms of a parabola */
	best.x = (double)NAN;
	parabola(x, y, &best.x);
	best.bowl = true;
	return best;
}

/* What one cluster, or with NO_CLUSTER all of them, measured at an optimum. */
static double quote(const struct bowl *bowl, const struct optimum *best, size_t cluster)
{
	double x[3], y[3], at = best->x;
	size_t s[3];

#define MEASURED(setting)                                                \
	(cluster == NO_CLUSTER ? mean_without(bowl, setting, NO_CLUSTER) \
			       : loss_of_cluster(bowl, setting, cluster))
	if (!best->bowl)
		return MEASURED(best->setting);
	three(bowl, best, x, s);
	for (size_t i = 0; i < 3; i++)
		y[i] = MEASURED(s[i]);
#undef MEASURED
	return parabola(x, y, &at);
}

static double cluster_weight(const struct bowl *bowl, size_t cluster)
{
	double weight = 0;

	for (size_t s = 0; s < bowl->n_settings; s++)
		weight = fmax(weight, bowl->weight[s * bowl->n_clusters + cluster]);
	return weight;
}

/* The loss of the cell: each cluster quoted at the optimum of the others, where there are others
 * and it was measured there; else all at their own optimum. */
static double cross_quote(const struct bowl *bowl, const struct optimum *best)
{
	double total = 0, weight = 0;

	for (size_t c = 0; c < bowl->n_clusters; c++) {
		double w = cluster_weight(bowl, c), loss;
		struct optimum others;

		if (w == 0)
			continue;
		others = find_optimum(bowl, c);
		loss = others.found ? quote(bowl, &others, c) : (double)NAN;
		if (isnan(loss))
			continue;
		total += w * loss;
		weight += w;
	}
	return weight > 0 ? total / weight : quote(bowl, best, NO_CLUSTER);
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
	bool low = neighbour(bowl, best->setting, NO_CLUSTER, 0) == bowl->n_settings;
	bool high = neighbour(bowl, best->setting, NO_CLUSTER, 1) == bowl->n_settings;
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
					       mean_without(bowl, s, NO_CLUSTER)};
	if (bowl_vertex(tried, bowl->n_settings, &vertex))
		point->batch_vertex = exp(vertex.x);
	free(tried);
}

static void describe_best(const struct bowl *bowl, const struct optimum *best,
			  struct study_point *point)
{
	const struct study_trial *at = bowl->example[best->setting];

	point->params = at->params;
	point->tokens = at->tokens;
	point->flops = at->flops;
	point->flops_optimizer = at->flops_optimizer;
	point->batch_tokens = at->batch_tokens;
	point->steps = at->steps;
	point->width = at->row->d_model;
	point->lr = best->bowl ? exp(best->x) : at->lr;
	point->bowl = best->bowl;
	point->edges = find_edges(bowl, best);
	describe_batches(bowl, point);
	point->loss = cross_quote(bowl, best);
}

/* A row that gives what a target cost, as it is. */
static void describe_costs(const struct study_trial *trial, struct study_point *point)
{
	point->params = trial->params;
	point->tokens = trial->tokens;
	point->flops = trial->flops;
	point->flops_optimizer = trial->flops_optimizer;
	point->compute = trial->flops;
	point->batch_tokens = trial->batch_tokens;
	point->steps = trial->steps;
	point->width = trial->row->d_model;
}

static void select_cell(const struct study *study, struct bowl *bowl, struct study_point *point)
{
	struct optimum best;

	if (bowl->trials->costs) {
		describe_costs(bowl->trials, point);
		point->weight = bowl->drawn_weight ? bowl->drawn_weight[0] : 1;
		return;
	}
	bowl_fill(bowl);
	best = find_optimum(bowl, NO_CLUSTER);
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
	size_t settings = 1, clusters = 1;

	for (size_t c = 0; c < study->n_cells; c++)
		if (study->cells[c].n_settings > settings)
			settings = study->cells[c].n_settings;
	for (size_t s = 0; s < study->n_strata; s++)
		if (study->stratum_clusters[s] > clusters)
			clusters = study->stratum_clusters[s];
	bowl.loss = xmalloc(settings * clusters * sizeof(*bowl.loss));
	bowl.weight = xmalloc(settings * clusters * sizeof(*bowl.weight));
	bowl.example = xmalloc(settings * sizeof(*bowl.example));
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
			.width = nan,
			.batch_vertex = nan,
			.single = cell->single,
		};
		bowl.trials = &study->trials[cell->first];
		bowl.n_trials = cell->n_trials;
		bowl.n_settings = cell->n_settings;
		bowl.n_clusters = study->as_is ? 1 : study->stratum_clusters[cell->stratum];
		bowl.drawn_weight = draw->weight ? draw->weight + cell->first : NULL;
		bowl.drawn_loss = draw->loss ? draw->loss + cell->first : NULL;
		select_cell(study, &bowl, &points[c]);
	}
	free(bowl.loss);
	free(bowl.weight);
	free(bowl.example);
	study_mark_frontier(study, points);
}
