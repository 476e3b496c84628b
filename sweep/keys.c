/* SPDX-License-Identifier: MIT */
#include "sweep/keys.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_COUNT 9007199254740992.0 /* whole numbers are exact in a double up to here */

#define SWEEP(name)   offsetof(struct sweep_options, name)
#define SIZE(name)    offsetof(struct size_options, name)
#define BUDGET(name)  offsetof(struct budget_options, name)
#define TRAIN(name)   offsetof(struct train_options, name)
#define SEEDS(name)   offsetof(struct seed_options, name)
#define EVAL(name)    offsetof(struct eval_options, name)
#define REQUIRE(name) offsetof(struct require_options, name)

static const struct key_choice count_choices[] = {
	[COUNT_EXACT] = {"exact", NULL, "the model FLOPs of the store"},
	[COUNT_6N_TOTAL_D] = {"6n_total_d", NULL, "6 params tokens"},
	[COUNT_6N_HIDDEN_D] = {"6n_hidden_d", NULL, "6 params_hidden tokens"},
	{0},
};

static const struct key_choice params_choices[] = {
	[BUDGET_TOTAL] = {"total", NULL, "all parameters"},
	[BUDGET_NON_EMBEDDING] = {"non_embedding", NULL, "all but embedding and head"},
	{0},
};

const struct key_choice precision_choices[] = {
	[PRECISION_FP32] = {"fp32", NULL, "single precision"},
	[PRECISION_BF16] = {"bf16", NULL, "matrix products of bfloat16, summed in fp32"},
	{0},
};

const struct key_choice backend_choices[] = {
	{"cpu", NULL, "BLAS and vectorised kernels"},
	{"ref", NULL, "plain C with double accumulators, slow"},
	{0},
};

static const struct key sweep_keys[] = {
	{"name", KEY_TEXT, SWEEP(name), 0, 0, 0, NULL, "", NULL,
	 "name in the store; the file's own name where there is none"},
	{"seed", KEY_INTEGER, SWEEP(seed), 0, MAX_COUNT, 0, NULL, "1", NULL,
	 "seed of the whole sweep"},
};

static const struct key file_keys[] = {
	{"files", KEY_TEXT, 0, 0, 0, 0, NULL, "", "list",
	 "token files instead of a corpus, paths or patterns"},
};

static const struct key size_keys[] = {
	{"shape", KEY_TEXT, SIZE(shape), 0, 0, 0, NULL, NULL, "DxL", "d_model x n_layers, as 64x2"},
	{"params", KEY_REAL, SIZE(params), 1, 1e12, 0, NULL, NULL, "parameters",
	 "nearest total count among d_model = aspect x n_layers"},
	{"aspect", KEY_REAL, SIZE(aspect), 1, 4096, 0, NULL, "32", NULL,
	 "d_model / n_layers, for params; d_model is rounded to whole heads"},
};

static const struct key budget_keys[] = {
	{"flops", KEY_REAL, BUDGET(flops), 0, 1e30, true, NULL, NULL, "FLOPs", "compute to spend"},
	{"tokens", KEY_REAL, BUDGET(tokens), 0, MAX_COUNT, true, NULL, NULL, "tokens",
	 "tokens to train on"},
	{"tokens_per_param", KEY_REAL, BUDGET(tokens_per_param), 0, 1e9, true, NULL, NULL, "tokens",
	 "tokens per parameter"},
	{"steps", KEY_INTEGER, BUDGET(steps), 1, 1e12, 0, NULL, NULL, "steps", "optimizer steps"},
	{"count", KEY_CHOICE, BUDGET(count), 0, 0, 0, count_choices, "exact", NULL,
	 "how a FLOP budget is counted"},
	{"params", KEY_CHOICE, BUDGET(params), 0, 0, 0, params_choices, "total", NULL,
	 "which parameters tokens_per_param means"},
};

static const struct key train_keys[] = {
	{"batch_tokens", KEY_INTEGER, TRAIN(batch_tokens), 1, 1 << 30, 0, NULL, NULL, "tokens",
	 "tokens per optimizer step, a multiple of the context"},
	{"micro_batch_tokens", KEY_INTEGER, TRAIN(micro_batch_tokens), 0, 1 << 30, 0, NULL, "0",
	 "tokens",
	 "tokens computed at a time; 0: the largest part of the batch with at most 8k tokens and "
	 "1 GiB of activations"},
	{"grad_clip", KEY_REAL, TRAIN(grad_clip), 0, 1e9, 0, NULL, "1", NULL,
	 "largest norm of the gradient; 0: none"},
	{"precision", KEY_CHOICE, TRAIN(precision), 0, 0, 0, precision_choices, "fp32", NULL,
	 "numbers in matrix products"},
	{"backend", KEY_CHOICE, TRAIN(backend), 0, 0, 0, backend_choices, "cpu", NULL,
	 "what computes"},
};

