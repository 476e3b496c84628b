/* SPDX-License-Identifier: MIT */
#include "plots/figure.h"

#include <string.h>

const struct figure *const figures[] = {
	&figure_loss,
	&figure_frontier,
	&figure_isoflop,
	&figure_contour,
	&figure_efficiency,
	&figure_specification,
	&figure_gap,
	&figure_lr,
	&figure_batch,
	&figure_transfer,
	&figure_tokens_to_loss,
	&figure_steps_to_loss,
	&figure_token_ratio,
	&figure_pareto,
	&figure_residuals,
	&figure_backtest,
	&figure_ablation,
	&figure_telemetry,
	NULL,
};

const struct figure *figure_find(const char *name, struct error *err)
{
	struct suggestion near;
	struct text names = {0};
	char hint[128];

	suggestion_start(&near, name);
	for (size_t i = 0; figures[i]; i++) {
		if (strcmp(figures[i]->name, name) == 0) {
			text_release(&names);
			return figures[i];
		}
		suggestion_offer(&near, figures[i]->name);
		text_printf(&names, "%s%s", i ? ", " : "", figures[i]->name);
	}
	suggestion_text(&near, hint, sizeof(hint));
	if (hint[0])
		error_set(err, ERR_USAGE, "unknown figure '%s'%s", name, hint);
	else
		error_set(err, ERR_USAGE, "unknown figure '%s'; there are %s", name,
			  text_string(&names));
	text_release(&names);
	return NULL;
}

void figures_describe(struct text *out)
{
	for (size_t i = 0; figures[i]; i++)
		text_printf(out, "  %-12s %s\n  %-12s needs: %s\n", figures[i]->name,
			    figures[i]->summary, "", figures[i]->columns);
}

int figure_draw(const struct figure *figure, const struct figure_input *input, struct chart *chart,
		struct error *err)
{
	int result;

	if (figure->study && !input->study)
		return error_set(err, ERR_DATA, "figure '%s': no trial has reached its end",
				 figure->name);
	result = figure->draw(input, chart, err);
	return result ? error_wrap(err, "figure '%s'", figure->name) : 0;
}
