/* SPDX-License-Identifier: MIT
 *
 * The identity of a trial: everything that decides its numbers, and nothing else, in canonical
 * JSON.  Names, axes, threads, host and library versions are not in it.
 */
#include <math.h>
#include <string.h>

#include "sweep/canonical.h"
#include "sweep/trial.h"

static void add_data(struct canonical *c, const struct trial *trial)
{
	const struct corpus_options *data = &trial->options.data;

	canonical_text(c, "corpus.hash", trial->corpus->hash);
	canonical_text(c, "corpus.order", CORPUS_ORDER_VERSION);
	canonical_integer(c, "corpus.vocab", trial->corpus->vocab);
	canonical_integer(c, "corpus.eot", trial->corpus->eot);
	canonical_integer(c, "corpus.val_tokens", data->val_tokens);
	canonical_integer(c, "corpus.block_tokens", data->block_tokens);
	canonical_integer(c, "corpus.unique_tokens", data->unique_tokens);
	canonical_real(c, "corpus.bytes_per_token", data->bytes_per_token);
}

static void add_model(struct canonical *c, const struct trial *trial)
{
	const struct model_config *model = &trial->options.model;

	canonical_keys(c, "model", model_keys, n_model_keys, model);
	canonical_integer(c, "model.d_model", model->d_model);
	canonical_integer(c, "model.n_layers", model->n_layers);
}

static void add_schedule(struct canonical *c, const struct trial *trial)
{
	const struct schedule *s = &trial->schedule;
	const struct schedule_config *config = &trial->options.schedule;
	const struct key *kind = keys_find(schedule_keys, n_schedule_keys, "kind");
	const struct key *shape = keys_find(schedule_keys, n_schedule_keys, "decay_shape");

	canonical_text(c, "schedule.kind", kind->choices[config->kind].name);
	canonical_integer(c, "schedule.warmup_steps", s->warmup_steps);
	canonical_integer(c, "horizon.steps", trial->steps);
	if (s->kind != SCHEDULE_CONSTANT)
		canonical_real(c, "horizon.final_lr_ratio", s->final_lr_ratio);
	if (s->kind == SCHEDULE_WSD) {
		canonical_integer(c, "horizon.decay_steps", s->decay_steps);
		canonical_text(c, "horizon.decay_shape", shape->choices[config->decay_shape].name);
	}
}

static void add_train(struct canonical *c, const struct trial *trial)
{
	const struct train_options *train = &trial->options.train;

	canonical_integer(c, "train.batch_tokens", train->batch_tokens);
	canonical_integer(c, "train.micro_batch_tokens", train->micro_batch_tokens);
	canonical_real(c, "train.grad_clip", train->grad_clip);
	canonical_text(c, "train.precision", precision_choices[train->precision].name);
	canonical_text(c, "train.backend", backend_choices[train->backend].name);
	canonical_integer(c, "seeds.sweep", trial->options.sweep.seed);
	canonical_integer(c, "seeds.init", trial->init_seed);
	canonical_integer(c, "seeds.data", trial->data_seed);
	canonical_integer(c, "eval.points", trial->options.eval.points);
	canonical_integer(c, "eval.tokens", trial->options.eval.tokens);
	canonical_integer(c, "numerics", NUMERICS_VERSION);
}

static void hash_text(const struct text *text, char hex[SHA256_HEX])
{
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, text->data, text->length);
	sha256_finish(&hash, hex);
}

/* Only an absolute warm-up is the same for every horizon. */
static bool has_trunk(const struct trial *trial)
{
	const struct schedule_config *config = &trial->options.schedule;

	return trial->schedule.kind == SCHEDULE_WSD &&
	       (config->warmup_steps > 0 || config->warmup_tokens > 0 || config->warmup == 0);
}

static void add_all(struct canonical *c, const struct trial *trial)
{
	add_data(c, trial);
	add_model(c, trial);
	add_schedule(c, trial);
	add_train(c, trial);
	canonical_text(c, "optimizer.name", trial->optimizer->name);
	canonical_keys(c, "optimizer", trial->optimizer->keys, trial->optimizer->n_keys,
		       trial->optimizer_options);
}

const char *trial_key_but_horizon(const struct trial *trial, struct arena *arena)
{
	static const char *const horizon[] = {"model.mlp_ratio", "horizon.",
					      "schedule.warmup_steps", NULL};
	struct canonical c = {.arena = arena};
	char *key = arena_alloc(arena, SHA256_HEX);
	struct text text = {0};

	add_all(&c, trial);
	canonical_print(&c, horizon, &text);
	hash_text(&text, key);
	text_release(&text);
	canonical_release(&c);
	return key;
}

