/* SPDX-License-Identifier: MIT */
#include "sweep/cell_law.h"

#include <math.h>
#include <string.h>

#include "sweep/law_terms.h"

static int64_t whole_contexts(double tokens, int64_t context)
{
	double n = fmin(fmax(1, round(tokens / (double)context)), 1 << 30);

	return (int64_t)n * context;
}

static void find_terms(const struct trial *trial, double terms[LAW_N_TERMS])
{
	const struct model_costs *costs = &trial->model->costs;
	const struct model_config *model = &trial->model->config;

	terms[LAW_N] = costs->params;
	terms[LAW_N_hidden] = costs->params_by_group[GROUP_HIDDEN];
	terms[LAW_D] = trial_budget_tokens(trial);
	terms[LAW_C] = costs->flops_per_token * terms[LAW_D];
	terms[LAW_B] = (double)trial->options.train.batch_tokens;
	terms[LAW_d_model] = (double)model->d_model;
	terms[LAW_n_layers] = (double)model->n_layers;
	terms[LAW_context] = (double)model->context;
}

/* A budget in steps is no number of tokens before the batch is known. */
static int check_circle(const struct setting *s, const struct trial *trial, struct error *err)
{
	bool circle = s->target.section && trial->options.budget.steps > 0 &&
		      (expression_uses(s->law, LAW_D) || expression_uses(s->law, LAW_C));

	return circle ? node_error(s->at, err,
				   "law \"%s\" of 'batch_tokens' uses the tokens of the budget, "
				   "which is given in steps; give it in tokens or flops",
				   s->text)
		      : 0;
}

static int apply_law(const struct setting *s, struct trial *trial, void *optimizer_options,
		     struct arena *arena, struct error *err)
{
	bool is_batch = s->target.section != NULL;
	double terms[LAW_N_TERMS], value;
	const char *text;
	int result = check_circle(s, trial, err);

	if (result)
		return result;
	find_terms(trial, terms);
	value = expression_value(s->law, terms);
	if (!isfinite(value))
		return node_error(s->at, err, "law \"%s\" of '%s' has no value at N=%g, D=%g",
				  s->text, s->target.key->name, terms[LAW_N], terms[LAW_D]);
	if (is_batch)
		value = (double)whole_contexts(value, trial->options.model.context);
	else if (s->target.key->type == KEY_INTEGER)
		value = round(value);
	text = arena_printf(arena, "%.12g", value);
	if (key_set(s->target.key, target_struct(&s->target, &trial->options, optimizer_options),
		    text, arena, err))
		return node_wrap(s->at, err);
	return 0;
}

/* Those of sections (the batch), or those of the optimizer, which may use the batch. */
static int apply_laws_of(const struct cell *cell, bool of_sections, struct trial *trial,
			 void *optimizer_options, struct arena *arena, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < cell->n_settings && !result; i++) {
		const struct setting *s = cell->settings[i];

		if (s->law && (s->target.section != NULL) == of_sections &&
		    cell_find(cell, &s->target) == s)
			result = apply_law(s, trial, optimizer_options, arena, err);
	}
	return result;
}

static bool has_law(const struct cell *cell)
{
	for (size_t i = 0; i < cell->n_settings; i++)
		if (cell->settings[i]->law)
			return true;
	return false;
}

static void snap_batch(const struct cell *cell, struct trial *trial)
{
	struct train_options *train = &trial->options.train;
	const struct setting *s;
	struct target target;

	target_find("train.batch_tokens", &target);
	s = cell_find(cell, &target);
	if (s && s->snapped && !s->law)
		train->batch_tokens =
			whole_contexts((double)train->batch_tokens, trial->options.model.context);
}

int cell_apply_laws(const struct cell *cell, struct trial *trial, void *optimizer_options,
		    struct model_sizes *sizes, struct arena *arena, struct error *err)
{
	struct trial_options *o = &trial->options;
	int result;

	snap_batch(cell, trial);
	if (!has_law(cell))
		return 0;
	o->model.vocab = trial->corpus->vocab;
	if (model_sizes_find(sizes, &o->model, &o->size, &trial->model, err))
		return cell_blame(cell, NULL, err);
	result = apply_laws_of(cell, true, trial, optimizer_options, arena, err);
	if (!result)
		result = apply_laws_of(cell, false, trial, optimizer_options, arena, err);
	return result;
}
