/* SPDX-License-Identifier: MIT
 *
 * L = E + A N^-alpha + B D^-beta, approach 3 of Hoffmann et al. 2022 (arXiv 2203.15556), with
 * the objective of their equation 10 summed, as Besiroglu et al. 2024 (arXiv 2404.10102) do.
 *
 * For fixed exponents L is linear in E, A and B: least squares with positive unknowns over a grid
 * of exponents gives the starts (variable projection), one from each block of the grid.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/law.h"
#include "results/linalg.h"
#include "results/power_sum.h"

enum { E, A, B, ALPHA, BETA, N_PARAMETERS }; /* of the law and of theta */

#define GRID	      24 /* exponents tried for N, and for D */
#define BLOCK	      4
#define BLOCKS	      (GRID / BLOCK)
#define N_STARTS      (BLOCKS * BLOCKS)
#define EXPONENT_LOW  0.03
#define EXPONENT_HIGH 2.0
#define TERM_LEAST    1e-2 /* of a loss, in starts */
#define E_LEAST	      1e-3 /* relative to a loss: below, E is at 0 */

static double params_of(const struct law_point *point)
{
	return point->params;
}

static double tokens_of(const struct law_point *point)
{
	return point->tokens;
}

static double ratio_of(const struct law_point *point)
{
	return point->tokens / point->params;
}

static double product_of(const struct law_point *point)
{
	return point->tokens * point->params;
}

static void build(const struct law_data *data, const struct robust *robust, const double *centre,
		  struct power_sum *sum)
{
	power_sum_init(sum, data->n, robust);
	sum->n_terms = 3;
	sum->n_parameters = N_PARAMETERS;
	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *from = &data->points[i];
		struct power_point *point = &sum->points[i];

		point->terms[0] = (struct power_term){E, POWER_SUM_CONSTANT, 0};
		point->terms[1] = (struct power_term){A, ALPHA, log(from->params) - centre[0]};
		point->terms[2] = (struct power_term){B, BETA, log(from->tokens) - centre[1]};
		point->loss = from->loss;
		point->weight = data->weight ? data->weight[i] : 1;
	}
}

static double grid_exponent(size_t i)
{
	return EXPONENT_LOW * pow(EXPONENT_HIGH / EXPONENT_LOW, (double)i / (GRID - 1));
}

/* powers[i * GRID + g] = exp(-exponent_g x_i) of one term. */
static double *grid_powers(const struct power_sum *sum, size_t term)
{
	double *powers = xmalloc(sum->n * GRID * sizeof(*powers));

	for (size_t i = 0; i < sum->n; i++)
		for (size_t g = 0; g < GRID; g++)
			powers[i * GRID + g] =
				exp(-grid_exponent(g) * sum->points[i].terms[term].x);
	return powers;
}

/* Relative least squares of E + A u + B v at one pair of exponents; returns its value. */
static double project(const struct power_sum *sum, const double *u, const double *v,
		      double amplitudes[3])
{
	double gram[9] = {0}, right[3] = {0}, total = 0;

	for (size_t i = 0; i < sum->n; i++) {
		double loss = sum->points[i].loss, weight = sum->points[i].weight;
		double row[] = {1 / loss, u[i * GRID] / loss, v[i * GRID] / loss};

		for (size_t a = 0; a < 3; a++) {
			right[a] += weight * row[a];
			for (size_t b = 0; b < 3; b++)
				gram[a * 3 + b] += weight * row[a] * row[b];
		}
		total += 0.5 * weight;
	}
	return total + nonnegative_minimum(gram, right, amplitudes, 3);
}

static void make_starts(const struct power_sum *sum, double *starts)
{
	double *u = grid_powers(sum, 1), *v = grid_powers(sum, 2), best[N_STARTS];

	for (size_t s = 0; s < N_STARTS; s++)
		best[s] = HUGE_VAL;
	for (size_t i = 0; i < GRID; i++)
		for (size_t j = 0; j < GRID; j++) {
			size_t s = i / BLOCK * BLOCKS + j / BLOCK;
			double amplitudes[3], value = project(sum, &u[i], &v[j], amplitudes);
			double *start = &starts[s * N_PARAMETERS];

			if (value >= best[s])
				continue;
			best[s] = value;
			for (size_t k = 0; k < 3; k++) /* likewise */
				start[k] =
					log(fmax(amplitudes[k], TERM_LEAST * sum->points[0].loss));
			start[ALPHA] = grid_exponent(i);
			start[BETA] = grid_exponent(j);
		}
	free(u);
	free(v);
}

static void theta_of(const double *parameters, const double *centre, double *theta)
{
	memcpy(theta, parameters, N_PARAMETERS * sizeof(*theta));
	theta[E] = power_sum_log_amplitude(parameters[E]);
	theta[A] = power_sum_log_amplitude(parameters[A] * exp(-parameters[ALPHA] * centre[0]));
	theta[B] = power_sum_log_amplitude(parameters[B] * exp(-parameters[BETA] * centre[1]));
}

