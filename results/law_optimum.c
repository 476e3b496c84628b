/* SPDX-License-Identifier: MIT
 *
 * Optimum lr and optimum batch as power laws of C, and of N and D: straight lines in logarithms
 * through the vertices of bowls, as table 9 of Liu et al. 2025 (arXiv 2502.16982) and Lingle's
 * and Li et al.'s (arXiv 2503.04715) laws of both.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/law.h"
#include "results/log_linear.h"

enum { K_C, C_EXPONENT, K, N_EXPONENT, D_EXPONENT, N_PARAMETERS };

#define FEWEST	       2
#define FEWEST_SOUND   3
#define FEWEST_N_AND_D 4   /* of three unknowns */
#define MOST_ALIKE     1e3 /* condition number of ln N and ln D: 0.998 correlated */
#define NARROW	       4   /* range of C that says little of an exponent */

static double flops_of(const struct law_point *point)
{
	return point->flops;
}

static double params_of(const struct law_point *point)
{
	return point->params;
}

static double tokens_of(const struct law_point *point)
{
	return point->tokens;
}

static double batch_of(const struct law_point *point)
{
	return point->batch;
}

/* ln y on a constant and the logarithms of n_columns columns; rows without one are left out. */
static bool fit_lines(const struct law *law, const struct law_data *data,
		      double (*const *columns)(const struct law_point *), size_t n_columns,
		      struct log_linear_fit *lines)
{
	size_t p = n_columns + 1;
	double *x = xmalloc((data->n * (p + 2) + 1) * sizeof(*x));
	double *y = x + data->n * p, *weight = y + data->n;
	struct log_linear problem = {x, y, weight, data->n, p};
	bool known;

	for (size_t i = 0; i < data->n; i++) {
		x[i * p] = 1;
		y[i] = log(law_response(law, &data->points[i]));
		weight[i] = data->weight ? data->weight[i] : 1;
		for (size_t k = 0; k < n_columns; k++) {
			double value = columns[k](&data->points[i]);

			x[i * p + k + 1] = value > 0 ? log(value) : 0;
			if (!(value > 0))
				weight[i] = 0;
		}
	}
	known = log_linear_fit(&problem, lines);
	free(x);
	return known;
}

static int optimum_fit(const struct law *law, const struct law_data *data, struct law_fit *fit,
		       struct error *err)
{
	double (*const c[])(const struct law_point *) = {flops_of};
	double (*const n_and_d[])(const struct law_point *) = {params_of, tokens_of};
	size_t computes = law_distinct(data, flops_of);
	struct log_linear_fit lines;

	*fit = (struct law_fit){.n = law_count(data)};
	if (computes < FEWEST || !fit_lines(law, data, c, 1, &lines))
		return error_set(err, ERR_FIT,
				 "law '%s' needs at least %d interior optima at different "
				 "computes, not %zu",
				 law->name, FEWEST, computes);
	fit->parameters[K_C] = exp(lines.unknowns[0]);
	fit->parameters[C_EXPONENT] = lines.unknowns[1];
	fit->objective = lines.objective;
	fit->condition = lines.condition;
	for (size_t k = K; k < N_PARAMETERS; k++)
		fit->parameters[k] = (double)NAN;
	if (fit->n < FEWEST_N_AND_D || !fit_lines(law, data, n_and_d, 2, &lines) ||
	    lines.condition > MOST_ALIKE)
		return 0;
	fit->parameters[K] = exp(lines.unknowns[0]);
	fit->parameters[N_EXPONENT] = lines.unknowns[1];
	fit->parameters[D_EXPONENT] = lines.unknowns[2];
	fit->objective = lines.objective;
	fit->condition = lines.condition;
	return 0;
}

/* By N and D where their exponents are known, else by C. */
static double optimum_predict(const double *parameters, const struct law_point *at)
{
	double value = parameters[K] * pow(at->params, parameters[N_EXPONENT]) *
		       pow(at->tokens, parameters[D_EXPONENT]);

	return isfinite(value) ? value : parameters[K_C] * pow(at->flops, parameters[C_EXPONENT]);
}

static size_t optimum_spent(const struct law_data *data)
{
	return law_count(data) < FEWEST_N_AND_D ? 2 : 3;
}

static bool optimum_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	(void)data;
	return !isfinite(fit->parameters[K_C]);
}

