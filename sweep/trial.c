/* SPDX-License-Identifier: MIT */
#include "sweep/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double count_params(const struct trial *trial)
{
	const struct model_costs *costs = &trial->model->costs;

	if (trial->options.budget.params == BUDGET_TOTAL)
		return costs->params;
	return costs->params - costs->params_by_group[GROUP_EMBEDDING] -
	       costs->params_by_group[GROUP_HEAD];
}

static double flops_per_token(const struct trial *trial)
{
	const struct model_costs *costs = &trial->model->costs;

	switch ((enum budget_count)trial->options.budget.count) {
	case COUNT_6N_TOTAL_D:
		return 6 * costs->params;
	case COUNT_6N_HIDDEN_D:
		return 6 * costs->params_by_group[GROUP_HIDDEN];
	case COUNT_EXACT:
		break;
	}
	return costs->flops_per_token;
}

double trial_budget_tokens(const struct trial *trial)
{
	const struct budget_options *budget = &trial->options.budget;

	if (budget->flops > 0)
		return budget->flops / flops_per_token(trial);
	if (budget->tokens > 0)
		return budget->tokens;
	if (budget->tokens_per_param > 0)
		return budget->tokens_per_param * count_params(trial);
	return (double)budget->steps * (double)trial->options.train.batch_tokens;
}

static int check_batch(const struct trial *trial, struct error *err)
{
	const struct train_options *train = &trial->options.train;
	int64_t context = trial->options.model.context;
	int64_t blocks = trial->options.data.block_tokens;

	if (blocks % context)
		return error_set(
			err, ERR_USAGE,
			"'context' %lld does not divide data.block_tokens %lld; use a divisor "
			"of it",
			(long long)context, (long long)blocks);
	if (train->batch_tokens % context) {
		int64_t below = train->batch_tokens / context * context;

		return error_set(err, ERR_USAGE,
				 "'batch_tokens' %lld is no multiple of the context %lld; use %lld",
				 (long long)train->batch_tokens, (long long)context,
				 (long long)(below ? below : context));
	}
	return 0;
}

/* The largest divisor of the batch, in whole contexts, that the model's bounds allow. */
static int64_t choose_micro_batch(const struct trial *trial)
{
	int64_t context = trial->options.model.context;
	int64_t sequences = trial->options.train.batch_tokens / context;
	int64_t n = trial->model->most_sequences;

	while (sequences % n)
		n--;
	return n * context;
}

static int resolve_micro_batch(struct trial *trial, struct error *err)
{
	struct train_options *train = &trial->options.train;
	int64_t context = trial->options.model.context;

	if (train->micro_batch_tokens == 0)
		train->micro_batch_tokens = choose_micro_batch(trial);
	if (train->micro_batch_tokens % context || train->batch_tokens % train->micro_batch_tokens)
		return error_set(
			err, ERR_USAGE,
			"'micro_batch_tokens' %lld must be a multiple of the context %lld and "
			"divide batch_tokens %lld",
			(long long)train->micro_batch_tokens, (long long)context,
			(long long)train->batch_tokens);
	return 0;
}

/* Whole contexts, so that every trial is measured on the same tokens. */
static int check_whole_contexts(const char *key, int64_t tokens, int64_t context, struct error *err)
{
	if (tokens % context == 0)
		return 0;
	return error_set(err, ERR_USAGE, "'%s' %lld is no multiple of the context %lld; use %lld",
			 key, (long long)tokens, (long long)context,
			 (long long)(tokens / context * context));
}

static int check_evaluation(const struct trial *trial, struct error *err)
{
	const struct eval_options *eval = &trial->options.eval;
	int64_t context = trial->options.model.context;
	int64_t held_out = (int64_t)trial->corpus->slice_tokens[CORPUS_VAL];
	int result;

	if (eval->tokens < context || eval->tokens > held_out)
		return error_set(err, ERR_USAGE,
				 "'eval.tokens' must be from one context, %lld, to the held-out "
				 "set, %lld, not %lld",
				 (long long)context, (long long)held_out, (long long)eval->tokens);
	result = check_whole_contexts("val_tokens", held_out, context, err);
	return result ? result : check_whole_contexts("eval.tokens", eval->tokens, context, err);
}

