/* SPDX-License-Identifier: MIT
 *
 * L = E + A (rho_N N)^-alpha + B (rho_D D)^-beta with E and the exponents shared by all arms and
 * rho = 1 of the baseline: an arm with rho_D = 1.3 learns from a token what the baseline learns
 * from 1.3.
 *
 * Fitted with an A and a B of each arm, from which rho_N = (A_0 / A_k)^(1/alpha) follows, and
 * rho_D likewise.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/surface.h"

enum { E, A, B, ALPHA, BETA, N_SHARED };
#define RHO_N(arm) (N_SHARED + 2 * ((arm)-1))
#define RHO_D(arm) (RHO_N(arm) + 1)

static struct surface surface_at(const double *parameters, size_t n_arms)
{
	struct surface surface = {
		.E = parameters[E],
		.alpha = parameters[ALPHA],
		.beta = parameters[BETA],
		.ln_A = {log(parameters[A])},
		.ln_B = {log(parameters[B])},
	};

	for (size_t k = 1; k < n_arms; k++) {
		surface.ln_A[k] = surface.ln_A[0] - surface.alpha * log(parameters[RHO_N(k)]);
		surface.ln_B[k] = surface.ln_B[0] - surface.beta * log(parameters[RHO_D(k)]);
	}
	return surface;
}

static void set_parameters(const struct surface *surface, size_t n_arms, double *parameters)
{
	parameters[E] = surface->E;
	parameters[A] = exp(surface->ln_A[0]);
	parameters[B] = exp(surface->ln_B[0]);
	parameters[ALPHA] = surface->alpha;
	parameters[BETA] = surface->beta;
	for (size_t k = 1; k < n_arms; k++) {
		parameters[RHO_N(k)] = exp((surface->ln_A[0] - surface->ln_A[k]) / surface->alpha);
		parameters[RHO_D(k)] = exp((surface->ln_B[0] - surface->ln_B[k]) / surface->beta);
	}
}

static double params_of(const struct law_point *point)
{
	return point->params;
}

static double tokens_of(const struct law_point *point)
{
	return point->tokens;
}

/* How many different values one arm has. */
static size_t arm_distinct(const struct law_data *data, size_t arm,
			   double (*value)(const struct law_point *point))
{
	double *weight = xmalloc((data->n + 1) * sizeof(*weight));
	struct law_data one = {data->points, weight, data->n, 1};
	size_t n;

	for (size_t i = 0; i < data->n; i++) {
		double own = data->weight ? data->weight[i] : 1;

		weight[i] = data->points[i].arm == arm ? own : 0;
	}
	n = law_distinct(&one, value);
	free(weight);
	return n;
}

/* Points of an arm that differ in N or in D, at least; two amplitudes need two. */
static size_t arm_places(const struct law_data *data, size_t arm)
{
	size_t sizes = arm_distinct(data, arm, params_of);
	size_t durations = arm_distinct(data, arm, tokens_of);

	return sizes > durations ? sizes : durations;
}

static int joint_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		     struct law_fit *fit, struct error *err)
{
	size_t n_parameters = law_n_parameters(&law_joint, data->n_arms);
	struct surface start, surface;

	if (data->n_arms < 2)
		return error_set(err, ERR_FIT,
				 "law 'joint' needs at least 2 arms with the same baseline");
	if (law_count(data) < n_parameters)
		return error_set(err, ERR_FIT,
				 "law 'joint' of %zu arms needs at least %zu points, not %zu",
				 data->n_arms, n_parameters, law_count(data));
	for (size_t k = 0; k < data->n_arms; k++)
		if (arm_places(data, k) < 2)
			return error_set(err, ERR_FIT,
					 "law 'joint' needs 2 points of every arm that differ in N "
					 "or D");
	if (warm)
		start = surface_at(warm, data->n_arms);
	surface_fit(data, robust, warm ? &start : NULL, &surface, fit);
	set_parameters(&surface, data->n_arms, fit->parameters);
	return 0;
}

static void joint_evaluate(const struct law_data *data, const struct robust *robust,
			   const double *parameters, struct law_fit *fit)
{
	struct surface surface = surface_at(parameters, data->n_arms);

	surface_evaluate(data, robust, &surface, fit);
}

static double joint_predict(const double *parameters, const struct law_point *at)
{
	double params = at->params, tokens = at->tokens;

	if (at->arm > 0) {
		params *= parameters[RHO_N(at->arm)];
		tokens *= parameters[RHO_D(at->arm)];
	}
	return parameters[E] + parameters[A] * pow(params, -parameters[ALPHA]) +
	       parameters[B] * pow(tokens, -parameters[BETA]);
}

static bool joint_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	struct surface surface = surface_at(fit->parameters, data->n_arms);

	return surface_at_bound(data, &surface);
}

static void joint_check(const struct law_data *data, const struct law_fit *fit,
			struct text *warnings)
{
	struct surface surface = surface_at(fit->parameters, data->n_arms);
	size_t one_size = 0, one_duration = 0;

	surface_check(&law_joint, data, &surface, fit, warnings);
	law_check_count(law_n_parameters(&law_joint, data->n_arms), fit, warnings);
	for (size_t k = 0; k < data->n_arms; k++) {
		one_size += arm_distinct(data, k, params_of) < 2;
		one_duration += arm_distinct(data, k, tokens_of) < 2;
	}
	if (one_size > 0)
		text_printf(warnings,
			    "%zu of %zu arms have one model size: rho_N rests on the exponents of "
			    "the others\n",
			    one_size, data->n_arms);
	if (one_duration > 0)
		text_printf(warnings,
			    "%zu of %zu arms have one token count: rho_D rests on the exponents of "
			    "the others\n",
			    one_duration, data->n_arms);
}

const struct law law_joint = {
	.name = "joint",
	.formula = "L = E + A (rho_N N)^-alpha + B (rho_D D)^-beta, rho of the baseline 1",
	.how = "as chinchilla, all arms in one fit with an A and a B each; rho_N, rho_D from these",
	.needs = "2 arms and 5 points, 2 more for each further arm",
	.columns = LAW_PARAMS | LAW_TOKENS | LAW_LOSS,
	.source = LAW_OF_CELLS,
	.response = LAW_LOSS,
	.n_parameters = N_SHARED,
	.parameters = {"E", "A", "B", "alpha", "beta"},
	.joint = true,
	.per_arm = {"rho_N", "rho_D"},
	.amplitudes = 1u << E | 1u << A | 1u << B,
	.robust = {ROBUST_HUBER, 1e-3},
	.fit = joint_fit,
	.evaluate = joint_evaluate,
	.predict = joint_predict,
	.at_bound = joint_at_bound,
	.check = joint_check,
};
