/* SPDX-License-Identifier: MIT
 *
 * AdamW.  The size of an update is measured after the step, from the moments alone: the same
 * operation with both betas at 1 leaves them as they are and writes the update into a workspace
 * of zeros.  It goes piece by piece, so that a large embedding needs no second copy.
 */
#include "optim/adamw.h"

#include <math.h>

#define PIECE 65536

struct adamw_options {
	struct optimizer_common common;
	struct adamw_rule rule;
};

struct adamw_state {
	struct adamw_moments *moments; /* one per parameter */
	struct tensor workspace;
};

void adamw_moments_take(struct adamw_moments *moments, struct slab *slab, const struct param *p)
{
	moments->m = slab_matrix(slab, p->rows, p->columns);
	moments->v = slab_matrix(slab, p->rows, p->columns);
}

struct tensor adamw_workspace_take(struct slab *slab, size_t largest)
{
	return slab_vector(slab, largest < PIECE ? largest : PIECE);
}

struct adamw_step adamw_step_numbers(const struct adamw_rule *rule,
				     const struct optimizer_common *common,
				     const struct optimizer_step *step)
{
	return (struct adamw_step){
		.gradient_scale = step->gradient_scale,
		.lr = common->lr * step->schedule,
		.decay = optimizer_decay(common, step->schedule),
		.beta1 = rule->betas[0],
		.beta2 = rule->betas[1],
		.eps = rule->eps,
		.correction1 = 1 - pow(rule->betas[0], (double)step->step),
		.correction2 = 1 - pow(rule->betas[1], (double)step->step),
	};
}

void adamw_update(const struct param *p, const struct adamw_moments *moments,
		  const struct adamw_step *numbers)
{
	op_adamw(&p->weight, &moments->m, &moments->v, &p->gradient, numbers);
}

double adamw_update_rms(const struct param *p, const struct adamw_moments *moments,
			const struct adamw_step *numbers, const struct tensor *workspace)
{
	struct tensor m = tensor_as_vector(&moments->m), v = tensor_as_vector(&moments->v);
	struct tensor g = tensor_as_vector(&p->gradient);
	size_t size = tensor_size(&m), piece = tensor_size(workspace);
	struct adamw_step still = *numbers;
	double sum = 0;

	still.beta1 = still.beta2 = 1;
	still.lr = 1;
	still.decay = 0;
	for (size_t first = 0; first < size; first += piece) {
		size_t n = size - first < piece ? size - first : piece;
		struct tensor update = tensor_rows(workspace, 0, n);
		struct tensor m_piece = tensor_rows(&m, first, n);
		struct tensor v_piece = tensor_rows(&v, first, n);
		struct tensor g_piece = tensor_rows(&g, first, n);

		op_fill(&update, 0);
		op_adamw(&update, &m_piece, &v_piece, &g_piece, &still);
		sum += op_sum_squares(&update);
	}
	return sqrt(sum / (double)size);
}

static void layout(struct optimizer *o, struct slab *state_slab, struct slab *work_slab)
{
	struct adamw_state *state = o->state;
	size_t largest = 0;

	if (!state->moments)
		state->moments = arena_alloc(&o->arena, o->params->n * sizeof(*state->moments));
	for (size_t i = 0; i < o->params->n; i++) {
		const struct param *p = &o->params->items[i];

		adamw_moments_take(&state->moments[i], state_slab, p);
		if (param_size(p) > largest)
			largest = param_size(p);
	}
	state->workspace = adamw_workspace_take(work_slab, largest);
}

static void update_all(struct optimizer *o, const struct optimizer_step *step)
{
	const struct adamw_options *options = o->options;
	const struct adamw_state *state = o->state;
	struct adamw_step numbers = adamw_step_numbers(&options->rule, &options->common, step);

	for (size_t i = 0; i < o->params->n; i++) {
		const struct param *p = &o->params->items[i];

		adamw_update(p, &state->moments[i], &numbers);
		if (step->observe)
			o->observed[i].update_rms = adamw_update_rms(p, &state->moments[i],
								     &numbers, &state->workspace);
	}
}

static const struct key keys[] = {
	OPTIMIZER_COMMON_KEYS(struct adamw_options),
	ADAMW_RULE_KEYS("", struct adamw_options, rule),
};

const struct optimizer_type optimizer_adamw = {
	.name = "adamw",
	.summary = "Adam with decoupled weight decay (Loshchilov and Hutter 2019)",
	.keys = keys,
	.n_keys = ARRAY_SIZE(keys),
	.options_size = sizeof(struct adamw_options),
	.state_size = sizeof(struct adamw_state),
	.layout = layout,
	.step = update_all,
	.flops = optimizer_flops_none,
	.check = optimizer_check_common,
};