int trial_resolve(struct trial *trial, struct model_sizes *sizes, struct error *err)
{
	struct trial_options *o = &trial->options;
	int result;

	trial->init_seed = o->seeds.init >= 0 ? o->seeds.init : o->seeds.seed;
	trial->data_seed = o->seeds.data >= 0 ? o->seeds.data : o->seeds.seed;
	o->model.vocab = trial->corpus->vocab;
	result = check_batch(trial, err);
	if (!result)
		result = check_evaluation(trial, err);
	if (!result)
		result = model_sizes_find(sizes, &o->model, &o->size, &trial->model, err);
	if (!result)
		result = resolve_micro_batch(trial, err);
	if (!result && trial->optimizer->check)
		result = trial->optimizer->check(trial->optimizer_options, err);
	if (result)
		return result;
	o->model = trial->model->config;
	trial->budget_flops = o->budget.flops > 0 ? o->budget.flops : (double)NAN;
	trial->steps = (int64_t)fmin(
		1e15, round(trial_budget_tokens(trial) / (double)o->train.batch_tokens));
	trial->tokens = trial->steps * o->train.batch_tokens;
	trial->epochs = (double)trial->tokens / (double)trial->corpus->epoch_tokens;
	trial->flops = trial->model->costs.flops_per_token * (double)trial->tokens;
	trial->optimizer_flops =
		trial->optimizer->flops(trial->optimizer_options, trial->model->params.items,
					trial->model->params.n, (enum precision)o->train.precision);
	if (trial->steps > 0)
		trial->schedule =
			schedule_resolve(&o->schedule, trial->steps, (double)o->train.batch_tokens);
	return 0;
}

/* What data.unique_tokens must be for an epoch to have so many: whole blocks, and one more, since
 * every epoch begins at an offset of its own. */
static int64_t unique_tokens_for(int64_t tokens, int64_t block)
{
	return (tokens + block - 1) / block * block + block;
}

static int check_data(const struct trial *trial, struct error *err)
{
	const struct corpus_options *data = &trial->options.data;

	/* Rounding to whole steps may pass the end by half a step. */
	if (trial->epochs <= data->epochs * (1 + 0.5 / (double)trial->steps))
		return 0;
	if (data->unique_tokens >= trial->tokens && data->epochs == 1)
		return error_set(
			err, ERR_USAGE,
			"'budget' asks for %lld tokens and an epoch has %llu: the blocks of "
			"%lld tokens that lie in data.unique_tokens %lld at every offset; "
			"set data: {unique_tokens: %lld}",
			(long long)trial->tokens, (unsigned long long)trial->corpus->epoch_tokens,
			(long long)data->block_tokens, (long long)data->unique_tokens,
			(long long)unique_tokens_for(trial->tokens, data->block_tokens));
	return error_set(
		err, ERR_USAGE,
		"'budget' asks for %lld tokens of the %llu unique ones, %.3g epochs; set data: "
		"{epochs: %.0f} to repeat them, or require: {epochs: [0, %g]} to drop such "
		"cells",
		(long long)trial->tokens, (unsigned long long)trial->corpus->epoch_tokens,
		trial->epochs, ceil(trial->epochs), data->epochs);
}

int trial_check(const struct trial *trial, struct error *err)
{
	int result;

	if (trial->steps < TRIAL_MIN_STEPS)
		return error_set(
			err, ERR_USAGE,
			"'budget' leaves %lld steps of %lld tokens, and at least %d are needed; "
			"raise it, lower batch_tokens, or drop such cells by require: {steps: "
			"[%d, null]}",
			(long long)trial->steps, (long long)trial->options.train.batch_tokens,
			TRIAL_MIN_STEPS, TRIAL_MIN_STEPS);
	result = schedule_check(&trial->options.schedule, trial->steps,
				(double)trial->options.train.batch_tokens, err);
	if (result)
		return err->text[0] == '\'' ? result : error_wrap(err, "'schedule'");
	return check_data(trial, err);
}

struct trial_measures trial_measures(const struct trial *trial)
{
	double params = trial->model->costs.params;

