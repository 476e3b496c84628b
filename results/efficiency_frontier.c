/* SPDX-License-Identifier: MIT
 *
 * The meanings that compare frontiers: loss against compute, against compute with the optimizer's,
 * against seconds.  What x is stands in the points' `flops`.
 */
#include <math.h>

#include "base/memory.h"
#include "results/efficiency_kind.h"
#include "results/frontier.h"

static struct power_offset not_fitted(void)
{
	double nan = (double)NAN;

	return (struct power_offset){nan, {nan, nan}, {nan, nan}};
}

struct fits {
	struct power_offset shared, separate[2];
};

static void fit_from(const struct law_data *arms, size_t n_arms, const struct robust *robust,
		     const struct power_offset *warm, struct power_offset *law)
{
	struct law_fit fit;

	if (warm && !efficiency_fitted(warm))
		return;
	if (power_offset_fit(arms, n_arms, robust, warm, law, &fit, NULL))
		*law = not_fitted();
}

/* All three fits; `warm` NULL: many starts, else from the pair's, and none where it has none. */
static struct fits fit_all(const struct law_data arms[2], const struct robust *robust,
			   const struct efficiency *warm)
{
	struct fits fits = {not_fitted(), {not_fitted(), not_fitted()}};

	fit_from(arms, 2, robust, warm ? &warm->shared : NULL, &fits.shared);
	for (int a = 0; a < 2; a++)
		fit_from(&arms[a], 1, robust, warm ? &warm->separate[a] : NULL, &fits.separate[a]);
	return fits;
}

/* The baseline's loss, and the ratio there, by every method. */
static void ratios_at(const struct law_data arms[2], const struct fits *fits, double flops,
		      double loss[EFFICIENCY_N_METHODS], double ratio[EFFICIENCY_N_METHODS])
{
	double shared = power_offset_loss(&fits->shared, 0, flops);
	double separate = power_offset_loss(&fits->separate[0], 0, flops);
	double straight = frontier_loss(arms[0].points, arms[0].n, flops);

	loss[EFFICIENCY_PRIMARY] = shared;
	loss[EFFICIENCY_SEPARATE] = separate;
	loss[EFFICIENCY_INTERPOLATION] = straight;
	ratio[EFFICIENCY_PRIMARY] = power_offset_flops(&fits->shared, 1, shared) / flops;
	ratio[EFFICIENCY_SEPARATE] = power_offset_flops(&fits->separate[1], 0, separate) / flops;
	ratio[EFFICIENCY_INTERPOLATION] =
		frontier_flops(arms[1].points, arms[1].n, straight) / flops;
}

/* C_challenger = (k_c / k_b)^(1 / p_c) C^(p_b / p_c), see ratio(C) in the header. */
static double slope_of(const struct power_offset *shared)
{
	return shared->p[0] / shared->p[1] - 1;
}

static struct interval loss_range(const struct law_data *arm)
{
	struct interval range = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < arm->n; i++) {
		range.low = fmin(range.low, arm->points[i].loss);
		range.high = fmax(range.high, arm->points[i].loss);
	}
	return range;
}

static double baseline_loss(const struct efficiency *pair, const struct law_data arms[2],
			    double flops)
{
	if (efficiency_fitted(&pair->shared))
		return power_offset_loss(&pair->shared, 0, flops);
	return frontier_loss(arms[0].points, arms[0].n, flops);
}

/* What the baseline spent at a row, in the unit of the points. */
static double place_of(const struct efficiency *pair, const struct efficiency_row *row)
{
	return pair->meaning == EFFICIENCY_TIME ? row->seconds : row->flops;
}

/* The baseline's x at a loss. */
static double compute_of(const struct efficiency *pair, const struct law_data arms[2], double loss)
{
	if (efficiency_fitted(&pair->shared))
		return power_offset_flops(&pair->shared, 0, loss);
	return frontier_flops(arms[0].points, arms[0].n, loss);
}

static void add_place(struct efficiency *pair, double x, double loss)
{
	struct efficiency_row *row = efficiency_add_row(pair);

	*(pair->meaning == EFFICIENCY_TIME ? &row->seconds : &row->flops) = x;
	row->loss = loss;
}