static const struct key seed_keys[] = {
	{"seed", KEY_INTEGER, SEEDS(seed), 0, MAX_COUNT, 0, NULL, "0", NULL,
	 "seed of the training, for both of the next"},
	{"init", KEY_INTEGER, SEEDS(init), -1, MAX_COUNT, 0, NULL, "-1", NULL,
	 "seed of the initial weights alone; -1: as seed"},
	{"data", KEY_INTEGER, SEEDS(data), -1, MAX_COUNT, 0, NULL, "-1", NULL,
	 "seed of the order of the data alone; -1: as seed"},
};

static const struct key eval_keys[] = {
	{"points", KEY_INTEGER, EVAL(points), 0, 1000, 0, NULL, "12", NULL,
	 "probes per tenfold of steps, thinned to 10 % of the FLOPs"},
	{"tokens", KEY_INTEGER, EVAL(tokens), 1, 1 << 30, 0, NULL, "16k", "tokens",
	 "tokens of a probe, a prefix of the held-out set"},
};

static const struct key require_keys[] = {
#define X(name, unit)                                      \
	{#name, KEY_RANGE, REQUIRE(name),  0,	 HUGE_VAL, \
	 0,	NULL,	   "[null, null]", unit, "cells outside are dropped and reported"},
	REQUIREMENTS(X)
#undef X
};

static const size_t n_sweep_keys = ARRAY_SIZE(sweep_keys);
static const size_t n_file_keys = ARRAY_SIZE(file_keys);
static const size_t n_size_keys = ARRAY_SIZE(size_keys);
static const size_t n_budget_keys = ARRAY_SIZE(budget_keys);
static const size_t n_train_keys = ARRAY_SIZE(train_keys);
static const size_t n_seed_keys = ARRAY_SIZE(seed_keys);
static const size_t n_eval_keys = ARRAY_SIZE(eval_keys);
static const size_t n_require_keys = ARRAY_SIZE(require_keys);

#define OPTIONS(name) offsetof(struct trial_options, name)

const struct section sections[] = {
	{.path = "",
	 .keys = sweep_keys,
	 .n_keys = &n_sweep_keys,
	 .offset = OPTIONS(sweep),
	 .fixed = true,
	 .help = "the sweep"},
	{.path = "data",
	 .keys = corpus_keys,
	 .n_keys = &n_corpus_keys,
	 .offset = OPTIONS(data),
	 .example = "data: {corpus: en-dict}",
	 .help = "the text"},
	{.path = "data",
	 .keys = file_keys,
	 .n_keys = &n_file_keys,
	 .offset = OPTIONS(file),
	 .fixed = true},
	{.path = "model",
	 .keys = model_keys,
	 .n_keys = &n_model_keys,
	 .offset = OPTIONS(model),
	 .example = "model: {size: 64x2}",
	 .help = "the transformer"},
	{.path = "model.size",
	 .keys = size_keys,
	 .n_keys = &n_size_keys,
	 .offset = OPTIONS(size),
	 .shorthand = "shape",
	 .alternatives = true,
	 .example = "size: 64x2 or {params: 1e6}",
	 .help = "'size: 64x2' is short for {shape: 64x2}"},
	{.path = "train",
	 .keys = train_keys,
	 .n_keys = &n_train_keys,
	 .offset = OPTIONS(train),
	 .example = "train: {batch_tokens: 1k}",
	 .help = "the training"},
	{.path = "train.budget",
	 .keys = budget_keys,
	 .n_keys = &n_budget_keys,
	 .offset = OPTIONS(budget),
	 .alternatives = true,
	 .example = "budget: {flops: 1e12}",
	 .help = "how long, by one of the four amounts"},
	{.path = "train.schedule",
	 .keys = schedule_keys,
	 .n_keys = &n_schedule_keys,
	 .offset = OPTIONS(schedule),
	 .shorthand = "kind",
	 .example = "schedule: cosine",
	 .help = "the learning rate over time; 'schedule: cosine' is short for {kind: cosine}, "
		 "'warmup: {steps: n}' for warmup_steps"},
	{.path = "train.seeds",
	 .keys = seed_keys,
	 .n_keys = &n_seed_keys,
	 .offset = OPTIONS(seeds),
	 .shorthand = "seed",
	 .example = "seeds: [0, 1]",
	 .help = "'seeds: [0, 1]' is short for {seed: [0, 1]}"},
	{.path = "eval",
	 .keys = eval_keys,
	 .n_keys = &n_eval_keys,
	 .offset = OPTIONS(eval),
	 .example = "eval: {points: 12}",
	 .help = "probes along the curve; the end is measured on all held-out and test text"},
	{.path = "require",
	 .keys = require_keys,
	 .n_keys = &n_require_keys,
	 .offset = OPTIONS(require),
	 .fixed = true,
	 .example = "require: {steps: [40, null]}",
	 .help = "bounds on cells"},
};
const size_t n_sections = ARRAY_SIZE(sections);

