/* SPDX-License-Identifier: MIT
 *
 * Data efficiency at equal N and loss, as Wen et al. 2025 (arXiv 2509.02046): at each N the
 * baseline's L(D) = E + a D^-b by least squares of L, inverted at the challenger's loss; the ratio
 * is the challenger's tokens over those.  Beside it straight pieces in (ln D, ln L), which is all
 * there is where the baseline has under 3 token counts of that N.
 *
 * A size's points are its lowest loss at each D.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/efficiency_kind.h"
#include "results/frontier.h"

#define SAME_SIZE     1e-9
#define SAME_TOKENS   0.03 /* steps are rounded */
#define CURVE_NUMBERS 3	   /* E, a, b */
#define MOST_CURVES   (LAW_MAX_PARAMETERS / CURVE_NUMBERS)

static const struct robust least_squares = {.kind = ROBUST_LSQ};

static bool same_size(double a, double b)
{
	return fabs(a - b) <= SAME_SIZE * b;
}

/* The next N above `params`; HUGE_VAL: none. */
static double next_size(const struct law_data *arm, double params)
{
	double next = HUGE_VAL;

	for (size_t i = 0; i < arm->n; i++)
		if (arm->points[i].params > params && !same_size(arm->points[i].params, params))
			next = fmin(next, arm->points[i].params);
	return next;
}

static int by_tokens(const void *a, const void *b)
{
	const struct law_point *p = a, *q = b;

	return (p->tokens > q->tokens) - (p->tokens < q->tokens);
}

/* Fills `size` with the points of one N; returns how many. */
static size_t take_size(const struct law_data *arm, double params, struct law_point *size)
{
	size_t taken = 0, n = 0;

	for (size_t i = 0; i < arm->n; i++)
		if (same_size(arm->points[i].params, params))
			size[taken++] = arm->points[i];
	qsort(size, taken, sizeof(*size), by_tokens);
	for (size_t i = 0; i < taken; i++) {
		bool same = n && size[i].tokens <= size[n - 1].tokens * (1 + SAME_TOKENS);

		if (same && size[i].loss >= size[n - 1].loss)
			continue;
		size[same ? n - 1 : n++] = size[i];
	}
	return n;
}

/* A copy whose `flops` are its tokens, as curves and straight pieces want it. */
static struct law_point *against_tokens(const struct law_point *size, size_t n)
{
	struct law_point *copy = xmalloc((n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++) {
		copy[i] = size[i];
		copy[i].flops = size[i].tokens;
	}
	return copy;
}

static struct power_offset fit_curve(const struct law_point *size, size_t n,
				     const struct power_offset *warm)
{
	struct law_point *by_d = against_tokens(size, n);
	struct law_data data = {by_d, NULL, n, 1};
	struct power_offset law;
	struct law_fit fit;

	if (power_offset_fit(&data, 1, &least_squares, warm, &law, &fit, NULL))
		law = (struct power_offset){.p = {(double)NAN}};
	free(by_d);
	return law;
}

static struct interval losses_of(const struct law_point *size, size_t n)
{
	struct interval range = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < n; i++) {
		range.low = fmin(range.low, size[i].loss);
		range.high = fmax(range.high, size[i].loss);
	}
	return range;
}

/* The two ratios of one point of the challenger, with the baseline's points and curve of its N. */
static void ratios_at(const struct law_point *size, size_t n, const struct power_offset *law,
		      double tokens, double loss, double ratio[EFFICIENCY_N_METHODS])
{
	struct law_point *by_d = against_tokens(size, n);

	ratio[EFFICIENCY_PRIMARY] =
		efficiency_fitted(law) ? tokens / power_offset_flops(law, 0, loss) : (double)NAN;
	ratio[EFFICIENCY_SEPARATE] = (double)NAN;
	ratio[EFFICIENCY_INTERPOLATION] = tokens / frontier_flops(by_d, n, loss);
	free(by_d);
}

static void add_rows(struct efficiency *pair, const struct efficiency_curve *curve,
		     const struct law_point *base, size_t n_base, const struct law_point *other,
		     size_t n_other)
{
	struct interval seen = losses_of(base, n_base);

	for (size_t i = 0; i < n_other; i++) {
		struct efficiency_row *row = efficiency_add_row(pair);
		bool in_range = other[i].loss >= seen.low && other[i].loss <= seen.high;

		row->flops = other[i].flops;
		row->params = curve->params;
		row->tokens = other[i].tokens;
		row->loss = other[i].loss;
		ratios_at(base, n_base, &curve->law, row->tokens, row->loss, row->ratio);
		for (int m = 0; m < EFFICIENCY_N_METHODS; m++) {
			row->method_loss[m] = row->loss;
			row->in_range[m] = in_range && isfinite(row->ratio[m]);
		}
	}
}

