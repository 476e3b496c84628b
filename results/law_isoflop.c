/* SPDX-License-Identifier: MIT
 *
 * Approach 2 of Hoffmann et al. 2022 (arXiv 2203.15556): at each compute budget the loss is a
 * parabola in ln N, and in ln D; the vertices make N* and D* as power laws of compute.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/isoflop.h"
#include "results/optimum.h"

#define FEWEST_BUDGETS 2
#define MOST_NAMED     6
#define OF_PARABOLA    3 /* numbers that one takes from its points */

/* All budgets of the data that have parabolas; to be freed. */
static struct isoflop_budget *find_budgets(const struct law_data *data, size_t *n)
{
	struct isoflop_budget *budgets = xmalloc((data->n + 1) * sizeof(*budgets));

	*n = isoflop_budgets(data, budgets);
	return budgets;
}

static bool is_usable(const struct isoflop_budget *budget)
{
	return budget->convex && isfinite(budget->tokens);
}

static int isoflop_fit(const struct law_data *data, const struct robust *robust, const double *warm,
		       struct law_fit *fit, struct error *err)
{
	struct optima optima;
	size_t n, usable;
	struct isoflop_budget *budgets = find_budgets(data, &n);
	bool fitted;

	(void)robust;
	(void)warm;
	optima_init(&optima, n);
	for (size_t i = 0; i < n; i++)
		if (is_usable(&budgets[i]))
			optima_add(&optima, budgets[i].flops, budgets[i].params, budgets[i].tokens);
	usable = optima.n;
	fitted = usable >= FEWEST_BUDGETS && optimum_fit(&optima, fit);
	optima_release(&optima);
	free(budgets);
	if (!fitted)
		return error_set(err, ERR_FIT,
				 "law 'isoflop' needs at least %d compute budgets with 3 sizes or "
				 "more and a minimum between them, not %zu",
				 FEWEST_BUDGETS, usable);
	return 0;
}

static void isoflop_fitted(const struct law_data *data, const struct law_fit *fit,
			   double *responses)
{
	size_t n;
	struct isoflop_budget *budgets = find_budgets(data, &n);

	(void)fit;
	for (size_t i = 0; i < data->n; i++) {
		const struct law_point *point = &data->points[i];

		responses[i] = (double)NAN;
		for (size_t b = 0; b < n; b++)
			if (budgets[b].budget == point->budget)
				responses[i] = isoflop_loss(&budgets[b], point->params);
	}
	free(budgets);
}

/* Three a parabola; points without one say nothing of noise, and are all spent. */
static size_t isoflop_n_spent(const struct law_data *data)
{
	size_t n, spent = law_count(data);
	struct isoflop_budget *budgets = find_budgets(data, &n);

	for (size_t i = 0; i < n; i++)
		spent -= budgets[i].n - OF_PARABOLA;
	free(budgets);
	return spent;
}

static bool is_concave(const struct isoflop_budget *budget)
{
	return !is_usable(budget);
}

static bool is_exact(const struct isoflop_budget *budget)
{
	return budget->n == OF_PARABOLA;
}

static bool is_below(const struct isoflop_budget *budget)
{
	return is_usable(budget) && budget->params < budget->params_low;
}

static bool is_above(const struct isoflop_budget *budget)
{
	return is_usable(budget) && budget->params > budget->params_high;
}

static void name_computes(const double *flops, size_t n, struct text *text)
{
	for (size_t i = 0; i < n && i < MOST_NAMED; i++)
		text_printf(text, "%s%.3g", i ? ", " : "", flops[i]);
	if (n > MOST_NAMED)
		text_printf(text, " and %zu more", n - MOST_NAMED);
}

/* One line where some budgets are so: how many, which, and what of it. */
static void warn_budgets(const struct isoflop_budget *budgets, size_t n,
			 bool (*is_so)(const struct isoflop_budget *), const char *what,
			 struct text *warnings)
{
	double *flops = xmalloc((n + 1) * sizeof(*flops));
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (is_so(&budgets[i]))
			flops[found++] = budgets[i].flops;
	if (found > 0) {
		text_printf(warnings, "%zu of %zu budgets (", found, n);
		name_computes(flops, found, warnings);
		text_printf(warnings, ") %s\n", what);
	}
	free(flops);
}

static void warn_thin(const struct law_data *data, struct text *warnings)
{
	double *flops = xmalloc((data->n + 1) * sizeof(*flops));
	size_t n = isoflop_thin_budgets(data, flops);

	if (n > 0) {
		text_printf(warnings, "%zu budget%s (", n, n == 1 ? "" : "s");
		name_computes(flops, n, warnings);
		text_printf(warnings, ") with under 3 sizes %s left out: no parabola\n",
			    n == 1 ? "is" : "are");
	}
	free(flops);
}

static void isoflop_check(const struct law_data *data, const struct law_fit *fit,
			  struct text *warnings)
{
	static const struct {
		bool (*is_so)(const struct isoflop_budget *);
		const char *what;
	} kinds[] = {
		{is_concave, "have no minimum, their parabola is concave, and are left out"},
		{is_exact, "have 3 points: two or three points say nothing of noise"},
		{is_below, "have their vertex below the smallest size: the optimum is "
			   "extrapolated, add smaller sizes"},
		{is_above, "have their vertex above the largest size: the optimum is "
			   "extrapolated, add larger sizes"},
	};
	size_t n;
	struct isoflop_budget *budgets = find_budgets(data, &n);

	warn_thin(data, warnings);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		warn_budgets(budgets, n, kinds[k].is_so, kinds[k].what, warnings);
	optimum_check(fit, warnings);
	free(budgets);
}

const struct law law_isoflop = {
	.name = "isoflop",
	.alias = "approach2",
	.formula = "N* = N_coefficient C^a, D* = D_coefficient C^b",
	.how = "a parabola of L in ln N (and in ln D) at each compute budget, then least squares "
	       "of "
	       "ln N* and ln D* on ln C, whatever --loss says",
	.needs = "2 compute budgets with 3 sizes each",
	.columns = LAW_FLOPS | LAW_PARAMS | LAW_LOSS,
	.source = LAW_OF_CELLS,
	.response = LAW_LOSS,
	.n_parameters = OPTIMUM_PARAMETERS,
	.parameters = OPTIMUM_NAMES,
	.robust = {ROBUST_LSQ, 1e-3},
	.fit = isoflop_fit,
	.fitted = isoflop_fitted,
	.n_spent = isoflop_n_spent,
	.at_bound = optimum_at_bound,
	.check = isoflop_check,
};
