/* SPDX-License-Identifier: MIT */
#include "results/law.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/observation.h"

#define ILL_DETERMINED 1e6 /* condition number in centred logarithms */
#define SINGULAR       1e12
#define FEWEST_SIZES   3

const struct law *const laws[] = {&law_power,	   &law_power_offset, &law_chinchilla,
				  &law_isoflop,	   &law_envelope,     &law_joint,
				  &law_lr,	   &law_batch,	      &law_critical_batch,
				  &law_three_term, &law_width,	      NULL};

const struct law *law_find(const char *name)
{
	for (size_t i = 0; laws[i]; i++)
		if (strcmp(laws[i]->name, name) == 0 ||
		    (laws[i]->alias && strcmp(laws[i]->alias, name) == 0))
			return laws[i];
	return NULL;
}

const char *law_source_meaning(enum law_source source)
{
#define X(name, meaning, left_out) meaning,
	static const char *const meanings[] = {LAW_SOURCES(X)};
#undef X

	return meanings[source];
}

static size_t n_per_arm(const struct law *law)
{
	return (law->per_arm[0] != NULL) + (law->per_arm[1] != NULL);
}

const char *law_source_left_out(enum law_source source)
{
#define X(name, meaning, left_out) left_out,
	static const char *const texts[] = {LAW_SOURCES(X)};
#undef X

	return texts[source];
}

size_t law_n_parameters(const struct law *law, size_t n_arms)
{
	return law->n_parameters + n_per_arm(law) * (n_arms - 1);
}

static double params_of(const struct law_point *point)
{
	return point->params;
}

bool law_suits(const struct law *law, const struct law_data *data)
{
	if (law->suits)
		return law->suits(data);
	return !(law->columns & LAW_PARAMS) || law_distinct(data, params_of) >= FEWEST_SIZES;
}

void law_parameter_name(const struct law *law, size_t parameter, const char *const *arms,
			char name[LAW_NAME_SIZE])
{
	size_t own = parameter - law->n_parameters, n = n_per_arm(law);

	if (parameter < law->n_parameters)
		snprintf(name, LAW_NAME_SIZE, "%s", law->parameters[parameter]);
	else
		snprintf(name, LAW_NAME_SIZE, "%s:%s", law->per_arm[own % n], arms[1 + own / n]);
}

/* The parameters of one fit, while they are read. */
struct parameter_list {
	const struct law *law;
	const char *const *arms;
	size_t n;
	double *values;
	bool given[LAW_MAX_PARAMETERS];
};

/* The parameter called `name`, or "ln_" and its name; list->n: none. */
static size_t parameter_index(const struct parameter_list *list, const char *name, bool *logarithm)
{
	char known[LAW_NAME_SIZE];
	size_t i;

	*logarithm = text_starts_with(name, "ln_");
	if (*logarithm)
		name += 3;
	for (i = 0; i < list->n; i++) {
		law_parameter_name(list->law, i, list->arms, known);
		if (strcmp(known, name) == 0)
			break;
	}
	return i;
}

/* "A=406.4": one parameter of the list. */
static int read_parameter(struct parameter_list *list, char *pair, struct error *err)
{
	char *equals = strchr(pair, '=');
	bool logarithm, amplitude;
	double value;
	size_t i;

	if (!equals)
		return error_set(err, ERR_USAGE, "'%s' is not NAME=NUMBER", pair);
	*equals = '\0';
	i = parameter_index(list, pair, &logarithm);
	amplitude = i < list->law->n_parameters && (list->law->amplitudes >> i & 1);
	if (i == list->n || (logarithm && !amplitude))
		return error_set(err, ERR_USAGE, "law '%s' has no parameter '%s': %s",
				 list->law->name, pair, list->law->formula);
	if (!parse_real(equals + 1, &value) || !isfinite(value))
		return error_set(err, ERR_USAGE, "'%s' of '%s' is not a number", equals + 1, pair);
	if (amplitude && !logarithm && value < 0)
		return error_set(err, ERR_USAGE, "'%s' must not be negative, not '%s'", pair,
				 equals + 1);
	list->values[i] = logarithm ? exp(value) : value;
	list->given[i] = true;
	return 0;
}

int law_read_parameters(const struct law *law, const char *const *arms, size_t n_arms,
			const char *text, double *parameters, struct error *err)
{
	struct parameter_list list = {law, arms, law_n_parameters(law, n_arms), parameters, {0}};
	char *copy = xstrdup(text), *rest = NULL, name[LAW_NAME_SIZE];
	int result = 0;

	for (char *pair = strtok_r(copy, ", ", &rest); pair && !result;
	     pair = strtok_r(NULL, ", ", &rest))
		result = read_parameter(&list, pair, err);
	for (size_t i = 0; i < list.n && !result; i++) {
		law_parameter_name(law, i, arms, name);
		if (!list.given[i])
			result = error_set(err, ERR_USAGE, "law '%s' needs '%s' too: %s", law->name,
					   name, law->formula);
	}
	free(copy);
	return result;
}

