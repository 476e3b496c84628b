/* SPDX-License-Identifier: MIT
 *
 * L = E + k C^-p, with one E for all arms given.  For a fixed E the rest is a straight line in
 * (ln C, ln(L - E)), so that a grid over E gives the starts (variable projection); the objective
 * is then polished over all parameters.
 *
 * theta: ln E, then ln k at the centre and p of each arm.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "results/power_offset.h"
#include "results/power_sum.h"

enum { E, K, P, N_PARAMETERS };
#define N_STARTS      32
#define MAX_THETA     (1 + 2 * POWER_OFFSET_ARMS)
#define E_LEAST	      1e-3 /* relative to the lowest loss: below, E is at 0 */
#define E_WARM	      0.05
#define E_MOST	      0.995
#define EXPONENT_MOST 2.0

#define LN_K(arm)  ((int)(1 + 2 * (arm)))
#define POWER(arm) ((int)(2 + 2 * (arm)))

static double flops_of(const struct law_point *point)
{
	return point->flops;
}

static double lowest_loss(const struct law_data *arms, size_t n_arms)
{
	double lowest = HUGE_VAL;

	for (size_t a = 0; a < n_arms; a++)
		for (size_t i = 0; i < arms[a].n; i++)
			if (!arms[a].weight || arms[a].weight[i] > 0)
				lowest = fmin(lowest, arms[a].points[i].loss);
	return lowest;
}

static double common_centre(const struct law_data *arms, size_t n_arms)
{
	double total = 0;
	size_t n = 0;

	for (size_t a = 0; a < n_arms; a++) {
		total += power_sum_centre(&arms[a], flops_of) * (double)arms[a].n;
		n += arms[a].n;
	}
	return total / (double)n;
}

static void build(const struct law_data *arms, size_t n_arms, const struct robust *robust,
		  double centre, struct power_sum *sum)
{
	struct power_point *point;
	size_t n = 0;

	for (size_t a = 0; a < n_arms; a++)
		n += arms[a].n;
	power_sum_init(sum, n, robust);
	sum->n_terms = 2;
	sum->n_parameters = 1 + 2 * n_arms;
	point = sum->points;
	for (size_t a = 0; a < n_arms; a++)
		for (size_t i = 0; i < arms[a].n; i++, point++) {
			double x = log(arms[a].points[i].flops) - centre;

			point->terms[0] = (struct power_term){0, POWER_SUM_CONSTANT, 0};
			point->terms[1] = (struct power_term){LN_K(a), POWER(a), x};
			power_point_set(point, arms[a].points[i].loss,
					arms[a].weight ? arms[a].weight[i] : 1);
		}
}

/* Least squares of ln(L - offset) on x for one arm. */
static void straight_line(const struct law_data *arm, double centre, double offset, double *theta)
{
	double w = 0, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t i = 0; i < arm->n; i++) {
		double weight = arm->weight ? arm->weight[i] : 1;
		double xi = log(arm->points[i].flops) - centre, yi;

		if (weight == 0)
			continue;
		yi = log(arm->points[i].loss - offset);
		w += weight;
		x += weight * xi;
		y += weight * yi;
		xx += weight * xi * xi;
		xy += weight * xi * yi;
	}
	theta[1] = -(w * xy - x * y) / (w * xx - x * x);
	theta[0] = (y + theta[1] * x) / w;
}

/* E from nearly 0 to nearly the lowest loss. */
static void make_starts(const struct law_data *arms, size_t n_arms, double centre, double *starts)
{
	double lowest = lowest_loss(arms, n_arms);
	size_t n = 1 + 2 * n_arms;

	for (size_t s = 0; s < N_STARTS; s++) {
		double gap = pow(1e-3, (double)s / (N_STARTS - 1)); /* (lowest - E) / lowest */
		double offset = lowest * (1 - 0.99 * gap);

		starts[s * n] = log(offset);
		for (size_t a = 0; a < n_arms; a++)
			straight_line(&arms[a], centre, offset, &starts[s * n + 1 + 2 * a]);
	}
}

/* A start: E is lifted off 0, where ln E would take many steps to return from. */
static void warm_start(const struct power_offset *law, const struct law_data *arms, size_t n_arms,
		       double centre, double *theta)
{
	theta[0] = log(fmax(law->E, E_WARM * lowest_loss(arms, n_arms)));
	for (size_t a = 0; a < n_arms; a++) {
		theta[LN_K(a)] = power_sum_log_amplitude(law->k[a] * exp(-law->p[a] * centre));
		theta[POWER(a)] = law->p[a];
	}
}

static int check_points(const struct law_data *arms, size_t n_arms, struct error *err)
{
	size_t n = 0, needed = 1 + 2 * n_arms;

	for (size_t a = 0; a < n_arms; a++) {
		size_t distinct = law_distinct(&arms[a], flops_of);

		n += law_count(&arms[a]);
		if (distinct < (n_arms == 1 ? 3u : 2u))
			return error_set(err, ERR_FIT,
					 "law 'power_offset' needs at least %d different computes, "
					 "not %zu",
					 n_arms == 1 ? 3 : 2, distinct);
	}
	if (n < needed)
		return error_set(err, ERR_FIT,
				 "law 'power_offset' needs at least %zu points, not %zu", needed,
				 n);
	return 0;
}

