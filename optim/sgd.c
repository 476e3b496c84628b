/* SPDX-License-Identifier: MIT
 *
 * Gradient descent with momentum in sum form, the control without any normalisation:
 *
 *     M = mu M + g,   W -= lr (M + wd W),   or mu M + g in place of M (Nesterov)
 */
#include <math.h>

#include "optim/optimizer.h"
#include "tensor/ops.h"

struct sgd_options {
	struct optimizer_common common;
	double momentum;
	bool nesterov;
};

struct sgd_state {
	struct tensor *momenta; /* one per parameter */
	struct tensor update;	/* room for the largest */
};

static void layout(struct optimizer *o, struct slab *state_slab, struct slab *work_slab)
{
	struct sgd_state *state = o->state;
	size_t largest = 0;

	if (!state->momenta)
		state->momenta = arena_alloc(&o->arena, o->params->n * sizeof(*state->momenta));
	for (size_t i = 0; i < o->params->n; i++) {
		const struct param *p = &o->params->items[i];

		state->momenta[i] = slab_vector(state_slab, param_size(p));
		if (param_size(p) > largest)
			largest = param_size(p);
	}
	state->update = slab_vector(work_slab, largest);
}

static void update_all(struct optimizer *o, const struct optimizer_step *step)
{
	const struct sgd_options *options = o->options;
	const struct optimizer_common *common = &options->common;
	const struct sgd_state *state = o->state;
	double lr = common->lr * step->schedule;
	double decay = optimizer_decay(common, step->schedule);

	for (size_t i = 0; i < o->params->n; i++) {
		const struct param *p = &o->params->items[i];
		struct tensor weight = tensor_as_vector(&p->weight);
		struct tensor gradient = tensor_as_vector(&p->gradient);
		struct tensor update = tensor_rows(&state->update, 0, param_size(p));

		op_momentum(&update, &state->momenta[i], &gradient, step->gradient_scale,
			    options->momentum, options->nesterov);
		op_axpby(&weight, -lr, &update, 1 - decay);
		if (step->observe)
			o->observed[i].update_rms =
				sqrt(op_sum_squares(&update) / (double)param_size(p));
	}
}

static const struct key keys[] = {
	OPTIMIZER_COMMON_KEYS(struct sgd_options),
	{OPTION("momentum", KEY_REAL, struct sgd_options, momentum), .min = 0, .max = 0.999999,
	 .fallback = "0.9", .help = "mu of M = mu M + g"},
	{OPTION("nesterov", KEY_BOOL, struct sgd_options, nesterov), .fallback = "false",
	 .help = "step along mu M + g instead of M"},
};

const struct optimizer_type optimizer_sgd = {
	.name = "sgd",
	.summary = "gradient descent with momentum, as a control",
	.keys = keys,
	.n_keys = ARRAY_SIZE(keys),
	.options_size = sizeof(struct sgd_options),
	.state_size = sizeof(struct sgd_state),
	.layout = layout,
	.step = update_all,
	.flops = optimizer_flops_none,
	.check = optimizer_check_common,
};