/* Rows and curve of one N that both arms have. */
static void add_size(struct efficiency *pair, const struct law_data arms[2], double params,
		     struct law_point *space)
{
	struct law_point *base = space, *other = space + arms[0].n;
	size_t n_base = take_size(&arms[0], params, base);
	size_t n_other = take_size(&arms[1], params, other);
	struct efficiency_curve *curve = &pair->curves[pair->n_curves];

	if (n_other == 0)
		return;
	*curve = (struct efficiency_curve){params, fit_curve(base, n_base, NULL)};
	if (efficiency_fitted(&curve->law))
		pair->at_bound[EFFICIENCY_PRIMARY] |=
			power_offset_at_bound(&curve->law, 1, losses_of(base, n_base).low);
	add_rows(pair, curve, base, n_base, other, n_other);
	pair->n_curves++;
}

static double ratio_of(const double ratio[EFFICIENCY_N_METHODS])
{
	return isfinite(ratio[EFFICIENCY_PRIMARY]) ? ratio[EFFICIENCY_PRIMARY]
						   : ratio[EFFICIENCY_INTERPOLATION];
}

static bool in_range(const struct efficiency_row *row)
{
	return row->in_range[EFFICIENCY_PRIMARY] || row->in_range[EFFICIENCY_INTERPOLATION];
}

/* d ln ratio / d ln D within sizes, one slope and a level for each size, over rows in range. */
static double slope_of(const struct efficiency *pair, const double *ratios)
{
	double sxx = 0, sxy = 0;

	for (size_t first = 0, end; first < pair->n_rows; first = end) {
		double n = 0, x = 0, y = 0, xx = 0, xy = 0;

		for (end = first;
		     end < pair->n_rows && pair->rows[end].params == pair->rows[first].params;
		     end++) {
			double ratio = ratio_of(&ratios[end * EFFICIENCY_N_METHODS]);
			double ln_d = log(pair->rows[end].tokens / pair->rows[first].tokens);

			if (!in_range(&pair->rows[end]) || !isfinite(ratio))
				continue;
			n++;
			x += ln_d;
			y += log(ratio);
			xx += ln_d * ln_d;
			xy += ln_d * log(ratio);
		}
		sxx += n > 0 ? xx - x * x / n : 0;
		sxy += n > 0 ? xy - x * y / n : 0;
	}
	return sxx > SAME_TOKENS * SAME_TOKENS ? sxy / sxx : (double)NAN;
}

static void find_slope_and_range(struct efficiency *pair)
{
	double *ratios = xmalloc((pair->n_rows + 1) * EFFICIENCY_N_METHODS * sizeof(*ratios));

	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct efficiency_row *row = &pair->rows[i];

		for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
			ratios[i * EFFICIENCY_N_METHODS + (size_t)m] = row->ratio[m];
		if (!in_range(row))
			continue;
		pair->x_low = fmin(row->tokens, isnan(pair->x_low) ? HUGE_VAL : pair->x_low);
		pair->x_high = fmax(row->tokens, isnan(pair->x_high) ? 0 : pair->x_high);
	}
	pair->slope = slope_of(pair, ratios);
	free(ratios);
}

static void tokens_estimate(struct efficiency *pair, const struct law_data arms[2],
			    const struct robust *robust, const char *const names[2])
{
	struct law_point *space = xmalloc((arms[0].n + arms[1].n + 1) * sizeof(*space));

	(void)robust; /* least squares, as published */
	pair->rows = xcalloc(arms[1].n + 1, sizeof(*pair->rows));
	pair->curves = xcalloc(arms[0].n + 1, sizeof(*pair->curves));
	for (double params = next_size(&arms[0], 0); isfinite(params);
	     params = next_size(&arms[0], params))
		add_size(pair, arms, params, space);
	free(space);
	find_slope_and_range(pair);
	if (pair->n_curves == 0)
		text_printf(&pair->warnings, "'%s' and '%s' share no model size: no ratio\n",
			    names[0], names[1]);
	else if (isnan(pair->x_low))
		text_printf(&pair->warnings,
			    "at no size has '%s' a loss that '%s' saw on either side of it: train "
			    "each size for several token counts\n",
			    names[1], names[0]);
}

static const struct law_point *find_point(const struct law_point *size, size_t n, double tokens)
{
	for (size_t i = 0; i < n; i++)
		if (fabs(size[i].tokens - tokens) <= SAME_TOKENS * tokens)
			return &size[i];
	return NULL;
}

/* The rows [first, end) of one curve. */
static void replicate_size(const struct efficiency *pair, const struct efficiency_curve *curve,
			   const struct law_data arms[2], struct law_point *space, double *numbers,
			   bool *degenerate)
{
	struct law_point *base = space, *other = space + arms[0].n;
	size_t n_base = take_size(&arms[0], curve->params, base);
	size_t n_other = take_size(&arms[1], curve->params, other);
	struct power_offset law = {.p = {(double)NAN}};

	if (efficiency_fitted(&curve->law)) {
		law = fit_curve(base, n_base, &curve->law);
		*degenerate |= !efficiency_fitted(&law) ||
			       power_offset_at_bound(&law, 1, losses_of(base, n_base).low);
	}
	for (size_t i = 0; i < pair->n_rows; i++) {
		const struct law_point *point;

		if (pair->rows[i].params != curve->params)
			continue;
		point = find_point(other, n_other, pair->rows[i].tokens);
		ratios_at(base, n_base, &law, pair->rows[i].tokens,
			  point ? point->loss : (double)NAN, &numbers[i * EFFICIENCY_N_METHODS]);
	}
}

