/* SPDX-License-Identifier: MIT */
#include "results/efficiency.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/frontier.h"

#define NO_SLOPE       0.005 /* a ratio that changes by 1 % in a decade of compute */
#define CONSTANT_SLOPE 0.05  /* by 12 % */

const char *efficiency_meaning_name(enum efficiency_meaning meaning)
{
	return meaning == EFFICIENCY_COMPUTE ? "compute" : "compute_with_optimizer";
}

const char *efficiency_method_name(enum efficiency_method method)
{
	static const char *const names[] = {"power_offset shared E", "power_offset separate E",
					    "piecewise log-log interpolation"};

	return names[method];
}

const char *efficiency_trend(const struct efficiency *pair)
{
	const struct interval *in = &pair->slope_interval;

	if (isnan(in->low))
		return "undecided";
	if (in->low > -NO_SLOPE && in->high < NO_SLOPE)
		return "constant";
	if (in->low > 0)
		return "shrinking";
	if (in->high < 0)
		return "growing";
	return in->low > -CONSTANT_SLOPE && in->high < CONSTANT_SLOPE ? "constant" : "undecided";
}

static struct power_offset not_fitted(void)
{
	double nan = (double)NAN;

	return (struct power_offset){nan, {nan, nan}, {nan, nan}};
}

static bool fitted(const struct power_offset *law)
{
	return isfinite(law->p[0]);
}

struct fits {
	struct power_offset shared, separate[2];
};

/* All three fits; `warm` NULL: many starts. */
static struct fits fit_all(const struct law_data arms[2], const struct robust *robust,
			   const struct efficiency *warm)
{
	struct fits fits;
	struct law_fit fit;
	const struct power_offset *start = warm && fitted(&warm->shared) ? &warm->shared : NULL;

	if (power_offset_fit(arms, 2, robust, start, &fits.shared, &fit, NULL))
		fits.shared = not_fitted();
	for (int a = 0; a < 2; a++) {
		start = warm && fitted(&warm->separate[a]) ? &warm->separate[a] : NULL;
		if (power_offset_fit(&arms[a], 1, robust, start, &fits.separate[a], &fit, NULL))
			fits.separate[a] = not_fitted();
	}
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
	if (fitted(&pair->shared))
		return power_offset_loss(&pair->shared, 0, flops);
	return frontier_loss(arms[0].points, arms[0].n, flops);
}

static void add_row(struct efficiency *pair, double flops, double loss)
{
	struct interval none = {(double)NAN, (double)NAN};
	struct efficiency_row *row = &pair->rows[pair->n_rows++];

	*row = (struct efficiency_row){
		.flops = flops, .params = (double)NAN, .tokens = (double)NAN, .loss = loss};
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++) {
		row->interval[m] = none;
		row->intervals[m] = (struct intervals){none, none};
	}
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
			add_row(pair, arms[0].points[i].flops, loss);
	}
	if (pair->n_rows == 0) {
		double flops = frontier_flops(arms[0].points, arms[0].n, sqrt(low * high));

		if (isfinite(flops))
			add_row(pair, flops, baseline_loss(pair, arms, flops));
	}
}

static void fill_row(const struct law_data arms[2], const struct fits *fits,
		     struct efficiency_row *row)
{
	struct interval base = loss_range(&arms[0]), other = loss_range(&arms[1]);

	ratios_at(arms, fits, row->flops, row->method_loss, row->ratio);
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
		row->in_range[m] = row->method_loss[m] >= fmax(base.low, other.low) &&
				   row->method_loss[m] <= fmin(base.high, other.high);
}

/* Whether a method's fit is at a bound or impossible; interpolation has none. */
static void find_bounds(const struct fits *fits, const struct law_data arms[2],
			bool at_bound[EFFICIENCY_N_METHODS])
{
	double lowest[2] = {loss_range(&arms[0]).low, loss_range(&arms[1]).low};

	at_bound[EFFICIENCY_PRIMARY] =
		!fitted(&fits->shared) ||
		power_offset_at_bound(&fits->shared, 2, fmin(lowest[0], lowest[1]));
	at_bound[EFFICIENCY_SEPARATE] = false;
	for (int a = 0; a < 2; a++)
		at_bound[EFFICIENCY_SEPARATE] |=
			!fitted(&fits->separate[a]) ||
			power_offset_at_bound(&fits->separate[a], 1, lowest[a]);
	at_bound[EFFICIENCY_INTERPOLATION] = false;
}