	return (struct trial_measures){
		.steps = (double)trial->steps,
		.tokens = (double)trial->tokens,
		.tokens_per_param = (double)trial->tokens / params,
		.epochs = trial->epochs,
		.params = params,
		.flops = trial->flops,
	};
}

double trial_option(const struct trial *trial, const char *name)
{
	const struct key *key = keys_find(trial->optimizer->keys, trial->optimizer->n_keys, name);
	const char *field;

	if (!key)
		return (double)NAN;
	field = (const char *)trial->optimizer_options + key->offset;
	switch (key->type) {
	case KEY_REAL:
		return *(const double *)(const void *)field;
	case KEY_INTEGER:
		return (double)*(const int64_t *)(const void *)field;
	default:
		return (double)NAN;
	}
}

const char *trial_choice(const struct trial *trial, const char *name)
{
	const struct key *key = keys_find(trial->optimizer->keys, trial->optimizer->n_keys, name);
	const char *field = trial->optimizer_options;

	if (!key || key->type != KEY_CHOICE)
		return NULL;
	return key->choices[*(const int *)(const void *)(field + key->offset)].name;
}

/* Seeds of streams: the same for all optimizers, sizes and batch sizes. */
static uint64_t stream_seed(const char *purpose, int64_t sweep_seed, int64_t train_seed)
{
	int64_t seeds[2] = {sweep_seed, train_seed};
	uint64_t which = hash64(0, purpose, strlen(purpose));

	return hash64(which, seeds, sizeof(seeds));
}

void trial_training(const struct trial *trial, const struct corpus *corpus,
		    struct training *training)
{
	const struct trial_options *o = &trial->options;

	*training = (struct training){
		.plan = {.model = o->model,
			 .optimizer = trial->optimizer,
			 .optimizer_options = trial->optimizer_options,
			 .schedule = trial->schedule,
			 .batch_tokens = o->train.batch_tokens,
			 .micro_batch_tokens = o->train.micro_batch_tokens,
			 .grad_clip = o->train.grad_clip,
			 .init_seed = stream_seed("init", o->sweep.seed, trial->init_seed)},
		.corpus = corpus,
		.steps = trial->steps,
		.data_seed = stream_seed("data", o->sweep.seed, trial->data_seed),
		.eval_points = o->eval.points,
		.probe_tokens = o->eval.tokens,
	};
}

/* The value of a tuned key: the optimizer's own, else one of the training. */
static void add_tuned_value(const struct trial *trial, const char *name, struct text *out)
{
	static const char *const homes[] = {"train", "train.schedule"};
	const struct key *key = keys_find(trial->optimizer->keys, trial->optimizer->n_keys, name);
	const void *options = trial->optimizer_options;

	for (size_t i = 0; i < ARRAY_SIZE(homes) && !key; i++) {
		const struct section *section = section_find(homes[i]);

		key = keys_find(section->keys, *section->n_keys, name);
		options = (const char *)&trial->options + section->offset;
	}
	if (!key)
		return;
	text_printf(out, " %s=", name);
	key_add_value(key, options, out);
}

static void add_tuned(const struct trial *trial, struct text *out)
{
	char name[64];

	for (const char *at = trial->tuned; *at; at += *at == ',') {
		size_t length = strcspn(at, ",");

		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		add_tuned_value(trial, name, out);
		at += length;
	}
}

void trial_label(const struct trial *trial, struct text *label)
{
	text_add(label, trial->label);
	add_tuned(trial, label);
}

void trial_title(const struct trial *trial, struct text *title)
{
	const struct model_config *model = &trial->options.model;
	char tokens[SHORT_TEXT];

	text_printf(title, "%s %lldx%lld", trial->label, (long long)model->d_model,
		    (long long)model->n_layers);
	add_tuned(trial, title);
	text_printf(title, " D=%s", format_si(tokens, (double)trial->tokens));
	if (trial->init_seed == trial->data_seed && trial->init_seed != 0)
		text_printf(title, " seed=%lld", (long long)trial->init_seed);
	else if (trial->init_seed != trial->data_seed)
		text_printf(title, " seed=%lld/%lld", (long long)trial->init_seed,
			    (long long)trial->data_seed);
}
