/* SPDX-License-Identifier: MIT
 *
 * Muon as "Muon is Scalable for LLM Training" has it (A: arXiv 2502.16982, Eq 4, footnote 1):
 *
 *     M = mu M + g,   O = NewtonSchulz(mu M + g),   W -= lr (scale O + wd W)
 *
 * with lr not scaled in the decay.  It takes the matrices of the hidden layers; gains, embedding
 * and head go to AdamW with lr * adamw.lr_ratio, its own betas and the same weight decay.  Matrices
 * are independent: with several threads each has one whole matrix at a time.
 */
#include <math.h>

#include "optim/adamw.h"
#include "optim/lr_scale.h"
#include "optim/newton_schulz.h"
#include "optim/optimizer.h"
#include "tensor/ops.h"

#define PLAIN_NS_STEPS 5 /* of flops_optimizer_plain, whatever ns_steps is */

struct muon_options {
	struct optimizer_common common;
	double momentum;
	bool nesterov;
	int64_t ns_steps;
	int ns_coefficients; /* enum ns_coefficients */
	int lr_scale;	     /* enum lr_scale */
	double update_rms;
	double adamw_lr_ratio;
	struct adamw_rule adamw;
};

/* A parameter has one or the other. */
struct muon_slot {
	struct tensor momentum;
	struct adamw_moments moments;
};

struct muon_state {
	struct muon_slot *slots;
	struct newton_schulz *lanes; /* workspaces, for matrices at once */
	size_t n_lanes;
	struct tensor adamw_workspace;
};

static bool is_orthogonalised(const struct param *p)
{
	return param_role_group(p->role) == GROUP_HIDDEN;
}

static void layout_state(struct muon_slot *slots, struct slab *slab, const struct param_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct param *p = &list->items[i];

		if (is_orthogonalised(p))
			slots[i].momentum = slab_matrix(slab, p->rows, p->columns);
		else
			adamw_moments_take(&slots[i].moments, slab, p);
	}
}

static size_t max_of(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void layout_work(struct muon_state *state, struct slab *slab, const struct param_list *list)
{
	size_t matrix = 0, side = 0, other = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct param *p = &list->items[i];

		if (is_orthogonalised(p)) {
			matrix = max_of(matrix, param_size(p));
			side = max_of(side, p->rows < p->columns ? p->rows : p->columns);
		} else {
			other = max_of(other, param_size(p));
		}
	}
	for (size_t i = 0; i < state->n_lanes && matrix > 0; i++)
		newton_schulz_take(&state->lanes[i], slab, matrix, side * side);
	if (other > 0)
		state->adamw_workspace = adamw_workspace_take(slab, other);
}

static void layout(struct optimizer *o, struct slab *state_slab, struct slab *work_slab)
{
	struct muon_state *state = o->state;

	if (!state->slots) {
		state->n_lanes = backend_lanes(work_slab->backend);
		state->lanes = arena_alloc(&o->arena, state->n_lanes * sizeof(*state->lanes));
		state->slots = arena_alloc(&o->arena, o->params->n * sizeof(*state->slots));
	}
	layout_state(state->slots, state_slab, o->params);
	layout_work(state, work_slab, o->params);
}

/* The share of AdamW: its own learning rate, the same decay. */
static struct optimizer_common adamw_common(const struct muon_options *options)
{
	struct optimizer_common common = options->common;

	common.lr *= options->adamw_lr_ratio;
	return common;
}

static void observe_matrix(struct optimizer *o, size_t i, const struct newton_schulz *ns,
			   const struct tensor *update, double scale)
{
	double mean_square = op_sum_squares(update) / (double)tensor_size(update);

	o->observed[i].update_rms = scale * sqrt(mean_square);
	o->observed[i].orthogonality_error = newton_schulz_error(ns, update);
}

static void update_matrix(struct optimizer *o, size_t i, const struct newton_schulz *ns,
			  const struct optimizer_step *step)
{
	const struct muon_options *options = o->options;
	const struct optimizer_common *common = &options->common;
	const struct muon_state *state = o->state;
	const struct param *p = &o->params->items[i];
	struct tensor input = newton_schulz_input(ns, p->rows, p->columns);
	struct tensor update;
	double decay = optimizer_decay(common, step->schedule), scale;

	op_momentum(&input, &state->slots[i].momentum, &p->gradient, step->gradient_scale,
		    options->momentum, options->nesterov);
	update = newton_schulz_run(ns, (enum ns_coefficients)options->ns_coefficients,
				   options->ns_steps, p->rows, p->columns);
	scale = lr_scale_factor((enum lr_scale)options->lr_scale, &update, o->params->width,
				options->update_rms);
	op_axpby(&p->weight, -common->lr * step->schedule * scale, &update, 1 - decay);
	if (step->observe)
		observe_matrix(o, i, ns, &update, scale);
}

