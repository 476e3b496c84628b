/* SPDX-License-Identifier: MIT
 *
 * L = E + A N^-alpha + B M^-beta + C K^-gamma with M the batch in tokens and K the steps, Schaipp
 * 2026 (arXiv 2607.01487): what a token budget M K is worth depends on how it is cut into steps.
 *
 * Starts as in law_chinchilla.c: for fixed exponents L is linear in E, A, B and C.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/linalg.h"
#include "base/memory.h"
#include "results/law.h"
#include "results/power_sum.h"

enum { E, A, B, C, ALPHA, BETA, GAMMA, N_PARAMETERS }; /* of the law and of theta */

#define N_TERMS	      3 /* beside E */
#define GRID	      9 /* exponents tried for each */
#define BLOCK	      3
#define BLOCKS	      (GRID / BLOCK)
#define N_STARTS      (BLOCKS * BLOCKS * BLOCKS)
#define EXPONENT_LOW  0.05
#define EXPONENT_HIGH 2.0
#define TERM_LEAST    1e-2 /* of a loss, in starts */
#define E_LEAST	      1e-3 /* relative to a loss: below, E is at 0 */
#define FEWEST	      3	   /* different sizes, batches and steps */

static double params_of(const struct law_point *point)
{
	return point->params;
}

static double batch_of(const struct law_point *point)
{
	return point->batch;
}

static double steps_of(const struct law_point *point)
{
	return point->steps;
}

static double tokens_of(const struct law_point *point)
{
	return point->batch * point->steps;
}

static double (*const variables[N_TERMS])(const struct law_point *) = {params_of, batch_of,
								       steps_of};

static void centre_of(const struct law_data *data, double *centre)
{
	for (size_t t = 0; t < N_TERMS; t++)
		centre[t] = power_sum_centre(data, variables[t]);
}

static void build(const struct law_data *data, const struct robust *robust, const double *centre,
		  struct power_sum *sum)
{
	power_sum_init(sum, data->n, robust);
	sum->n_terms = 1 + N_TERMS;
	sum->n_parameters = N_PARAMETERS;
	for (size_t i = 0; i < data->n; i++) {
		struct power_point *point = &sum->points[i];

		point->terms[0] = (struct power_term){E, POWER_SUM_CONSTANT, 0};
		for (size_t t = 0; t < N_TERMS; t++)
			point->terms[1 + t] = (struct power_term){
				A + (int)t, ALPHA + (int)t,
				log(variables[t](&data->points[i])) - centre[t]};
		power_point_set(point, data->points[i].loss, data->weight ? data->weight[i] : 1);
	}
}

static double grid_exponent(size_t i)
{
	return EXPONENT_LOW * pow(EXPONENT_HIGH / EXPONENT_LOW, (double)i / (GRID - 1));
}

/* powers[(i * N_TERMS + t) * GRID + g] = exp(-exponent_g x) of a point's term. */
static double *grid_powers(const struct power_sum *sum)
{
	double *powers = xmalloc((sum->n * N_TERMS * GRID + 1) * sizeof(*powers)), *to = powers;

	for (size_t i = 0; i < sum->n; i++)
		for (size_t t = 0; t < N_TERMS; t++)
			for (size_t g = 0; g < GRID; g++)
				*to++ = exp(-grid_exponent(g) * sum->points[i].terms[1 + t].x);
	return powers;
}

/* Relative least squares of the four amplitudes at one set of exponents; returns its value below
 * that of all amplitudes 0. */
static double project(const struct power_sum *sum, const double *powers, const size_t g[N_TERMS],
		      double amplitudes[1 + N_TERMS])
{
	enum { N = 1 + N_TERMS };
	double gram[N * N] = {0}, right[N] = {0};

	for (size_t i = 0; i < sum->n; i++) {
		double scale = 1 / sum->points[i].loss, weight = sum->points[i].weight;
		double row[N] = {scale};

		for (size_t t = 0; t < N_TERMS; t++)
			row[1 + t] = scale * powers[(i * N_TERMS + t) * GRID + g[t]];
		for (size_t a = 0; a < N; a++) {
			right[a] += weight * row[a];
			for (size_t b = 0; b <= a; b++)
				gram[a * N + b] += weight * row[a] * row[b];
		}
	}
	for (size_t a = 0; a < N; a++)
		for (size_t b = a + 1; b < N; b++)
			gram[a * N + b] = gram[b * N + a];
	return nonnegative_minimum(gram, right, amplitudes, N);
}

/* The best of each block of the grid. */
static void make_starts(const struct power_sum *sum, double *starts)
{
	double *powers = grid_powers(sum), best[N_STARTS], amplitudes[1 + N_TERMS];
	double least = TERM_LEAST * sum->points[0].loss;

	for (size_t s = 0; s < N_STARTS; s++)
		best[s] = HUGE_VAL;
	for (size_t at = 0; at < GRID * GRID * GRID; at++) {
		size_t g[N_TERMS] = {at / GRID / GRID, at / GRID % GRID, at % GRID};
		size_t s = (g[0] / BLOCK * BLOCKS + g[1] / BLOCK) * BLOCKS + g[2] / BLOCK;
		double value = project(sum, powers, g, amplitudes);
		double *start = &starts[s * N_PARAMETERS];

		if (value >= best[s])
			continue;
		best[s] = value;
		for (size_t k = 0; k <= N_TERMS; k++)
			start[k] = log(fmax(amplitudes[k], least));
		for (size_t t = 0; t < N_TERMS; t++)
			start[(size_t)ALPHA + t] = grid_exponent(g[t]);
	}
	free(powers);
}