static bool optimum_suits(const struct law_data *data)
{
	return law_count(data) >= FEWEST_SOUND && law_distinct(data, flops_of) >= FEWEST_SOUND;
}

static double range_of(const struct law_data *data)
{
	double low = HUGE_VAL, high = 0;

	for (size_t i = 0; i < data->n; i++)
		if (!data->weight || data->weight[i] > 0) {
			low = fmin(low, data->points[i].flops);
			high = fmax(high, data->points[i].flops);
		}
	return high / low;
}

static void check_n_and_d(const struct law_data *data, const struct law_fit *fit,
			  struct text *warnings)
{
	if (isfinite(fit->parameters[K]))
		return;
	if (law_distinct(data, params_of) < 2 || law_distinct(data, tokens_of) < 2)
		text_add(warnings, "exponents of N and D are not told apart: only one of the two "
				   "varies\n");
	else if (fit->n < FEWEST_N_AND_D)
		text_printf(warnings,
			    "exponents of N and D are not told apart: %zu optima, they need %d\n",
			    fit->n, FEWEST_N_AND_D);
	else
		text_add(warnings, "exponents of N and D are not told apart: N and D vary "
				   "together\n");
}

static void optimum_check(const struct law_data *data, const struct law_fit *fit,
			  struct text *warnings)
{
	double range = range_of(data);

	if (fit->n < FEWEST_SOUND)
		text_printf(warnings, "%zu optima: a line through them is no test of a law\n",
			    fit->n);
	if (range < NARROW)
		text_printf(warnings,
			    "compute varies by a factor of %.2g only: the exponents say little\n",
			    range);
	check_n_and_d(data, fit, warnings);
}

static void lr_check(const struct law_data *data, const struct law_fit *fit, struct text *warnings)
{
	size_t batches = law_distinct(data, batch_of);

	optimum_check(data, fit, warnings);
	if (batches > 1)
		text_printf(warnings,
			    "optima at %zu batches lie on one line, but lr* depends on the batch: "
			    "--group-by label,batch_tokens keeps them apart\n",
			    batches);
}

static int lr_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		  struct law_fit *fit, struct error *err)
{
	(void)robust; /* has one way only */
	(void)warm;
	return optimum_fit(&law_lr, data, fit, err);
}

static int batch_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		     struct law_fit *fit, struct error *err)
{
	(void)robust; /* likewise */
	(void)warm;
	return optimum_fit(&law_batch, data, fit, err);
}

#define PARAMETER_NAMES                                              \
	{                                                            \
		"k_C", "C_exponent", "k", "N_exponent", "D_exponent" \
	}

const struct law law_lr = {
	.name = "lr",
	.formula = "lr* = k_C C^C_exponent = k N^N_exponent D^D_exponent",
	.how = "straight lines in logarithms through the vertices of bowls",
	.needs = "2 interior optima of lr; 4 for N and D, which must vary apart",
	.columns = LAW_FLOPS | LAW_LR | LAW_LOSS,
	.response = LAW_LR,
	.source = LAW_OF_LR_OPTIMA,
	.parameters = PARAMETER_NAMES,
	.n_parameters = N_PARAMETERS,
	.robust = {ROBUST_LSQ_LOG, 1e-3},
	.fit = lr_fit,
	.n_spent = optimum_spent,
	.predict = optimum_predict,
	.at_bound = optimum_at_bound,
	.suits = optimum_suits,
	.check = lr_check,
};

const struct law law_batch = {
	.name = "batch",
	.formula = "B* = k_C C^C_exponent = k N^N_exponent D^D_exponent",
	.how = "straight lines in logarithms through the vertices of bowls",
	.needs = "2 interior optima of the batch; 4 for N and D, which must vary apart",
	.columns = LAW_FLOPS | LAW_BATCH | LAW_LOSS,
	.response = LAW_BATCH,
	.source = LAW_OF_BATCH_OPTIMA,
	.parameters = PARAMETER_NAMES,
	.n_parameters = N_PARAMETERS,
	.robust = {ROBUST_LSQ_LOG, 1e-3},
	.fit = batch_fit,
	.n_spent = optimum_spent,
	.predict = optimum_predict,
	.at_bound = optimum_at_bound,
	.suits = optimum_suits,
	.check = optimum_check,
};