/* Where the baseline has a point and the challenger has seen its loss; where no point does but
 * the ranges overlap, the middle of the overlap. */
static void choose_rows(struct efficiency *pair, const struct law_data arms[2],
			const char *const names[2])
{
	struct interval base = loss_range(&arms[0]), other = loss_range(&arms[1]);
	double low = fmax(base.low, other.low), high = fmin(base.high, other.high);

	pair->rows = xcalloc(arms[0].n + 1, sizeof(*pair->rows));
	if (!(low <= high)) {
		text_printf(&pair->warnings,
			    "no loss was reached by both '%s' (%.4g to %.4g) and '%s' (%.4g to "
			    "%.4g): no ratio\n",
			    names[0], base.high, base.low, names[1], other.high, other.low);
		return;
	}
	for (size_t i = 0; i < arms[0].n; i++) {
		double loss = baseline_loss(pair, arms, arms[0].points[i].flops);

		if (loss >= other.low && loss <= other.high)
			add_place(pair, arms[0].points[i].flops, loss);
	}
	if (pair->n_rows == 0) {
		double flops = frontier_flops(arms[0].points, arms[0].n, sqrt(low * high));

		if (isfinite(flops))
			add_place(pair, flops, baseline_loss(pair, arms, flops));
	}
}

/* The place is one of the baseline's own points: what remains is the challenger's range. */
static void fill_row(const struct efficiency *pair, const struct law_data arms[2],
		     const struct fits *fits, struct efficiency_row *row)
{
	struct interval other = loss_range(&arms[1]);

	ratios_at(arms, fits, place_of(pair, row), row->method_loss, row->ratio);
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
		row->in_range[m] =
			row->method_loss[m] >= other.low && row->method_loss[m] <= other.high;
}

/* Whether a method's fit is at a bound or impossible; interpolation has none. */
static void find_bounds(const struct fits *fits, const struct law_data arms[2],
			bool at_bound[EFFICIENCY_N_METHODS])
{
	double lowest[2] = {loss_range(&arms[0]).low, loss_range(&arms[1]).low};

	at_bound[EFFICIENCY_PRIMARY] =
		!efficiency_fitted(&fits->shared) ||
		power_offset_at_bound(&fits->shared, 2, fmin(lowest[0], lowest[1]));
	at_bound[EFFICIENCY_SEPARATE] = false;
	for (int a = 0; a < 2; a++)
		at_bound[EFFICIENCY_SEPARATE] |=
			!efficiency_fitted(&fits->separate[a]) ||
			power_offset_at_bound(&fits->separate[a], 1, lowest[a]);
	at_bound[EFFICIENCY_INTERPOLATION] = false;
}

static void check_fits(struct efficiency *pair, const struct law_data arms[2],
		       const char *const names[2])
{
	if (!efficiency_fitted(&pair->shared))
		text_printf(
			&pair->warnings,
			"a shared E needs 5 frontier points with 2 computes of each arm, '%s' has "
			"%zu and '%s' %zu: no fitted ratio\n",
			names[0], arms[0].n, names[1], arms[1].n);
	else if (pair->at_bound[EFFICIENCY_PRIMARY])
		text_printf(&pair->warnings,
			    "the shared fit is at a bound (E = %.4g, p = %.3g and %.3g): trust the "
			    "interpolation before it\n",
			    pair->shared.E, pair->shared.p[0], pair->shared.p[1]);
}

/* The part of the baseline's observed range whose losses the challenger has reached as well. */
static void find_range(struct efficiency *pair, const struct law_data arms[2])
{
	struct interval base = loss_range(&arms[0]), other = loss_range(&arms[1]);
	double low = fmax(base.low, other.low), high = fmin(base.high, other.high);

	if (!(low <= high) || arms[0].n == 0)
		return;
	pair->x_low = fmax(arms[0].points[0].flops, compute_of(pair, arms, high));
	pair->x_high = fmin(arms[0].points[arms[0].n - 1].flops, compute_of(pair, arms, low));
	if (!(pair->x_low <= pair->x_high))
		pair->x_low = pair->x_high = (double)NAN;
}