void trial_identify(struct trial *trial, struct arena *arena)
{
	/* mlp_ratio has become ffn_hidden. */
	static const char *const resolved_away[] = {"model.mlp_ratio", NULL};
	static const char *const horizon[] = {"model.mlp_ratio", "horizon.", NULL};
	struct arena scratch = {0};
	struct canonical c = {.arena = &scratch};
	struct text text = {0};

	add_all(&c, trial);
	canonical_print(&c, resolved_away, &text);
	trial->resolved = arena_strdup(arena, text.data);
	hash_text(&text, trial->key);
	if (has_trunk(trial)) {
		text_clear(&text);
		canonical_print(&c, horizon, &text);
		hash_text(&text, trial->trunk_key);
	}
	text_release(&text);
	canonical_release(&c);
	arena_release(&scratch);
}

/* The betas of AdamW, or of the AdamW inside another optimizer. */
static void get_betas(const struct trial *trial, double betas[2])
{
	static const char *const names[] = {"betas", "adamw.betas"};

	betas[0] = betas[1] = (double)NAN;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct key *key =
			keys_find(trial->optimizer->keys, trial->optimizer->n_keys, names[i]);

		if (key) {
			memcpy(betas, (const char *)trial->optimizer_options + key->offset,
			       2 * sizeof(double));
			return;
		}
	}
}

/* Fractions as asked for, not as rounded to steps, so that trials of one setting share them. */
static void schedule_facts(const struct trial *trial, struct trial_facts *facts)
{
	const struct schedule_config *config = &trial->options.schedule;
	const struct key *kind = keys_find(schedule_keys, n_schedule_keys, "kind");
	bool absolute = config->warmup_steps > 0 || config->warmup_tokens > 0;

	facts->schedule = kind->choices[config->kind].name;
	facts->warmup = absolute ? (double)trial->schedule.warmup_steps / (double)trial->steps
				 : config->warmup;
	facts->decay = config->kind == SCHEDULE_WSD ? config->decay : (double)NAN;
}

static void optimizer_facts(const struct trial *trial, struct trial_facts *facts)
{
	double betas[2];

	get_betas(trial, betas);
	facts->optimizer = trial->optimizer->name;
	facts->lr = trial_option(trial, "lr");
	facts->weight_decay = trial_option(trial, "weight_decay");
	facts->beta1 = betas[0];
	facts->beta2 = betas[1];
	facts->momentum = trial_option(trial, "momentum");
	facts->lr_scale = trial_choice(trial, "lr_scale");
	facts->update_rms = trial_option(trial, "update_rms");
	facts->ns_steps = trial_option(trial, "ns_steps");
	facts->adamw_lr_ratio = trial_option(trial, "adamw.lr_ratio");
}

static void model_facts(const struct trial *trial, struct trial_facts *facts)
{
	const struct model_config *model = &trial->options.model;
	const struct model_costs *costs = &trial->model->costs;
	const struct key *family = keys_find(model_keys, n_model_keys, "family");

	facts->family = family->choices[model->family].name;
	facts->params = costs->params;
	facts->params_hidden = costs->params_by_group[GROUP_HIDDEN];
	facts->params_embedding = costs->params_by_group[GROUP_EMBEDDING];
	facts->params_head = costs->params_by_group[GROUP_HEAD];
	facts->params_norm = costs->params_by_group[GROUP_NORM];
	facts->d_model = (double)model->d_model;
	facts->n_layers = (double)model->n_layers;
	facts->context = (double)model->context;
	facts->vocab = (double)model->vocab;
}

void trial_facts(const struct trial *trial, struct trial_facts *facts)
{
	const struct train_options *train = &trial->options.train;
	bool one_seed = trial->init_seed == trial->data_seed;

	*facts = (struct trial_facts){0};
	model_facts(trial, facts);
	optimizer_facts(trial, facts);
	schedule_facts(trial, facts);
	facts->trial_key = trial->key;
	facts->batch_tokens = (double)train->batch_tokens;
	facts->grad_clip = train->grad_clip;
	facts->seed = one_seed ? (double)trial->init_seed : (double)NAN;
	facts->init_seed = (double)trial->init_seed;
	facts->data_seed = (double)trial->data_seed;
	facts->corpus = trial->corpus->name;
	facts->budget_flops = trial->budget_flops;
	facts->steps_total = (double)trial->steps;
	facts->tokens_total = (double)trial->tokens;
	facts->flops_total = trial->flops;
	facts->precision = precision_choices[train->precision].name;
	facts->backend = backend_choices[train->backend].name;
	facts->trunk_key = trial->trunk_key[0] ? trial->trunk_key : NULL;
	facts->resolved_spec = trial->resolved;
}
