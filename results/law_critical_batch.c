/* SPDX-License-Identifier: MIT
 *
 * Steps S that a batch B needs for one target loss, in every way in which people say where larger
 * batches stop to pay:
 *
 *     S = S_min (1 + B_crit / B)       McCandlish et al. 2018 (arXiv 1812.06162)
 *     B_20                             the batch that needs 20 % more than linear scaling from a
 *                                      base batch B0 promises: 1.2 B0 + 0.2 B_crit, from
 *                                      a + b/B = 1.2 (a + b/B0) B0/B, Zhang et al. 2024
 *                                      (arXiv 2410.21676)
 *     ln S = -ln B + b1, then m ln B + b2 above B_star     arXiv 2505.02222, appendix F
 *     B_tok                            the largest batch that needs the fewest tokens, ibid. eq. 6
 *
 * All are fitted by least squares of ln S.  The hyperbola is the curve of the law.
 */
#include <math.h>
#include <stdlib.h>

#include "base/linalg.h"
#include "base/memory.h"
#include "results/bent_line.h"
#include "results/law.h"
#include "results/power_sum.h"

enum { S_MIN, B_CRIT, B_20, B_STAR, M, B1, B_TOK, N_PARAMETERS };
enum { LN_S, LN_T, N_THETA }; /* theta: ln S_min, ln of the steps of 1/B at the centre */

#define FEWEST_BATCHES 3
#define FEWEST_BENT    4
#define OVERHEAD       0.2
#define LEAST	       1e-3 /* of the fewest steps: below, a term is at 0 */
#define SAME_TOKENS    1e-9

static double batch_of(const struct law_point *point)
{
	return point->batch;
}

static bool counts(const struct law_data *data, size_t i)
{
	return !data->weight || data->weight[i] > 0;
}

static double fewest_steps(const struct law_data *data)
{
	double fewest = HUGE_VAL;

	for (size_t i = 0; i < data->n; i++)
		if (counts(data, i))
			fewest = fmin(fewest, data->points[i].steps);
	return fewest;
}

static void batch_range(const struct law_data *data, double *low, double *high)
{
	*low = HUGE_VAL;
	*high = 0;
	for (size_t i = 0; i < data->n; i++)
		if (counts(data, i)) {
			*low = fmin(*low, data->points[i].batch);
			*high = fmax(*high, data->points[i].batch);
		}
}

static void build(const struct law_data *data, const struct robust *robust, double centre,
		  struct power_sum *sum)
{
	power_sum_init(sum, data->n, robust);
	sum->n_terms = 2;
	sum->n_parameters = N_THETA;
	for (size_t i = 0; i < data->n; i++) {
		struct power_point *point = &sum->points[i];
		double x = log(data->points[i].batch) - centre;

		point->terms[0] = (struct power_term){LN_S, POWER_SUM_CONSTANT, 0};
		point->terms[1] = (struct power_term){LN_T, POWER_SUM_CONSTANT, x};
		power_point_set(point, data->points[i].steps, data->weight ? data->weight[i] : 1);
	}
}

/* Relative least squares of a + b/B, both kept off 0. */
static void make_start(const struct power_sum *sum, double fewest, double *theta)
{
	double gram[4] = {0}, right[2] = {0}, terms[2];

	for (size_t i = 0; i < sum->n; i++) {
		const struct power_point *point = &sum->points[i];
		double row[] = {1 / point->loss, exp(-point->terms[1].x) / point->loss};

		for (size_t a = 0; a < 2; a++) {
			right[a] += point->weight * row[a];
			for (size_t b = 0; b < 2; b++)
				gram[a * 2 + b] += point->weight * row[a] * row[b];
		}
	}
	nonnegative_minimum(gram, right, terms, 2);
	for (size_t a = 0; a < 2; a++)
		theta[a] = log(fmax(terms[a], LEAST * fewest));
}

static void fit_hyperbola(const struct law_data *data, const struct robust *robust,
			  struct law_fit *fit)
{
	double centre = power_sum_centre(data, batch_of), start[N_THETA], theta[N_THETA];
	struct power_sum sum;

	build(data, robust, centre, &sum);
	make_start(&sum, fewest_steps(data), start);
	power_sum_best(&sum, start, 1, theta, fit);
	power_sum_release(&sum);
	fit->parameters[S_MIN] = exp(theta[LN_S]);
	fit->parameters[B_CRIT] = exp(theta[LN_T] - theta[LN_S] + centre);
}

static int by_x(const void *a, const void *b)
{
	const struct bent_point *p = a, *q = b;

	return (p->x > q->x) - (p->x < q->x);
}

