/* SPDX-License-Identifier: MIT
 *
 * L = k C^-p, a straight line in (ln C, ln L): the law of Liu et al. 2025 (arXiv 2502.16982),
 * table 3.
 */
#include <math.h>

#include "results/law.h"
#include "results/power_sum.h"

enum { K, P, N_PARAMETERS };
enum { LN_K, POWER }; /* theta: amplitude at the centre, exponent */

static double flops_of(const struct law_point *point)
{
	return point->flops;
}

static void build(const struct law_data *data, const struct robust *robust, double centre,
		  struct power_sum *sum)
{
	power_sum_init(sum, data->n, robust);
	sum->n_terms = 1;
	sum->n_parameters = N_PARAMETERS;
	for (size_t i = 0; i < data->n; i++) {
		struct power_point *point = &sum->points[i];

		point->terms[0] =
			(struct power_term){LN_K, POWER, log(data->points[i].flops) - centre};
		power_point_set(point, data->points[i].loss, data->weight ? data->weight[i] : 1);
	}
}

static int power_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		     struct law_fit *fit, struct error *err)
{
	double centre, theta[N_PARAMETERS], start[N_PARAMETERS] = {0, 0};
	struct power_sum sum;

	if (law_count(data) < N_PARAMETERS || law_distinct(data, flops_of) < N_PARAMETERS)
		return error_set(err, ERR_FIT,
				 "law 'power' needs at least 2 different computes, "
				 "not %zu",
				 law_distinct(data, flops_of));
	centre = power_sum_centre(data, flops_of);
	build(data, robust, centre, &sum);
	if (warm) {
		start[LN_K] = power_sum_log_amplitude(warm[K] * exp(-warm[P] * centre));
		start[POWER] = warm[P];
	} else {
		struct power_sum squares = sum; /* convex, and a good start for the others */

		squares.robust.kind = ROBUST_LSQ_LOG;
		power_sum_minimise(&squares, start);
	}
	power_sum_best(&sum, start, 1, theta, fit);
	fit->parameters[K] = exp(theta[LN_K] + theta[POWER] * centre);
	fit->parameters[P] = theta[POWER];
	power_sum_release(&sum);
	return 0;
}

static void power_evaluate(const struct law_data *data, const struct robust *robust,
			   const double *parameters, struct law_fit *fit)
{
	double centre = power_sum_centre(data, flops_of);
	double theta[] = {log(parameters[K]) - parameters[P] * centre, parameters[P]};
	struct power_sum sum;

	build(data, robust, centre, &sum);
	power_sum_evaluate(&sum, theta, fit);
	power_sum_release(&sum);
}

static double power_predict(const double *parameters, const struct law_point *at)
{
	return parameters[K] * pow(at->flops, -parameters[P]);
}

static double power_invert(const double *parameters, double loss)
{
	return pow(parameters[K] / loss, 1 / parameters[P]);
}

static bool power_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	(void)data;
	return !(fit->parameters[P] > 0);
}

static void power_check(const struct law_data *data, const struct law_fit *fit,
			struct text *warnings)
{
	law_check_common(&law_power, fit, warnings);
	if (power_at_bound(data, fit))
		text_printf(warnings, "the loss rises with compute: p = %.4g\n",
			    fit->parameters[P]);
}

const struct law law_power = {
	.name = "power",
	.formula = "L = k C^-p",
	.how = "least squares in log-log",
	.needs = "2 different computes",
	.columns = LAW_FLOPS | LAW_LOSS,
	.source = LAW_OF_FRONTIER,
	.response = LAW_LOSS,
	.n_parameters = N_PARAMETERS,
	.parameters = {"k", "p"},
	.amplitudes = 1u << K,
	.robust = {ROBUST_LSQ_LOG, 1e-3},
	.fit = power_fit,
	.evaluate = power_evaluate,
	.predict = power_predict,
	.invert = power_invert,
	.at_bound = power_at_bound,
	.check = power_check,
};
