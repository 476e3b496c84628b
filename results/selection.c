/* SPDX-License-Identifier: MIT */
#include "results/selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/frontier.h"

/* One cell under one set of weights: loss[setting * n_clusters + cluster] is the mean loss there,
 * NAN without trials, and weight[] how often it was drawn. */
struct bowl {
	const struct study_trial *trials;
	const double *drawn_weight, *drawn_loss; /* of its trials; NULL: 1, their own */
	size_t n_trials, n_settings, n_clusters;
	double *loss, *weight;
	double *mean;			    /* of each setting, see bowl_look() */
	double *ln_lr;			    /* of each setting */
	const struct study_trial **example; /* a trial of each setting */
};

#define NO_CLUSTER SIZE_MAX

static size_t place_of(const struct bowl *bowl, const struct study_trial *trial)
{
	return trial->setting * bowl->n_clusters + trial->cell_cluster;
}

static void bowl_fill(struct bowl *bowl)
{
	size_t n = bowl->n_settings * bowl->n_clusters;

	memset(bowl->loss, 0, n * sizeof(*bowl->loss));
	memset(bowl->weight, 0, n * sizeof(*bowl->weight));
	for (size_t i = 0; i < bowl->n_trials; i++) {
		const struct study_trial *trial = &bowl->trials[i];
		size_t at = place_of(bowl, trial);

		bowl->example[trial->setting] = trial;
		bowl->ln_lr[trial->setting] = trial->ln_lr;
		bowl->loss[at] += bowl->drawn_loss ? bowl->drawn_loss[i] : trial->loss;
		bowl->weight[at]++;
	}
	for (size_t at = 0; at < n; at++)
		bowl->loss[at] /= bowl->weight[at]; /* NAN without any */
	for (size_t i = 0; i < bowl->n_trials && bowl->drawn_weight; i++)
		bowl->weight[place_of(bowl, &bowl->trials[i])] = bowl->drawn_weight[i];
}

/* The mean loss of a setting over all clusters but one, as often as they were drawn, or with
 * `anyway` once each; NAN without any. */
static double mean_without(const struct bowl *bowl, size_t setting, size_t without, bool anyway)
{
	double total = 0, weight = 0;

	for (size_t c = 0; c < bowl->n_clusters; c++) {
		size_t at = setting * bowl->n_clusters + c;
		double w = anyway ? 1 : bowl->weight[at];

		if (c == without || w == 0 || isnan(bowl->loss[at]))
			continue;
		total += w * bowl->loss[at];
		weight += w;
	}
	return weight > 0 ? total / weight : (double)NAN;
}

/* The bowl as all clusters but one see it: those that were drawn, or when that is none, those that
 * were not, since what is quoted must not be what selects. */