static void centre_of(const struct law_data *data, double *centre)
{
	centre[0] = power_sum_centre(data, params_of);
	centre[1] = power_sum_centre(data, tokens_of);
}

static int chinchilla_fit(const struct law_data *data, const struct robust *robust,
			  const double *warm, struct law_fit *fit, struct error *err)
{
	double starts[N_STARTS * N_PARAMETERS], theta[N_PARAMETERS], centre[2];
	struct power_sum sum;

	if (law_count(data) < N_PARAMETERS)
		return error_set(err, ERR_FIT, "law 'chinchilla' needs at least %d points, not %zu",
				 N_PARAMETERS, law_count(data));
	centre_of(data, centre);
	build(data, robust, centre, &sum);
	if (warm) {
		theta_of(warm, centre, starts);
		for (size_t k = 0; k < 3; k++) /* a term of 0 would take many steps to return */
			starts[k] = fmax(starts[k], log(TERM_LEAST * data->points[0].loss));
	} else {
		make_starts(&sum, starts);
	}
	power_sum_best(&sum, starts, warm ? 1 : N_STARTS, theta, fit);
	power_sum_release(&sum);
	memcpy(fit->parameters, theta, sizeof(theta));
	fit->parameters[E] = power_sum_amplitude(theta[E]);
	fit->parameters[A] = exp(theta[A] + theta[ALPHA] * centre[0]);
	fit->parameters[B] = exp(theta[B] + theta[BETA] * centre[1]);
	return 0;
}

static void chinchilla_evaluate(const struct law_data *data, const struct robust *robust,
				const double *parameters, struct law_fit *fit)
{
	double centre[2], theta[N_PARAMETERS];
	struct power_sum sum;

	centre_of(data, centre);
	build(data, robust, centre, &sum);
	theta_of(parameters, centre, theta);
	power_sum_evaluate(&sum, theta, fit);
	power_sum_release(&sum);
}

static double chinchilla_predict(const double *parameters, const struct law_point *at)
{
	return parameters[E] + parameters[A] * pow(at->params, -parameters[ALPHA]) +
	       parameters[B] * pow(at->tokens, -parameters[BETA]);
}

static bool exponent_outside(const struct law_fit *fit)
{
	double alpha = fit->parameters[ALPHA], beta = fit->parameters[BETA];

	return !(alpha > 0 && beta > 0 && alpha <= EXPONENT_HIGH && beta <= EXPONENT_HIGH);
}

static bool no_floor(const struct law_data *data, const struct law_fit *fit)
{
	return fit->parameters[E] < E_LEAST * data->points[0].loss;
}

static bool chinchilla_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	return exponent_outside(fit) || no_floor(data, fit);
}

static void chinchilla_check(const struct law_data *data, const struct law_fit *fit,
			     struct text *warnings)
{
	size_t sizes = law_distinct(data, params_of), durations = law_distinct(data, tokens_of);

	law_check_common(&law_chinchilla, fit, warnings);
	if (sizes < 3)
		text_printf(warnings, "%zu model size%s: E, A and alpha need at least 3\n", sizes,
			    sizes == 1 ? "" : "s");
	if (durations < 3)
		text_printf(warnings, "%zu token count%s: B and beta need at least 3\n", durations,
			    durations == 1 ? "" : "s");
	if (sizes > 1 && law_distinct(data, ratio_of) == 1)
		text_add(warnings,
			 "tokens per parameter are the same everywhere: the terms of N and "
			 "D cannot be told apart\n");
	if (sizes > 1 && law_distinct(data, product_of) == 1)
		text_add(warnings,
			 "one compute budget: N and D never vary apart, and the parameters "
			 "mean little\n");
	if (exponent_outside(fit))
		text_add(warnings, "an exponent is outside (0, 2]: no scaling law\n");
	if (no_floor(data, fit))
		text_add(warnings,
			 "E is at 0: these points do not show where the loss levels off\n");
}

const struct law law_chinchilla = {
	.name = "chinchilla",
	.alias = "approach3",
	.formula = "L = E + A N^-alpha + B D^-beta",
	.how = "variable projection to start, then every parameter is polished, from many starts",
	.needs = "5 points; 3 sizes unless asked by name",
	.columns = LAW_PARAMS | LAW_TOKENS | LAW_LOSS,
	.source = LAW_OF_CELLS,
	.response = LAW_LOSS,
	.n_parameters = N_PARAMETERS,
	.parameters = {"E", "A", "B", "alpha", "beta"},
	.amplitudes = 1u << E | 1u << A | 1u << B,
	.robust = {ROBUST_HUBER, 1e-3},
	.fit = chinchilla_fit,
	.evaluate = chinchilla_evaluate,
	.predict = chinchilla_predict,
	.at_bound = chinchilla_at_bound,
	.check = chinchilla_check,
};