static void theta_of(const double *parameters, const double *centre, double *theta)
{
	memcpy(theta, parameters, N_PARAMETERS * sizeof(*theta));
	theta[E] = power_sum_log_amplitude(parameters[E]);
	for (size_t t = 0; t < N_TERMS; t++)
		theta[A + t] = power_sum_log_amplitude(parameters[A + t] *
						       exp(-parameters[ALPHA + t] * centre[t]));
}

static int three_term_fit(const struct law_data *data, const struct robust *robust,
			  const double *warm, struct law_fit *fit, struct error *err)
{
	double starts[N_STARTS * N_PARAMETERS], theta[N_PARAMETERS], centre[N_TERMS];
	struct power_sum sum;

	if (law_count(data) < N_PARAMETERS || law_distinct(data, batch_of) < 2)
		return error_set(err, ERR_FIT,
				 "law 'three_term' needs at least %d points and 2 batches, not %zu "
				 "and %zu",
				 N_PARAMETERS, law_count(data), law_distinct(data, batch_of));
	centre_of(data, centre);
	build(data, robust, centre, &sum);
	if (warm) {
		theta_of(warm, centre, starts);
		for (size_t k = 0; k <= N_TERMS; k++) /* a term of 0 would hardly return */
			starts[k] = fmax(starts[k], log(TERM_LEAST * data->points[0].loss));
	} else {
		make_starts(&sum, starts);
	}
	power_sum_best(&sum, starts, warm ? 1 : N_STARTS, theta, fit);
	power_sum_release(&sum);
	memcpy(fit->parameters, theta, sizeof(theta));
	fit->parameters[E] = power_sum_amplitude(theta[E]);
	for (size_t t = 0; t < N_TERMS; t++)
		fit->parameters[A + t] = exp(theta[A + t] + theta[ALPHA + t] * centre[t]);
	return 0;
}

static void three_term_evaluate(const struct law_data *data, const struct robust *robust,
				const double *parameters, struct law_fit *fit)
{
	double centre[N_TERMS], theta[N_PARAMETERS];
	struct power_sum sum;

	centre_of(data, centre);
	build(data, robust, centre, &sum);
	theta_of(parameters, centre, theta);
	power_sum_evaluate(&sum, theta, fit);
	power_sum_release(&sum);
}

static double three_term_predict(const double *parameters, const struct law_point *at)
{
	double loss = parameters[E];

	for (size_t t = 0; t < N_TERMS; t++)
		loss += parameters[A + t] * pow(variables[t](at), -parameters[ALPHA + t]);
	return loss;
}

static bool exponent_outside(const struct law_fit *fit)
{
	for (size_t t = 0; t < N_TERMS; t++)
		if (!(fit->parameters[ALPHA + t] > 0 &&
		      fit->parameters[ALPHA + t] <= EXPONENT_HIGH))
			return true;
	return false;
}

static bool no_floor(const struct law_data *data, const struct law_fit *fit)
{
	return fit->parameters[E] < E_LEAST * data->points[0].loss;
}

static bool three_term_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	return exponent_outside(fit) || no_floor(data, fit);
}

static bool three_term_suits(const struct law_data *data)
{
	for (size_t t = 0; t < N_TERMS; t++)
		if (law_distinct(data, variables[t]) < FEWEST)
			return false;
	return law_distinct(data, tokens_of) > 1 && law_count(data) > N_PARAMETERS;
}

static void three_term_check(const struct law_data *data, const struct law_fit *fit,
			     struct text *warnings)
{
	static const char *const names[] = {"model size", "batch size", "number of steps"};
	static const char *const parts[] = {"A and alpha", "B and beta", "C and gamma"};

	law_check_common(&law_three_term, fit, warnings);
	for (size_t t = 0; t < N_TERMS; t++) {
		size_t n = law_distinct(data, variables[t]);

		if (n < FEWEST)
			text_printf(warnings, "%zu different %s%s: %s need at least %d\n", n,
				    names[t], n == 1 || t == 2 ? "" : "s", parts[t], FEWEST);
	}
	if (law_distinct(data, tokens_of) == 1)
		text_add(warnings, "one number of tokens: batch and steps never vary apart\n");
	if (exponent_outside(fit))
		text_add(warnings, "an exponent is outside (0, 2]: no scaling law\n");
	if (no_floor(data, fit))
		text_add(warnings,
			 "E is at 0: these points do not show where the loss levels off\n");
}

const struct law law_three_term = {
	.name = "three_term",
	.formula = "L = E + A N^-alpha + B M^-beta + C K^-gamma, M batch, K steps",
	.how = "variable projection to start, then every parameter is polished, from many starts",
	.needs = "7 points; unless asked by name 3 sizes, 3 batches and 3 numbers of steps",
	.columns = LAW_PARAMS | LAW_BATCH | LAW_STEPS | LAW_LOSS,
	.source = LAW_OF_CELLS,
	.response = LAW_LOSS,
	.n_parameters = N_PARAMETERS,
	.parameters = {"E", "A", "B", "C", "alpha", "beta", "gamma"},
	.amplitudes = 1u << E | 1u << A | 1u << B | 1u << C,
	.robust = {ROBUST_HUBER, 1e-3},
	.fit = three_term_fit,
	.evaluate = three_term_evaluate,
	.predict = three_term_predict,
	.at_bound = three_term_at_bound,
	.suits = three_term_suits,
	.check = three_term_check,
};
