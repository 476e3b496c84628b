/* SPDX-License-Identifier: MIT
 *
 * L = E + A N^-alpha + B D^-beta, approach 3 of Hoffmann et al. 2022 (arXiv 2203.15556), with
 * the objective of their equation 10 summed, as Besiroglu et al. 2024 (arXiv 2404.10102) do.
 */
#include <math.h>

#include "results/surface.h"

enum { E, A, B, ALPHA, BETA, N_PARAMETERS };

static struct surface surface_at(const double *parameters)
{
	return (struct surface){
		.E = parameters[E],
		.alpha = parameters[ALPHA],
		.beta = parameters[BETA],
		.ln_A = {log(parameters[A])},
		.ln_B = {log(parameters[B])},
	};
}

static int chinchilla_fit(const struct law_data *data, const struct robust *robust,
			  const double *warm, struct law_fit *fit, struct error *err)
{
	struct surface start, surface;

	if (law_count(data) < N_PARAMETERS)
		return error_set(err, ERR_FIT, "law 'chinchilla' needs at least %d points, not %zu",
				 N_PARAMETERS, law_count(data));
	if (warm)
		start = surface_at(warm);
	surface_fit(data, robust, warm ? &start : NULL, &surface, fit);
	fit->parameters[E] = surface.E;
	fit->parameters[A] = exp(surface.ln_A[0]);
	fit->parameters[B] = exp(surface.ln_B[0]);
	fit->parameters[ALPHA] = surface.alpha;
	fit->parameters[BETA] = surface.beta;
	return 0;
}

static void chinchilla_evaluate(const struct law_data *data, const struct robust *robust,
				const double *parameters, struct law_fit *fit)
{
	struct surface surface = surface_at(parameters);

	surface_evaluate(data, robust, &surface, fit);
}

static double chinchilla_predict(const double *parameters, const struct law_point *at)
{
	return parameters[E] + parameters[A] * pow(at->params, -parameters[ALPHA]) +
	       parameters[B] * pow(at->tokens, -parameters[BETA]);
}

static bool chinchilla_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	struct surface surface = surface_at(fit->parameters);

	return surface_at_bound(data, &surface);
}

static void chinchilla_check(const struct law_data *data, const struct law_fit *fit,
			     struct text *warnings)
{
	struct surface surface = surface_at(fit->parameters);

	surface_check(&law_chinchilla, data, &surface, fit, warnings);
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