/* What is left of `path` below `prefix`, or NULL. */
static const char *path_below(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	if (length == 0)
		return path;
	if (strncmp(path, prefix, length) != 0 || path[length] != '.')
		return NULL;
	return path + length + 1;
}

bool target_find(const char *path, struct target *target)
{
	for (size_t i = 0; i < n_sections; i++) {
		const char *name = path_below(path, sections[i].path);
		const struct key *key =
			name ? keys_find(sections[i].keys, *sections[i].n_keys, name) : NULL;

		if (key) {
			*target = (struct target){&sections[i], key};
			return true;
		}
	}
	return false;
}

bool target_find_option(const struct optimizer_type *type, const char *path, struct target *target)
{
	*target = (struct target){NULL, keys_find(type->keys, type->n_keys, path)};
	return target->key != NULL;
}

void *target_struct(const struct target *target, struct trial_options *options,
		    void *optimizer_options)
{
	if (!target->section)
		return optimizer_options;
	return (char *)options + target->section->offset;
}

const struct section *section_find(const char *path)
{
	for (size_t i = 0; i < n_sections; i++)
		if (strcmp(sections[i].path, path) == 0)
			return &sections[i];
	return NULL;
}

bool target_is_files(const struct target *target)
{
	return target->key == &file_keys[0];
}

/* Calls offer() with every full path of the sweep file or of an optimizer. */
static void each_path(const struct optimizer_type *type,
		      void (*offer)(void *context, const char *section, const char *key),
		      void *context)
{
	for (size_t i = 0; type && i < type->n_keys; i++)
		offer(context, "", type->keys[i].name);
	for (size_t i = 0; !type && i < n_sections; i++)
		for (size_t k = 0; k < *sections[i].n_keys; k++)
			offer(context, sections[i].path, sections[i].keys[k].name);
}

struct prefix_search {
	const char *prefix;
	bool found;
};

static void match_prefix(void *context, const char *section, const char *key)
{
	struct prefix_search *search = context;
	char path[128];

	snprintf(path, sizeof(path), "%s%s%s", section, section[0] ? "." : "", key);
	if (path_below(path, search->prefix))
		search->found = true;
}

bool path_is_prefix(const struct optimizer_type *type, const char *path)
{
	struct prefix_search search = {path, false};

	each_path(type, match_prefix, &search);
	return search.found;
}

struct name_search {
	const char *prefix;
	struct suggestion near;
	char best[128]; /* near.best, whose own path is gone after its turn */
};

static void offer_name(void *context, const char *section, const char *key)
{
	struct name_search *search = context;
	const char *best = search->near.best;
	char path[128];
	const char *name;

	snprintf(path, sizeof(path), "%s%s%s", section, section[0] ? "." : "", key);
	name = path_below(path, search->prefix);
	if (!name)
		return;
	path[(size_t)(name - path) + strcspn(name, ".")] = '\0';
	suggestion_offer(&search->near, name);
	if (search->near.best != best)
		search->near.best = strcpy(search->best, name);
}

const char *name_hint(const struct optimizer_type *type, const char *prefix, const char *word,
		      const char *const *more, char *buffer, size_t size)
{
	struct name_search search = {.prefix = prefix};

	suggestion_start(&search.near, word);
	each_path(type, offer_name, &search);
	while (more && *more)
		suggestion_offer(&search.near, *more++);
	return suggestion_text(&search.near, buffer, size);
}

void trial_options_init(struct trial_options *options, struct arena *arena)
{
	*options = (struct trial_options){0};
	for (size_t i = 0; i < n_sections; i++)
		keys_set_defaults(sections[i].keys, *sections[i].n_keys,
				  (char *)options + sections[i].offset, arena);
}
