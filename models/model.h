/* SPDX-License-Identifier: MIT
 *
 * Models: a dense, Llama-style transformer whose parameter list is one table (llama_params.c), from
 * which shapes, initial values, counts by group and the optimizers' split are all taken.
 */
#ifndef MODELS_MODEL_H
#define MODELS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"
#include "tensor/param.h"

enum mlp_kind { MLP_SWIGLU, MLP_GELU };
enum init_kind { INIT_SCALED, INIT_FAN_IN, INIT_GPT2 };

struct model_config {
	int family; /* index of model_families: only llama */
	int64_t d_model, n_layers;
	int64_t head_dim;
	int64_t kv_heads;   /* 0: as many as query heads */
	int64_t ffn_hidden; /* 0: mlp_ratio d_model, rounded up to a multiple of 32 */
	double mlp_ratio;
	int mlp; /* enum mlp_kind */
	bool qk_norm, tie_embeddings;
	double rope_base;
	int64_t context;
	int init;      /* enum init_kind */
	int64_t vocab; /* of the corpus; no key of the sweep file */
};

/* In the sweep file: model.NAME.  d_model and n_layers are set by `size`, vocab by the corpus. */
extern const struct key model_keys[];
extern const size_t n_model_keys;

/* Checks between keys and fills the zeros (kv_heads, ffn_hidden).  ERR_USAGE, for instance
 * "'head_dim' 32 does not divide d_model 80; use 16, 20 or 40". */
int model_config_resolve(struct model_config *config, struct error *err);

/* What a config costs; nothing is allocated. */
struct model_costs {
	double params, params_by_group[N_PARAM_GROUPS];
	/* Per token, forward and backward, the mathematical causal count (contract):
	 * 3 (2 params of all block matrices + 2 d V + 2 (T+1) n_layers n_heads head_dim) */
	double flops_per_token;
	double flops_attention_per_token; /* the last term of it */
	double flops_head_per_token;	  /* the middle term */
};
struct model_costs model_costs(const struct model_config *config);

/* The parameter list of a config, without tensors (for counts and optimizer FLOPs). */
void model_params_describe(const struct model_config *config, struct param_list *list);
void param_list_release(struct param_list *list);

/* The head runs over so many of n rows at a time, so that the logits of a batch never exist. */
size_t model_head_rows(const struct model_config *config, size_t n);

/* What model_new() takes of a backend with reals of 4 bytes, in bytes; nothing is allocated. */
struct model_memory {
	size_t params; /* and their gradients */
	size_t constants;
	size_t activations;
};
struct model_memory model_memory(const struct model_config *config, size_t micro_batch);

struct model;

/* `micro_batch` sequences are computed at a time.  All memory is taken here.  ERR_NOMEM. */
int model_new(struct model **model, const struct model_config *config, struct backend *backend,
	      size_t micro_batch, struct error *err);
void model_free(struct model *model); /* NULL is fine */

struct param_list *model_params(struct model *model);

/* Draws the initial weights: normal, mean and deviation as the table says, each parameter from its
 * own stream, so that a change of one shape leaves the others alone. */
void model_init(struct model *model, uint64_t seed);

/* Hands over tokens: inputs and targets are (n, context), n <= micro_batch. */
void model_set_batch(struct model *model, const int32_t *inputs, const int32_t *targets, size_t n);

/* Losses of the batch that was set; gradients are left alone. */
void model_forward(struct model *model);

/* Forward and backward in one: adds to the gradients those of `scale` times the sum of the losses.
 * `forward_s` and `backward_s` (or NULL) receive what they took in seconds. */
void model_forward_backward(struct model *model, double scale, double *forward_s,
			    double *backward_s);

/* Copies the n losses (nats) of the batch to the host, n = sequences x context. */
void model_read_losses(struct model *model, double *losses);

/* The next model_forward_backward() starts the gradients anew: what is in them no longer matters,
 * but stays until then. */
void model_zero_gradients(struct model *model);

/* Largest attention logit of training batches since the last call, by layer and head; resets.
 * `logits` holds n_layers x heads. */
void model_take_max_logits(struct model *model, double *logits);

/* Those, as the backend keeps them: all that a model remembers from step to step beside its
 * weights. */
struct tensor model_max_logits(const struct model *model);

#endif
