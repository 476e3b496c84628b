/* SPDX-License-Identifier: MIT */
#include "results/optimum.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "results/power_line.h"

#define EXPONENT_MOST 2.0

void optima_init(struct optima *optima, size_t capacity)
{
	*optima = (struct optima){
		.flops = xmalloc((capacity + 1) * sizeof(double)),
		.params = xmalloc((capacity + 1) * sizeof(double)),
		.tokens = xmalloc((capacity + 1) * sizeof(double)),
	};
}

void optima_add(struct optima *optima, double flops, double params, double tokens)
{
	optima->flops[optima->n] = flops;
	optima->params[optima->n] = params;
	optima->tokens[optima->n++] = tokens;
}

void optima_release(struct optima *optima)
{
	free(optima->flops);
	free(optima->params);
	free(optima->tokens);
	*optima = (struct optima){0};
}

bool optimum_fit(const struct optima *optima, struct law_fit *fit)
{
	struct power_line params, tokens;

	if (!power_line_fit(optima->flops, optima->params, optima->n, &params) ||
	    !power_line_fit(optima->flops, optima->tokens, optima->n, &tokens))
		return false;
	fit->parameters[OPTIMUM_A] = params.exponent;
	fit->parameters[OPTIMUM_B] = tokens.exponent;
	fit->parameters[OPTIMUM_N] = params.coefficient;
	fit->parameters[OPTIMUM_D] = tokens.coefficient;
	fit->objective = params.objective + tokens.objective;
	fit->condition = params.condition;
	fit->n = optima->n;
	fit->starts = fit->agree = 0;
	return true;
}

static bool is_outside(double exponent)
{
	return !(exponent > 0 && exponent <= EXPONENT_MOST);
}

bool optimum_at_bound(const struct law_data *data, const struct law_fit *fit)
{
	(void)data;
	return is_outside(fit->parameters[OPTIMUM_A]) || is_outside(fit->parameters[OPTIMUM_B]);
}

void optimum_check(const struct law_fit *fit, struct text *warnings)
{
	if (is_outside(fit->parameters[OPTIMUM_A]))
		text_printf(warnings, "exponent a = %.3g is outside (0, 2]: no scaling law\n",
			    fit->parameters[OPTIMUM_A]);
	if (is_outside(fit->parameters[OPTIMUM_B]))
		text_printf(warnings, "exponent b = %.3g is outside (0, 2]: no scaling law\n",
			    fit->parameters[OPTIMUM_B]);
	if (fit->n == 2)
		text_add(warnings,
			 "a line through 2 optima: nothing is left to check the exponents with\n");
}