/* k_b C^-p_b = k_c C^-p_c where the curves with one E meet. */
static void find_crossing(struct efficiency *pair, const char *const names[2])
{
	const struct power_offset *law = &pair->shared;
	double at = pow(law->k[1] / law->k[0], 1 / (law->p[1] - law->p[0]));
	bool first = law->p[1] < law->p[0]; /* the challenger is ahead below */

	if (!efficiency_fitted(law) || !(at > pair->x_low && at < pair->x_high))
		return;
	pair->crossing = at;
	text_printf(&pair->warnings,
		    "the curves cross at %.3g %s: '%s' needs less below, '%s' above\n", at,
		    efficiency_kind(pair->meaning)->what, names[first ? 1 : 0],
		    names[first ? 0 : 1]);
}

static void frontier_estimate(struct efficiency *pair, const struct law_data arms[2],
			      const struct robust *robust, const char *const names[2])
{
	struct fits fits = fit_all(arms, robust, NULL);

	pair->shared = fits.shared;
	pair->separate[0] = fits.separate[0];
	pair->separate[1] = fits.separate[1];
	pair->slope = slope_of(&fits.shared);
	choose_rows(pair, arms, names);
	for (size_t i = 0; i < pair->n_rows; i++)
		fill_row(pair, arms, &fits, &pair->rows[i]);
	find_bounds(&fits, arms, pair->at_bound);
	find_range(pair, arms);
	check_fits(pair, arms, names);
	find_crossing(pair, names);
}

static void frontier_replicate(const struct efficiency *pair, const struct law_data arms[2],
			       const struct robust *robust, double *numbers,
			       bool degenerate[EFFICIENCY_N_METHODS])
{
	struct fits fits = fit_all(arms, robust, pair);
	double loss[EFFICIENCY_N_METHODS];

	find_bounds(&fits, arms, degenerate);
	for (size_t i = 0; i < pair->n_rows; i++)
		ratios_at(arms, &fits, place_of(pair, &pair->rows[i]), loss,
			  &numbers[i * EFFICIENCY_N_METHODS]);
	numbers[pair->n_rows * EFFICIENCY_N_METHODS] = slope_of(&fits.shared);
}

/* Two arms share E: five parameters. */
static void frontier_residuals(const struct efficiency *pair, const struct sample samples[2],
			       struct residuals residuals[2])
{
	size_t n = efficiency_fitted(&pair->shared) ? samples[0].data.n + samples[1].data.n : 0;

	for (int a = 0; a < 2; a++) {
		struct law_fit fit = {
			.parameters = {pair->shared.E, pair->shared.k[a], pair->shared.p[a]}};

		residuals_take(&residuals[a], &samples[a], &law_power_offset, &fit, n, 5);
	}
}

#define FRONTIER_KIND(name_, what_, per_, slope_, x_)                                \
	{                                                                            \
		.name = name_, .what = what_, .per = per_, .slope = slope_,          \
		.methods = {"power_offset shared E", "power_offset separate E",      \
			    "piecewise log-log interpolation"},                      \
		.source = LAW_OF_FRONTIER, .columns = LAW_FLOPS | LAW_LOSS, .x = x_, \
		.estimate = frontier_estimate, .replicate = frontier_replicate,      \
		.take_residuals = frontier_residuals,                                \
	}

const struct efficiency_kind efficiency_compute =
	FRONTIER_KIND("compute", "FLOPs", "C", "d_ln_ratio_d_ln_flops", SAMPLE_FLOPS);
const struct efficiency_kind efficiency_compute_with_optimizer =
	FRONTIER_KIND("compute_with_optimizer", "FLOPs, the optimizer's counted,", "C",
		      "d_ln_ratio_d_ln_flops", SAMPLE_FLOPS_AND_OPTIMIZER);
const struct efficiency_kind efficiency_time =
	FRONTIER_KIND("time", "seconds", "seconds", "d_ln_ratio_d_ln_seconds", SAMPLE_SECONDS);