static void bowl_look(struct bowl *bowl, size_t without)
{
	bool found = false;

	for (size_t s = 0; s < bowl->n_settings; s++) {
		bowl->mean[s] = mean_without(bowl, s, without, false);
		found |= !isnan(bowl->mean[s]);
	}
	for (size_t s = 0; s < bowl->n_settings && without != NO_CLUSTER && !found; s++)
		bowl->mean[s] = mean_without(bowl, s, without, true);
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
	bool decay = a->weight_decay == b->weight_decay ||
		     (isnan(a->weight_decay) && isnan(b->weight_decay));
	bool batch = a->batch_tokens == b->batch_tokens ||
		     (isnan(a->batch_tokens) && isnan(b->batch_tokens));

	return decay && batch && a->lr > 0 && b->lr > 0;
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

/* The parabola through three points at x: its value where `*vertex` is, or with NAN there its
 * vertex, put into *vertex. */
static double parabola(const double x[3], const double y[3], double *vertex)
{
	double low = (y[1] - y[0]) / (x[1] - x[0]), high = (y[2] - y[1]) / (x[2] - x[1]);
	double bend = (high - low) / (x[2] - x[0]);

	if (isnan(*vertex))
		*vertex = 0.5 * (x[0] + x[1]) - 0.5 * low / bend;
	return y[0] + (*vertex - x[0]) * (low + bend * (*vertex - x[1]));
}

static void three(const struct bowl *bowl, const struct optimum *best, double x[3], size_t s[3])
{
	s[0] = best->sides[0];
	s[1] = best->setting;
	s[2] = best->sides[1];
	for (size_t i = 0; i < 3; i++)
		x[i] = bowl->ln_lr[s[i]];
}

/* As all clusters but one see it. */
static struct optimum find_optimum(struct bowl *bowl, size_t without)
{
	struct optimum best = {.x = (double)NAN};
	double lowest = HUGE_VAL, x[3], y[3];
	size_t s[3];

	bowl_look(bowl, without);
	for (size_t i = 0; i < bowl->n_settings; i++) {
		double loss = bowl->mean[i];

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
	if (!(y[0] > y[1] || y[2] > y[1]))
		return best; /* flat */
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

#define MEASURED(setting)                                                       \
	(cluster == NO_CLUSTER ? mean_without(bowl, setting, NO_CLUSTER, false) \
			       : bowl->loss[(setting)*bowl->n_clusters + cluster])
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

/* The loss of the cell: each cluster that was drawn, quoted at the optimum of the others, where
 * there are others and it was measured there; else all at their own optimum. */
static double cross_quote(struct bowl *bowl, const struct optimum *best)
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

/* Whether a value is the lowest or the highest of three or more tried. */
static bool at_edge(const struct bowl *bowl, double value,
		    double (*key)(const struct study_trial *))
{
	double low = HUGE_VAL, high = -HUGE_VAL;
	bool between = false;

	for (size_t s = 0; s < bowl->n_settings; s++) {
		low = fmin(low, key(bowl->example[s]));
		high = fmax(high, key(bowl->example[s]));
	}
	for (size_t s = 0; s < bowl->n_settings; s++)
		between |= key(bowl->example[s]) > low && key(bowl->example[s]) < high;
	return between && (value == low || value == high);
}

static double decay_of(const struct study_trial *trial)
{
	return trial->weight_decay;
}

static double batch_of(const struct study_trial *trial)
{
	return trial->batch_tokens;
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
	if (at_edge(bowl, at->weight_decay, decay_of))
		edges |= EDGE_WEIGHT_DECAY;
	if (at_edge(bowl, at->batch_tokens, batch_of))
		edges |= EDGE_BATCH;
	return edges;
}

static void describe_best(struct bowl *bowl, const struct optimum *best, struct study_point *point)
{
	const struct study_trial *at = bowl->example[best->setting];

	point->params = at->params;
	point->tokens = at->tokens;
	point->flops = at->flops;
	point->flops_optimizer = at->flops_optimizer;
	point->batch_tokens = at->batch_tokens;
	point->steps = at->row->steps;
	point->width = at->row->d_model;
	point->lr = best->bowl ? exp(best->x) : at->lr;
	point->bowl = best->bowl;
	point->edges = find_edges(bowl, best);
	point->loss = cross_quote(bowl, best);
}

static void select_cell(const struct study *study, struct bowl *bowl, struct study_point *point)
{
	struct optimum best;

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
	size_t settings = 1, places = 1;

	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_cell *cell = &study->cells[c];
		size_t n = cell->n_settings * cell->n_clusters;

		settings = cell->n_settings > settings ? cell->n_settings : settings;
		places = n > places ? n : places;
	}
	bowl.loss = xmalloc(places * sizeof(*bowl.loss));
	bowl.weight = xmalloc(places * sizeof(*bowl.weight));
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
			.width = nan,
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
	free(bowl.weight);
	free(bowl.example);
	free(bowl.mean);
	free(bowl.ln_lr);
	study_mark_frontier(study, points);
}
