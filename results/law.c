/* SPDX-License-Identifier: MIT */
#include "results/law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define ILL_DETERMINED 1e6 /* condition number in centred logarithms */
#define SINGULAR       1e12

const struct law *const laws[] = {&law_power, &law_power_offset, &law_chinchilla, NULL};

const struct law *law_find(const char *name)
{
	for (size_t i = 0; laws[i]; i++)
		if (strcmp(laws[i]->name, name) == 0 ||
		    (laws[i]->alias && strcmp(laws[i]->alias, name) == 0))
			return laws[i];
	return NULL;
}

/* The parameter called `name`, or "ln_" and its name; n_parameters: none. */
static size_t parameter_index(const struct law *law, const char *name, bool *logarithm)
{
	size_t i;

	*logarithm = text_starts_with(name, "ln_");
	if (*logarithm)
		name += 3;
	for (i = 0; i < law->n_parameters; i++)
		if (strcmp(law->parameters[i], name) == 0)
			break;
	return i;
}

/* "A=406.4": one parameter of the list. */
static int read_parameter(const struct law *law, char *pair, double *parameters, bool *given,
			  struct error *err)
{
	char *equals = strchr(pair, '=');
	bool logarithm, amplitude;
	double value;
	size_t i;

	if (!equals)
		return error_set(err, ERR_USAGE, "'%s' is not NAME=NUMBER", pair);
	*equals = '\0';
	i = parameter_index(law, pair, &logarithm);
	amplitude = i < law->n_parameters && (law->amplitudes >> i & 1);
	if (i == law->n_parameters || (logarithm && !amplitude))
		return error_set(err, ERR_USAGE, "law '%s' has no parameter '%s': %s", law->name,
				 pair, law->formula);
	if (!parse_real(equals + 1, &value) || !isfinite(value))
		return error_set(err, ERR_USAGE, "'%s' of '%s' is not a number", equals + 1, pair);
	if (amplitude && !logarithm && value < 0)
		return error_set(err, ERR_USAGE, "'%s' must not be negative, not '%s'", pair,
				 equals + 1);
	parameters[i] = logarithm ? exp(value) : value;
	given[i] = true;
	return 0;
}

int law_read_parameters(const struct law *law, const char *text, double *parameters,
			struct error *err)
{
	bool given[LAW_MAX_PARAMETERS] = {false};
	char *copy = xstrdup(text), *rest = NULL;
	int result = 0;

	for (char *pair = strtok_r(copy, ", ", &rest); pair && !result;
	     pair = strtok_r(NULL, ", ", &rest))
		result = read_parameter(law, pair, parameters, given, err);
	for (size_t i = 0; i < law->n_parameters && !result; i++)
		if (!given[i])
			result = error_set(err, ERR_USAGE, "law '%s' needs '%s' too: %s", law->name,
					   law->parameters[i], law->formula);
	free(copy);
	return result;
}

static int compare_reals(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

size_t law_distinct(const struct law_data *data, double (*value)(const struct law_point *point))
{
	double *values = xmalloc((data->n + 1) * sizeof(*values));
	size_t n = 0, distinct = 0;
	double last = -HUGE_VAL;

	for (size_t i = 0; i < data->n; i++)
		if (!data->weight || data->weight[i] > 0)
			values[n++] = log(value(&data->points[i]));
	qsort(values, n, sizeof(*values), compare_reals);
	for (size_t i = 0; i < n; i++)
		if (values[i] > last + 1e-3) {
			distinct++;
			last = values[i];
		}
	free(values);
	return distinct;
}

size_t law_count(const struct law_data *data)
{
	size_t n = 0;

	for (size_t i = 0; i < data->n; i++)
		n += !data->weight || data->weight[i] > 0;
	return n;
}

bool law_fit_singular(const struct law_fit *fit)
{
	return !(fit->condition <= SINGULAR);
}

void law_check_common(const struct law *law, const struct law_fit *fit, struct text *warnings)
{
	if (fit->n == law->n_parameters)
		text_printf(warnings,
			    "as many parameters as points (%zu): nothing is left to check the fit "
			    "with\n",
			    fit->n);
	if (law_fit_singular(fit))
		text_printf(warnings, "parameters are not identifiable: the Hessian is singular\n");
	else if (fit->condition > ILL_DETERMINED)
		text_printf(warnings, "parameters are ill determined: condition number %.1e\n",
			    fit->condition);
	if (fit->starts > 0 && fit->agree * 10 < fit->starts)
		text_printf(warnings, "only %d of %d starts reached the best objective\n",
			    fit->agree, fit->starts);
}

void laws_describe(struct text *out)
{
	text_add(out,
		 "Laws that `muon-sweep fit --law NAME[,NAME]` knows.  C FLOPs, N parameters, D "
		 "tokens,\nL held-out loss in nats per token.\n\n");
	for (size_t i = 0; laws[i]; i++) {
		const struct law *law = laws[i];

		text_printf(out, "%s%s%s%s\n    %s\n    %s\n    at least %zu %s\n\n", law->name,
			    law->alias ? " (alias " : "", law->alias ? law->alias : "",
			    law->alias ? ")" : "", law->formula, law->how, law->n_parameters,
			    law->frontier
				    ? "points of the frontier: the lowest loss at each compute"
				    : "points: the best of tuning at each (N, D)");
	}
	text_add(out, "Objectives (--loss): huber and lad of ln L, lsq_log (squares of ln L), lsq "
		      "(squares of L);\nall are sums over points.  --delta is where huber turns "
		      "linear.\n");
}