static double *response_of(const struct law *law, struct law_point *point)
{
	switch (law->response) {
	case LAW_LR:
		return &point->lr;
	case LAW_BATCH:
		return &point->batch;
	case LAW_STEPS:
		return &point->steps;
	default:
		return &point->loss;
	}
}

double law_response(const struct law *law, const struct law_point *point)
{
	struct law_point copy = *point;

	return *response_of(law, &copy);
}

void law_set_response(const struct law *law, struct law_point *point, double value)
{
	*response_of(law, point) = value;
}

bool law_fitted(const struct law *law, const struct law_data *data, const struct law_fit *fit,
		double *responses)
{
	if (law->fitted)
		law->fitted(data, fit, responses);
	else if (law->predict)
		for (size_t i = 0; i < data->n; i++)
			responses[i] = law->predict(fit->parameters, &data->points[i]);
	return law->fitted || law->predict;
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

void law_check_count(size_t n_parameters, const struct law_fit *fit, struct text *warnings)
{
	if (fit->n == n_parameters)
		text_printf(warnings,
			    "as many parameters as points (%zu): nothing is left to check the fit "
			    "with, and there is no interval\n",
			    fit->n);
}

void law_check_common(const struct law *law, const struct law_fit *fit, struct text *warnings)
{
	law_check_count(law->n_parameters, fit, warnings);
	if (law_fit_singular(fit))
		text_printf(warnings, "parameters are not identifiable: the Hessian is singular\n");
	else if (fit->condition > ILL_DETERMINED)
		text_printf(warnings, "parameters are ill determined: condition number %.1e\n",
			    fit->condition);
	if (fit->starts > 0 && fit->agree * 10 < fit->starts)
		text_printf(warnings, "only %d of %d starts reached the best objective\n",
			    fit->agree, fit->starts);
}

/* The names of CSV columns in the order of enum law_column. */
static const char *const column_names[] = {"flops",	   "params", "tokens", "loss",
					   "batch_tokens", "steps",  "lr",     "d_model"};

/* "flops (or C, budget_flops)" */
static void describe_column(const char *name, struct text *out)
{
	text_add(out, name);
	for (size_t i = 0; i < N_OBSERVATION_COLUMNS; i++) {
		const char *aliases = observation_columns[i].aliases;

		if (strcmp(observation_columns[i].name, name) != 0 || !aliases[0])
			continue;
		text_add(out, " (or ");
		for (; aliases[0]; aliases++)
			if (aliases[0] == '|')
				text_add(out, ", ");
			else
				text_add_char(out, aliases[0]);
		text_add_char(out, ')');
	}
}

static void describe_columns(const struct law *law, struct text *out)
{
	const char *separator = "CSV columns: ";

	for (size_t c = 0; c < ARRAY_SIZE(column_names); c++) {
		if (!(law->columns >> c & 1))
			continue;
		text_add(out, separator);
		describe_column(column_names[c], out);
		separator = ", ";
	}
	text_add(out, law->joint ? ", optimizer" : "");
}

/* A line of its own, indented, and emptied. */
static void add_line(struct text *line, struct text *out)
{
	text_add(out, "    ");
	text_add_wrapped(out, text_string(line), 4, 4, 96);
	text_clear(line);
}

static void describe_law(const struct law *law, struct text *out)
{
	struct text line = {0};

	text_printf(out, "%s%s%s%s\n    %s\n", law->name, law->alias ? " (alias " : "",
		    law->alias ? law->alias : "", law->alias ? ")" : "", law->formula);
	text_add(&line, law->how);
	add_line(&line, out);
	text_printf(&line, "of: %s; at least %s", law_source_meaning(law->source), law->needs);
	add_line(&line, out);
	describe_columns(law, &line);
	add_line(&line, out);
	text_add_char(out, '\n');
	text_release(&line);
}

void laws_describe(struct text *out)
{
	text_add(out,
		 "Laws that `muon-sweep fit --law NAME[,NAME]` knows.  C FLOPs, N parameters, D "
		 "tokens,\nL held-out loss in nats per token.  A CSV without flops counts 6 N D; "
		 "every law is fitted to\neach arm (label, or optimizer, or --group-by) where the "
		 "columns tell arms apart.\n\n");
	for (size_t i = 0; laws[i]; i++)
		describe_law(laws[i], out);
	text_add(out, "Objectives (--loss): huber and lad of ln L, lsq_log (squares of ln L), lsq "
		      "(squares of L);\nall are sums over points.  --delta is where huber turns "
		      "linear.\n");
}