static void check_fits(struct efficiency *pair, const struct law_data arms[2],
		       const char *const names[2])
{
	if (!fitted(&pair->shared))
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

static void check_crossing(struct efficiency *pair)
{
	for (size_t i = 1; i < pair->n_rows; i++) {
		double before = pair->rows[i - 1].ratio[EFFICIENCY_PRIMARY] - 1;
		double after = pair->rows[i].ratio[EFFICIENCY_PRIMARY] - 1;

		if (before * after < 0)
			text_printf(&pair->warnings,
				    "the curves cross between %.3g and %.3g FLOPs: who is ahead "
				    "depends on the compute\n",
				    pair->rows[i - 1].flops, pair->rows[i].flops);
	}
}

void efficiency_estimate(struct efficiency *pair, const struct law_data arms[2],
			 const struct robust *robust, const char *const names[2])
{
	struct fits fits = fit_all(arms, robust, NULL);

	pair->shared = fits.shared;
	pair->separate[0] = fits.separate[0];
	pair->separate[1] = fits.separate[1];
	pair->slope = slope_of(&fits.shared);
	pair->slope_interval = (struct interval){(double)NAN, (double)NAN};
	pair->slope_intervals = (struct intervals){pair->slope_interval, pair->slope_interval};
	choose_rows(pair, arms, names);
	for (size_t i = 0; i < pair->n_rows; i++)
		fill_row(arms, &fits, &pair->rows[i]);
	find_bounds(&fits, arms, pair->at_bound);
	check_fits(pair, arms, names);
	check_crossing(pair);
}

size_t efficiency_n_numbers(const struct efficiency *pair)
{
	return pair->n_rows * EFFICIENCY_N_METHODS + 1;
}

void efficiency_replicate(const struct efficiency *pair, const struct law_data arms[2],
			  const struct robust *robust, double *numbers,
			  bool degenerate[EFFICIENCY_N_METHODS])
{
	struct fits fits = fit_all(arms, robust, pair);
	double loss[EFFICIENCY_N_METHODS];

	find_bounds(&fits, arms, degenerate);
	for (size_t i = 0; i < pair->n_rows; i++)
		ratios_at(arms, &fits, pair->rows[i].flops, loss,
			  &numbers[i * EFFICIENCY_N_METHODS]);
	numbers[pair->n_rows * EFFICIENCY_N_METHODS] = slope_of(&fits.shared);
}

/* A fit at E = 0 is a fit: between observed losses its ratio is as good as any.  No interval comes
 * from replicates most of which have no ratio. */
static struct intervals intervals_of(const double *numbers, size_t n, size_t stride,
				     double estimate)
{
	const struct interval none = {(double)NAN, (double)NAN};
	size_t n_finite = 0;

	for (size_t i = 0; i < n; i++)
		n_finite += isfinite(numbers[i * stride]) != 0;
	if (n_finite * 2 < n)
		return (struct intervals){none, none};
	return bootstrap_intervals(numbers, n, stride, estimate);
}

void efficiency_intervals(struct efficiency *pair, const double *numbers, size_t n)
{
	size_t stride = efficiency_n_numbers(pair);

	for (size_t i = 0; i < pair->n_rows; i++)
		for (size_t m = 0; m < EFFICIENCY_N_METHODS; m++) {
			struct efficiency_row *row = &pair->rows[i];

			row->intervals[m] = intervals_of(numbers + i * EFFICIENCY_N_METHODS + m, n,
							 stride, row->ratio[m]);
			row->interval[m] = intervals_printed(&row->intervals[m]);
		}
	pair->slope_intervals = intervals_of(numbers + stride - 1, n, stride, pair->slope);
	pair->slope_interval = intervals_printed(&pair->slope_intervals);
	pair->n_replicates = n;
}

void efficiency_release(struct efficiency *pair)
{
	free(pair->rows);
	text_release(&pair->warnings);
	*pair = (struct efficiency){0};
}