static void update_other(struct optimizer *o, size_t i, const struct adamw_step *numbers,
			 bool observe)
{
	const struct muon_state *state = o->state;
	const struct adamw_moments *moments = &state->slots[i].moments;
	const struct param *p = &o->params->items[i];

	adamw_update(p, moments, numbers);
	if (observe)
		o->observed[i].update_rms =
			adamw_update_rms(p, moments, numbers, &state->adamw_workspace);
}

/* A step of all, as backend_each() goes through them. */
struct matrix_updates {
	struct optimizer *o;
	const struct optimizer_step *step;
};

static void update_in_lane(void *context, size_t i, size_t lane)
{
	const struct matrix_updates *u = context;
	const struct muon_state *state = u->o->state;

	if (is_orthogonalised(&u->o->params->items[i]))
		update_matrix(u->o, i, &state->lanes[lane], u->step);
}

static void update_all(struct optimizer *o, const struct optimizer_step *step)
{
	struct matrix_updates updates = {o, step};

	const struct muon_options *options = o->options;
	struct optimizer_common common = adamw_common(options);
	struct adamw_step numbers = adamw_step_numbers(&options->adamw, &common, step);

	for (size_t i = 0; i < o->params->n; i++)
		if (is_orthogonalised(&o->params->items[i]))
			o->orthogonalisations++;
		else
			update_other(o, i, &numbers, step->observe);
	backend_each(o->params->weights.backend, o->params->n, update_in_lane, &updates);
}

static struct optimizer_flops flops(const void *options, const struct param *params, size_t n,
				    enum precision precision)
{
	const struct muon_options *muon = options;
	struct optimizer_flops sum = {0, 0};

	for (size_t i = 0; i < n; i++) {
		const struct param *p = &params[i];

		if (!is_orthogonalised(p))
			continue;
		sum.spent +=
			newton_schulz_flops(precision, (enum ns_coefficients)muon->ns_coefficients,
					    muon->ns_steps, p->rows, p->columns);
		sum.plain += newton_schulz_plain_flops(PLAIN_NS_STEPS, p->rows, p->columns);
	}
	return sum;
}

static int check(const void *options, struct error *err)
{
	struct optimizer_common others = adamw_common(options);
	int result = optimizer_check_common(options, err);

	if (result == 0 && optimizer_check_common(&others, err) < 0)
		result = error_wrap(err, "parameters left to adamw");
	return result;
}

#define MUON_OPTION(name, type, field) OPTION(name, type, struct muon_options, field)

static const struct key keys[] = {
	OPTIMIZER_COMMON_KEYS(struct muon_options),
	{MUON_OPTION("momentum", KEY_REAL, momentum), .min = 0, .max = 0.999999, .fallback = "0.95",
	 .help = "mu of M = mu M + g"},
	{MUON_OPTION("nesterov", KEY_BOOL, nesterov), .fallback = "true",
	 .help = "orthogonalise mu M + g instead of M"},
	{MUON_OPTION("ns_steps", KEY_INTEGER, ns_steps), .min = 1, .max = NS_MAX_STEPS,
	 .fallback = "5", .help = "iterations of Newton-Schulz"},
	{MUON_OPTION("ns_coefficients", KEY_CHOICE, ns_coefficients),
	 .choices = ns_coefficients_choices, .fallback = "jordan",
	 .help = "polynomials of Newton-Schulz"},
	{MUON_OPTION("lr_scale", KEY_CHOICE, lr_scale), .choices = lr_scale_choices,
	 .fallback = "match_rms", .help = "factor of the update by shape; see 'help lr-scales'"},
	{MUON_OPTION("update_rms", KEY_REAL, update_rms), .min = 0, .max = HUGE_VAL,
	 .above_min = true, .fallback = "0.2",
	 .help = "RMS that match_rms, update_norm and hidden_rms aim at"},
	{MUON_OPTION("adamw.lr_ratio", KEY_REAL, adamw_lr_ratio), .min = 0, .max = HUGE_VAL,
	 .above_min = true, .fallback = "1",
	 .help = "learning rate of gains, embedding and head over 'lr'"},
	ADAMW_RULE_KEYS("adamw.", struct muon_options, adamw),
};

const struct optimizer_type optimizer_muon = {
	.name = "muon",
	.summary = "orthogonalised momentum for hidden matrices, AdamW for the rest (2502.16982)",
	.keys = keys,
	.n_keys = ARRAY_SIZE(keys),
	.options_size = sizeof(struct muon_options),
	.state_size = sizeof(struct muon_state),
	.layout = layout,
	.step = update_all,
	.flops = flops,
	.check = check,
};
