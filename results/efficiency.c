/* SPDX-License-Identifier: MIT */
#include "results/efficiency.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/efficiency_kind.h"

#define NO_SLOPE       0.005 /* a ratio that changes by 1 % in a decade of compute */
#define CONSTANT_SLOPE 0.05  /* by 12 % */

const struct efficiency_kind *efficiency_kind(enum efficiency_meaning meaning)
{
	static const struct efficiency_kind *const kinds[EFFICIENCY_N_MEANINGS] = {
		[EFFICIENCY_COMPUTE] = &efficiency_compute,
		[EFFICIENCY_COMPUTE_WITH_OPTIMIZER] = &efficiency_compute_with_optimizer,
		[EFFICIENCY_TOKENS] = &efficiency_tokens,
		[EFFICIENCY_RHO_N] = &efficiency_rho_n,
		[EFFICIENCY_RHO_D] = &efficiency_rho_d,
		[EFFICIENCY_TIME] = &efficiency_time,
	};

	return kinds[meaning];
}

const char *efficiency_meaning_name(enum efficiency_meaning meaning)
{
	return efficiency_kind(meaning)->name;
}

const char *efficiency_method_of(enum efficiency_meaning meaning, enum efficiency_method method)
{
	return efficiency_kind(meaning)->methods[method];
}

const char *efficiency_method_name(enum efficiency_method method)
{
	return efficiency_method_of(EFFICIENCY_COMPUTE, method);
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

static bool quotable(const struct efficiency_row *row, enum efficiency_method method)
{
	return row->in_range[method] && isfinite(row->ratio[method]);
}

const struct efficiency_row *efficiency_quoted(const struct efficiency *pair, bool smallest,
					       enum efficiency_method *method)
{
	static const enum efficiency_method methods[] = {EFFICIENCY_PRIMARY,
							 EFFICIENCY_INTERPOLATION};
	const struct efficiency_row *found = NULL;

	for (size_t m = 0; m < ARRAY_SIZE(methods) && !found; m++) {
		*method = methods[m];
		for (size_t i = 0; i < pair->n_rows; i++) {
			const struct efficiency_row *row = &pair->rows[i];

			if (quotable(row, *method) &&
			    (!found ||
			     (smallest ? row->flops < found->flops : row->flops >= found->flops)))
				found = row;
		}
	}
	return found;
}

struct efficiency_row *efficiency_add_row(struct efficiency *pair)
{
	double nan = (double)NAN;
	struct efficiency_row *row = &pair->rows[pair->n_rows++];

	*row = (struct efficiency_row){
		.flops = nan, .params = nan, .tokens = nan, .seconds = nan, .loss = nan};
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++) {
		row->method_loss[m] = nan;
		row->ratio[m] = nan;
		row->interval[m] = (struct interval){nan, nan};
		row->intervals[m] = (struct intervals){row->interval[m], row->interval[m]};
	}
	return row;
}

void efficiency_estimate(struct efficiency *pair, const struct law_data arms[2],
			 const struct robust *robust, const char *const names[2])
{
	double nan = (double)NAN;

	pair->slope = pair->crossing = pair->x_low = pair->x_high = nan;
	pair->slope_interval = (struct interval){nan, nan};
	pair->slope_intervals = (struct intervals){pair->slope_interval, pair->slope_interval};
	pair->shared.p[0] = pair->separate[0].p[0] = pair->separate[1].p[0] = nan;
	efficiency_kind(pair->meaning)->estimate(pair, arms, robust, names);
}

void efficiency_replicate(const struct efficiency *pair, const struct law_data arms[2],
			  const struct robust *robust, double *numbers,
			  bool degenerate[EFFICIENCY_N_METHODS])
{
	efficiency_kind(pair->meaning)->replicate(pair, arms, robust, numbers, degenerate);
}

size_t efficiency_n_numbers(const struct efficiency *pair)
{
	return pair->n_rows * EFFICIENCY_N_METHODS + 1;
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
	free(pair->curves);
	text_release(&pair->warnings);
	*pair = (struct efficiency){0};
}