static void fit_pieces(const struct law_data *data, struct law_fit *fit)
{
	struct bent_point *points = xmalloc((data->n + 1) * sizeof(*points));
	struct bent_line line;
	bool bent;

	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *from = &data->points[i];

		points[i] = (struct bent_point){log(from->batch), log(from->steps * from->batch),
						data->weight ? data->weight[i] : 1};
	}
	qsort(points, data->n, sizeof(*points), by_x);
	bent = bent_line_fit(points, data->n, &line);
	fit->parameters[B_STAR] = bent ? exp(line.bend) : (double)NAN;
	fit->parameters[M] = bent ? line.slope - 1 : (double)NAN;
	fit->parameters[B1] = bent ? line.level : (double)NAN;
	free(points);
}

static double token_optimal(const struct law_data *data)
{
	double fewest = HUGE_VAL, batch = (double)NAN;

	for (size_t i = 0; i < data->n; i++)
		if (counts(data, i))
			fewest = fmin(fewest, data->points[i].steps * data->points[i].batch);
	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *point = &data->points[i];

		if (counts(data, i) && point->steps * point->batch <= fewest * (1 + SAME_TOKENS))
			batch = fmax(batch, point->batch);
	}
	return batch;
}

static int critical_fit(const struct law_data *data, const struct robust *robust,
			const double *warm, struct law_fit *fit, struct error *err)
{
	double low, high, base;

	(void)warm; /* a start costs less than to check it */
	if (law_distinct(data, batch_of) < FEWEST_BATCHES)
		return error_set(err, ERR_FIT,
				 "law 'critical_batch' needs at least %d batches that reach the "
				 "target, not %zu",
				 FEWEST_BATCHES, law_distinct(data, batch_of));
	fit_hyperbola(data, robust, fit);
	batch_range(data, &low, &high);
	base = data->points[0].base_batch > 0 ? data->points[0].base_batch : low;
	fit->parameters[B_20] = (1 + OVERHEAD) * base + OVERHEAD * fit->parameters[B_CRIT];
	fit_pieces(data, fit);
	fit->parameters[B_TOK] = token_optimal(data);
	return 0;
}

static double critical_predict(const double *parameters, const struct law_point *at)
{
	return parameters[S_MIN] * (1 + parameters[B_CRIT] / at->batch);
}

static size_t critical_spent(const struct law_data *data)
{
	(void)data;
	return N_THETA;
}

static bool never_levels(const struct law_data *data, const struct law_fit *fit)
{
	return !(fit->parameters[S_MIN] > LEAST * fewest_steps(data));
}

static bool never_falls(const struct law_data *data, const struct law_fit *fit)
{
	double low, high;

	batch_range(data, &low, &high);
	return !(fit->parameters[B_CRIT] > LEAST * low);
}

static bool critical_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	return never_levels(data, fit) || never_falls(data, fit);
}

static bool critical_suits(const struct law_data *data)
{
	return law_distinct(data, batch_of) >= FEWEST_BATCHES;
}

static void critical_check(const struct law_data *data, const struct law_fit *fit,
			   struct text *warnings)
{
	double low, high, base = data->points[0].base_batch;

	batch_range(data, &low, &high);
	if (never_levels(data, fit))
		text_add(warnings, "S_min is at 0: steps fall as 1/B up to the largest batch, "
				   "which is below critical\n");
	else if (never_falls(data, fit))
		text_add(warnings, "B_crit is at 0: steps do not fall with the batch, the smallest "
				   "is above critical\n");
	else if (fit->parameters[B_CRIT] > high || fit->parameters[B_CRIT] < low)
		text_printf(warnings,
			    "B_crit is outside the batches that reach the target, %.4g to %.4g\n",
			    low, high);
	if (law_distinct(data, batch_of) < FEWEST_BENT)
		text_printf(warnings, "B_star needs %d batches\n", FEWEST_BENT);
	else if (isnan(fit->parameters[B_STAR]))
		text_add(warnings, "no bend: tokens to the target do not rise with the batch\n");
	if (fit->parameters[B_TOK] == low)
		text_add(warnings, "B_tok is the smallest batch: smaller ones may need fewer "
				   "tokens\n");
	if (base > 0 && (base < low || base > high))
		text_printf(warnings, "the base batch of B_20, %.4g, was not tried\n", base);
}

const struct law law_critical_batch = {
	.name = "critical_batch",
	.formula = "S = S_min (1 + B_crit / B); ln S = -ln B + b1, above B_star m ln B + b2",
	.how = "hyperbola and two pieces of ln S; B_20: 20 % over linear scaling from --base-batch",
	.needs = "3 batches that reach the target, 4 for B_star",
	.columns = LAW_BATCH | LAW_STEPS,
	.source = LAW_OF_TARGETS,
	.response = LAW_STEPS,
	.parameters = {"S_min", "B_crit", "B_20", "B_star", "m", "b1", "B_tok"},
	.n_parameters = N_PARAMETERS,
	.robust = {ROBUST_LSQ_LOG, 1e-3},
	.fit = critical_fit,
	.n_spent = critical_spent,
	.predict = critical_predict,
	.at_bound = critical_at_bound,
	.suits = critical_suits,
	.check = critical_check,
};
