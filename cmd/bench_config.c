/* SPDX-License-Identifier: MIT */
#include "cmd/bench_config.h"

#include <string.h>

#include "base/text.h"

#define TRANSFORMER(width, layers, head, ffn, length, vocabulary)                     \
	{                                                                             \
		.d_model = (width), .n_layers = (layers), .head_dim = (head),         \
		.kv_heads = (width) / (head), .ffn_hidden = (ffn), .mlp = MLP_SWIGLU, \
		.rope_base = 10000, .context = (length), .vocab = (vocabulary)        \
	}

const struct bench_config bench_configs[] = {
	{"S", TRANSFORMER(64, 2, 16, 192, 128, 256), 16},
	{"M", TRANSFORMER(256, 4, 64, 704, 256, 256), 16},
	{"L", TRANSFORMER(512, 6, 64, 1408, 256, 8192), 8},
	{.name = NULL},
};

/* "S, M and L" */
static void add_names(struct text *text)
{
	for (const struct bench_config *c = bench_configs; c->name; c++) {
		if (c > bench_configs)
			text_add(text, c[1].name ? ", " : " and ");
		text_add(text, c->name);
	}
}

const struct bench_config *bench_config_find(const char *name, struct error *err)
{
	struct text known = {0};

	for (const struct bench_config *c = bench_configs; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	add_names(&known);
	error_set(err, ERR_USAGE, "unknown configuration '%s'; there are %s", name,
		  text_string(&known));
	text_release(&known);
	return NULL;
}

const struct optimizer_type *bench_optimizer_find(const char *name, struct error *err)
{
	const struct optimizer_type *type = optimizer_find(name);
	struct suggestion near;
	char hint[128];

	if (type)
		return type;
	suggestion_start(&near, name);
	for (size_t i = 0; optimizer_types[i]; i++)
		suggestion_offer(&near, optimizer_types[i]->name);
	error_set(err, ERR_USAGE, "unknown optimizer '%s'%s", name,
		  suggestion_text(&near, hint, sizeof(hint)));
	return NULL;
}

double bench_nominal_flops(const struct bench_config *config)
{
	const struct model_config *m = &config->model;
	double d = (double)m->d_model;

	return 6 * model_costs(m).params_by_group[GROUP_HIDDEN] +
	       12 * (double)m->n_layers * d * (double)m->context + 6 * d * (double)m->vocab;
}
