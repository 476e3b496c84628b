/* SPDX-License-Identifier: MIT
 *
 * L = E + A d^-alpha over widths d, as arXiv 2505.02222 fits the lowest loss of each width: the
 * law power_offset with d in the place of C.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/law.h"
#include "results/power_offset.h"

enum { E, A, ALPHA, N_PARAMETERS }; /* the order of power_offset */

#define FEWEST	       3
#define FEWEST_UNASKED 4 /* so that something is left to check the fit with */

static double width_of(const struct law_point *point)
{
	return point->width;
}

/* The points with d in the place of C; free data->points. */
static struct law_data by_width(const struct law_data *data, struct law_point **points)
{
	struct law_data moved = *data;

	*points = xmalloc((data->n + 1) * sizeof(**points));
	for (size_t i = 0; i < data->n; i++) {
		(*points)[i] = data->points[i];
		(*points)[i].flops = data->points[i].width;
	}
	moved.points = *points;
	return moved;
}

static int width_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		     struct law_fit *fit, struct error *err)
{
	struct law_point *points;
	struct law_data moved;
	int result;

	if (law_distinct(data, width_of) < FEWEST)
		return error_set(err, ERR_FIT,
				 "law 'width' needs at least %d different widths, not %zu", FEWEST,
				 law_distinct(data, width_of));
	moved = by_width(data, &points);
	result = law_power_offset.fit(&moved, robust, warm, fit, err);
	free(points);
	return result;
}

static void width_evaluate(const struct law_data *data, const struct robust *robust,
			   const double *parameters, struct law_fit *fit)
{
	struct law_point *points;
	struct law_data moved = by_width(data, &points);

	law_power_offset.evaluate(&moved, robust, parameters, fit);
	free(points);
}

static double width_predict(const double *parameters, const struct law_point *at)
{
	return parameters[E] + parameters[A] * pow(at->width, -parameters[ALPHA]);
}

static bool width_suits(const struct law_data *data)
{
	return law_distinct(data, width_of) >= FEWEST_UNASKED;
}

static void width_check(const struct law_data *data, const struct law_fit *fit,
			struct text *warnings)
{
	power_offset_check(&law_width, "width", data, fit, warnings);
}

const struct law law_width = {
	.name = "width",
	.formula = "L = E + A d^-alpha",
	.how = "variable projection over E, then every parameter is polished",
	.needs = "3 different widths; 4 unless asked by name",
	.columns = LAW_WIDTH | LAW_LOSS,
	.source = LAW_OF_WIDTHS,
	.response = LAW_LOSS,
	.n_parameters = N_PARAMETERS,
	.parameters = {"E", "A", "alpha"},
	.amplitudes = 1u << E | 1u << A,
	.robust = {ROBUST_HUBER, 1e-3},
	.fit = width_fit,
	.evaluate = width_evaluate,
	.predict = width_predict,
	.at_bound = power_offset_fit_at_bound,
	.suits = width_suits,
	.check = width_check,
};
