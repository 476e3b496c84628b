/* SPDX-License-Identifier: MIT
 *
 * The keys of a model, what must hold between them, and what a model costs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/llama_internal.h"
#include "models/model.h"

#define FIELD(name)  offsetof(struct model_config, name)
#define FFN_MULTIPLE 32
#define MAX_HEAD_DIM 256

static const struct key_choice families[] = {
	{"llama", NULL, "RMSNorm, RoPE, causal grouped-query attention, SwiGLU, no biases"},
	{0},
};

static const struct key_choice mlp_kinds[] = {
	[MLP_SWIGLU] = {"swiglu", NULL, "silu(gate) up (Shazeer 2020)"},
	[MLP_GELU] = {"gelu", NULL, "one product, GELU, one product"},
	{0},
};

static const struct key_choice init_kinds[] = {
	[INIT_SCALED] =
		{"scaled", NULL,
		 "1/sqrt(fan_in); what writes to the residual stream also / sqrt(2 n_layers)"},
	[INIT_FAN_IN] = {"fan_in", NULL, "1/sqrt(fan_in) for every matrix"},
	[INIT_GPT2] = {"gpt2", NULL, "0.02, residual writers also / sqrt(2 n_layers)"},
	{0},
};

const struct key model_keys[] = {
	{"family", KEY_CHOICE, FIELD(family), 0, 0, 0, families, "llama", NULL, "architecture"},
	{"head_dim", KEY_INTEGER, FIELD(head_dim), 2, MAX_HEAD_DIM, 0, NULL, "32", NULL,
	 "width of an attention head, even; divides d_model"},
	{"kv_heads", KEY_INTEGER, FIELD(kv_heads), 0, 4096, 0, NULL, "0", NULL,
	 "key and value heads of grouped-query attention; 0: as many as query heads"},
	{"qk_norm", KEY_BOOL, FIELD(qk_norm), 0, 0, 0, NULL, "false", NULL,
	 "RMSNorm with a gain on queries and keys, before RoPE"},
	{"mlp", KEY_CHOICE, FIELD(mlp), 0, 0, 0, mlp_kinds, "swiglu", NULL, "kind of MLP"},
	{"mlp_ratio", KEY_REAL, FIELD(mlp_ratio), 0, 64, true, NULL, "2.6666666666666665",
	 "d_model", "width of the MLP, rounded up to a multiple of 32 (8/3; 4 is usual for gelu)"},
	{"ffn_hidden", KEY_INTEGER, FIELD(ffn_hidden), 0, 1 << 20, 0, NULL, "0", NULL,
	 "width of the MLP itself; 0: from mlp_ratio"},
	{"rope_base", KEY_REAL, FIELD(rope_base), 1, 1e9, true, NULL, "10000", NULL,
	 "base of the rotary frequencies"},
	{"init", KEY_CHOICE, FIELD(init), 0, 0, 0, init_kinds, "scaled", NULL,
	 "standard deviation of the initial weights"},
	{"context", KEY_INTEGER, FIELD(context), 1, 1 << 20, 0, NULL, "128", "tokens",
	 "context length"},
	{"tie_embeddings", KEY_BOOL, FIELD(tie_embeddings), 0, 0, 0, NULL, "false", NULL,
	 "the head is the embedding"},
};
const size_t n_model_keys = sizeof(model_keys) / sizeof(model_keys[0]);

static int refuse_head_dim(const struct model_config *config, struct error *err)
{
	struct text fits = {0};
	int result;

	for (int64_t d = 8; d <= config->d_model && d <= MAX_HEAD_DIM; d += 2)
		if (config->d_model % d == 0)
			text_printf(&fits, "%s%lld", fits.length ? ", " : "", (long long)d);
	result = error_set(err, ERR_USAGE, "'head_dim' %lld does not divide d_model %lld; use %s%s",
			   (long long)config->head_dim, (long long)config->d_model,
			   fits.length ? "one of " : "a d_model that is a multiple of ",
			   fits.length ? fits.data : "8");
	text_release(&fits);
	return result;
}

int model_config_resolve(struct model_config *config, struct error *err)
{
	int64_t heads;

	if (config->head_dim % 2)
		return error_set(err, ERR_USAGE, "'head_dim' must be even, not %lld",
				 (long long)config->head_dim);
	if (config->d_model % config->head_dim)
		return refuse_head_dim(config, err);
	heads = config->d_model / config->head_dim;
	if (config->kv_heads == 0)
		config->kv_heads = heads;
	if (heads % config->kv_heads)
		return error_set(
			err, ERR_USAGE,
			"'kv_heads' %lld does not divide the %lld query heads (d_model %lld / "
			"head_dim %lld)",
			(long long)config->kv_heads, (long long)heads, (long long)config->d_model,
			(long long)config->head_dim);
	if (config->ffn_hidden == 0)
		config->ffn_hidden =
			FFN_MULTIPLE *
			(int64_t)ceil(config->mlp_ratio * (double)config->d_model / FFN_MULTIPLE -
				      1e-9);
	return 0;
}

struct model_costs model_costs(const struct model_config *config)
{
	struct model_costs costs = {0};
	struct param_list list;
	double d = (double)config->d_model;
	double positions = (double)config->context + 1;

	model_params_describe(config, &list);
	for (size_t i = 0; i < list.n; i++) {
		double size = (double)param_size(&list.items[i]);

		costs.params += size;
		costs.params_by_group[param_role_group(list.items[i].role)] += size;
	}
	param_list_release(&list);
	costs.flops_head_per_token = 3 * 2 * d * (double)config->vocab;
	costs.flops_attention_per_token = 3 * 2 * positions * (double)config->n_layers * d;
	costs.flops_per_token = 3 * 2 * costs.params_by_group[GROUP_HIDDEN] +
				costs.flops_head_per_token + costs.flops_attention_per_token;
	return costs;
}