static void tokens_replicate(const struct efficiency *pair, const struct law_data arms[2],
			     const struct robust *robust, double *numbers,
			     bool degenerate[EFFICIENCY_N_METHODS])
{
	struct law_point *space = xmalloc((arms[0].n + arms[1].n + 1) * sizeof(*space));

	(void)robust;
	for (int m = 0; m < EFFICIENCY_N_METHODS; m++)
		degenerate[m] = false;
	for (size_t c = 0; c < pair->n_curves; c++)
		replicate_size(pair, &pair->curves[c], arms, space, numbers,
			       &degenerate[EFFICIENCY_PRIMARY]);
	numbers[pair->n_rows * EFFICIENCY_N_METHODS] = slope_of(pair, numbers);
	free(space);
}

/* Whether no other point of the same N and D is lower. */
static bool is_lowest(const struct law_data *data, const struct law_point *point)
{
	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *other = &data->points[i];

		if (other->loss < point->loss && same_size(other->params, point->params) &&
		    fabs(other->tokens - point->tokens) <= SAME_TOKENS * point->tokens)
			return false;
	}
	return true;
}

/* The losses by the curves of all sizes of an arm.  What no curve is fitted to, a size with no more
 * points than a curve has numbers or a point that is not the lowest of its N and D, is as it is. */
static void curves_fitted(const struct law_data *data, const struct law_fit *fit, double *losses)
{
	double params = 0;

	for (size_t i = 0; i < data->n; i++)
		losses[i] = data->points[i].loss;
	for (size_t c = 0; c < MOST_CURVES; c++) {
		const double *numbers = &fit->parameters[c * CURVE_NUMBERS];
		struct power_offset law = {numbers[0], {numbers[1]}, {numbers[2]}};

		params = next_size(data, params);
		for (size_t i = 0; i < data->n && efficiency_fitted(&law); i++)
			if (same_size(data->points[i].params, params) &&
			    is_lowest(data, &data->points[i]))
				losses[i] = power_offset_loss(&law, 0, data->points[i].tokens);
	}
}

static const struct law size_curves = {
	.name = "L(D) at each N", .response = LAW_LOSS, .fitted = curves_fitted};

/* Fits the curves of all sizes of an arm; returns the degrees of freedom that are left, none where
 * there are too many sizes. */
static size_t fit_curves(const struct law_data *data, struct law_fit *fit)
{
	struct law_point *size = xmalloc((data->n + 1) * sizeof(*size));
	double params = next_size(data, 0);
	size_t dof = 0, c = 0;

	*fit = (struct law_fit){0};
	for (; isfinite(params) && c < MOST_CURVES; params = next_size(data, params), c++) {
		size_t n = take_size(data, params, size);
		struct power_offset law = fit_curve(size, n, NULL);
		double *numbers = &fit->parameters[c * CURVE_NUMBERS];

		numbers[0] = law.E;
		numbers[1] = law.k[0];
		numbers[2] = n > CURVE_NUMBERS ? law.p[0] : (double)NAN;
		dof += n > CURVE_NUMBERS ? n - CURVE_NUMBERS : 0;
	}
	for (; c < MOST_CURVES; c++)
		fit->parameters[c * CURVE_NUMBERS + 2] = (double)NAN;
	free(size);
	return isfinite(params) ? 0 : dof;
}

static void tokens_residuals(const struct efficiency *pair, const struct sample samples[2],
			     struct residuals residuals[2])
{
	struct law_fit fits[2];
	size_t n = samples[0].data.n + samples[1].data.n, dof = 0;

	(void)pair;
	for (int a = 0; a < 2; a++)
		dof += fit_curves(&samples[a].data, &fits[a]);
	for (int a = 0; a < 2; a++)
		residuals_take(&residuals[a], &samples[a], &size_curves, &fits[a], n, n - dof);
}

const struct efficiency_kind efficiency_tokens = {
	.name = "tokens",
	.what = "tokens at equal N",
	.per = "D",
	.slope = "d_ln_ratio_d_ln_tokens",
	.methods = {"E + a D^-b at each N", NULL, "piecewise log-log interpolation"},
	.source = LAW_OF_CELLS,
	.columns = LAW_PARAMS | LAW_TOKENS | LAW_LOSS,
	.x = SAMPLE_FLOPS,
	.estimate = tokens_estimate,
	.replicate = tokens_replicate,
	.take_residuals = tokens_residuals,
};
