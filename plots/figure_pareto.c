/* SPDX-License-Identifier: MIT
 *
 * pareto: the time that each batch needs for a loss: iso-loss curves of batch against time.
 */
#include "plots/figure_targets.h"

static double seconds_of(const struct target_point *point)
{
	return point->seconds;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	static const struct target_kind kind = {
		.title = "Batch against time to a loss",
		.x = {"time", "time to the loss (s)", true},
		.y = {"batch_tokens", "batch B (tokens)", true},
		.time = true,
		.missing = "seconds",
		.cost = seconds_of,
	};

	return figure_draw_targets(input, &kind, chart, err);
}

const struct figure figure_pareto = {
	.name = "pareto",
	.summary = "batch against the time to the losses of --target: iso-loss curves per arm",
	.columns = "seconds, batch_tokens (three or more), tokens, loss; host and jobs to trust it",
	.study = true,
	.draw = draw,
};
