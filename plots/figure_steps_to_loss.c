/* SPDX-License-Identifier: MIT
 *
 * steps_to_loss: the optimizer steps that each batch needs for a loss.
 */
#include "plots/figure_targets.h"

static double steps_of(const struct target_point *point)
{
	return point->steps;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	static const struct target_kind kind = {
		.title = "Steps to a loss",
		.x = {"batch_tokens", "batch B (tokens)", true},
		.y = {"steps", "optimizer steps to the loss", true},
		.missing = "batch_tokens",
		.cost = steps_of,
	};

	return figure_draw_targets(input, &kind, chart, err);
}

const struct figure figure_steps_to_loss = {
	.name = "steps_to_loss",
	.summary = "steps that each batch needs for the losses of --target, per arm and size",
	.columns = "batch_tokens (three or more), steps, tokens, loss; or target_loss",
	.study = true,
	.fit = true,
	.laws = "critical_batch",
	.draw = draw,
};