int power_offset_fit(const struct law_data *arms, size_t n_arms, const struct robust *robust,
		     const struct power_offset *warm, struct power_offset *fitted,
		     struct law_fit *fit, struct error *err)
{
	double starts[N_STARTS * MAX_THETA], theta[MAX_THETA], centre;
	struct power_sum sum;
	int result = check_points(arms, n_arms, err);

	assert(n_arms <= POWER_OFFSET_ARMS);
	if (result)
		return result;
	centre = common_centre(arms, n_arms);
	build(arms, n_arms, robust, centre, &sum);
	if (warm)
		warm_start(warm, arms, n_arms, centre, starts);
	else
		make_starts(arms, n_arms, centre, starts);
	power_sum_best(&sum, starts, warm ? 1 : N_STARTS, theta, fit);
	power_sum_release(&sum);
	*fitted = (struct power_offset){.E = power_sum_amplitude(theta[0])};
	for (size_t a = 0; a < n_arms; a++) {
		fitted->k[a] = exp(theta[LN_K(a)] + theta[POWER(a)] * centre);
		fitted->p[a] = theta[POWER(a)];
	}
	return 0;
}

double power_offset_loss(const struct power_offset *law, size_t arm, double flops)
{
	return law->E + law->k[arm] * pow(flops, -law->p[arm]);
}

double power_offset_flops(const struct power_offset *law, size_t arm, double loss)
{
	if (!(loss > law->E))
		return (double)NAN;
	return pow(law->k[arm] / (loss - law->E), 1 / law->p[arm]);
}

bool power_offset_at_bound(const struct power_offset *law, size_t n_arms, double lowest)
{
	for (size_t a = 0; a < n_arms; a++)
		if (!(law->p[a] > 0 && law->p[a] <= EXPONENT_MOST))
			return true;
	return !(law->E > E_LEAST * lowest && law->E < E_MOST * lowest);
}

static struct power_offset from_parameters(const double *parameters)
{
	return (struct power_offset){parameters[E], {parameters[K]}, {parameters[P]}};
}

static int offset_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		      struct law_fit *fit, struct error *err)
{
	struct power_offset start, fitted;
	int result;

	if (warm)
		start = from_parameters(warm);
	result = power_offset_fit(data, 1, robust, warm ? &start : NULL, &fitted, fit, err);
	if (result)
		return result;
	fit->parameters[E] = fitted.E;
	fit->parameters[K] = fitted.k[0];
	fit->parameters[P] = fitted.p[0];
	return 0;
}

static void offset_evaluate(const struct law_data *data, const struct robust *robust,
			    const double *parameters, struct law_fit *fit)
{
	double centre = common_centre(data, 1);
	double theta[] = {log(parameters[E]), log(parameters[K]) - parameters[P] * centre,
			  parameters[P]};
	struct power_sum sum;

	build(data, 1, robust, centre, &sum);
	power_sum_evaluate(&sum, theta, fit);
	power_sum_release(&sum);
}

static double offset_predict(const double *parameters, const struct law_point *at)
{
	return parameters[E] + parameters[K] * pow(at->flops, -parameters[P]);
}

static double offset_invert(const double *parameters, double loss)
{
	struct power_offset law = from_parameters(parameters);

	return power_offset_flops(&law, 0, loss);
}

bool power_offset_fit_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	struct power_offset law = from_parameters(fit->parameters);

	return power_offset_at_bound(&law, 1, lowest_loss(data, 1));
}

void power_offset_check(const struct law *law, const char *variable, const struct law_data *data,
			const struct law_fit *fit, struct text *warnings)
{
	double lowest = lowest_loss(data, 1);

	law_check_common(law, fit, warnings);
	if (fit->parameters[P] <= 0)
		text_printf(warnings, "the loss rises with %s: %s = %.4g\n", variable,
			    law->parameters[P], fit->parameters[P]);
	else if (fit->parameters[P] > EXPONENT_MOST)
		text_printf(warnings,
			    "exponent %s = %.3g is no scaling law: too few %ss or too much noise\n",
			    law->parameters[P], fit->parameters[P], variable);
	if (fit->parameters[E] <= E_LEAST * lowest)
		text_printf(warnings,
			    "E is at 0: these %ss do not show where the loss levels off\n",
			    variable);
	else if (fit->parameters[E] >= E_MOST * lowest)
		text_printf(warnings, "E is at the lowest loss: the largest %s decides the fit\n",
			    variable);
}

static void offset_check(const struct law_data *data, const struct law_fit *fit,
			 struct text *warnings)
{
	power_offset_check(&law_power_offset, "compute", data, fit, warnings);
}

const struct law law_power_offset = {
	.name = "power_offset",
	.formula = "L = E + k C^-p",
	.how = "variable projection over E, then every parameter is polished",
	.needs = "3 different computes",
	.columns = LAW_FLOPS | LAW_LOSS,
	.source = LAW_OF_FRONTIER,
	.response = LAW_LOSS,
	.n_parameters = N_PARAMETERS,
	.parameters = {"E", "k", "p"},
	.amplitudes = 1u << E | 1u << K,
	.robust = {ROBUST_HUBER, 1e-3},
	.fit = offset_fit,
	.evaluate = offset_evaluate,
	.predict = offset_predict,
	.invert = offset_invert,
	.at_bound = power_offset_fit_at_bound,
	.check = offset_check,
};
