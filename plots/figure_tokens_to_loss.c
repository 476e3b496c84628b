/* SPDX-License-Identifier: MIT
 *
 * tokens_to_loss: the tokens that each batch needs for a loss, and the batch that needs fewest.
 */
#include "plots/figure_targets.h"

static double tokens_of(const struct target_point *point)
{
	return point->tokens;
}

static int draw(const struct figure_input *input, struct chart *chart, struct error *err)
{
	static const struct target_kind kind = {
		.title = "Tokens to a loss",
		.x = {"batch_tokens", "batch B (tokens)", true},
		.y = {"tokens", "training tokens to the loss", true},
		.minima = true,
		.missing = "batch_tokens",
		.cost = tokens_of,
	};

	return figure_draw_targets(input, &kind, chart, err);
}

const struct figure figure_tokens_to_loss = {
	.name = "tokens_to_loss",
	.summary = "tokens that each batch needs for the losses of --target, per arm and size",
	.columns = "batch_tokens (three or more), tokens, loss at several budgets; or target_loss",
	.study = true,
	.fit = true,
	.laws = "critical_batch",
	.draw = draw,
};
