/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the Llama family: llama_params.c (the table), llama_layout.c (memory),
 * llama.c (forward and backward).
 */
#ifndef MODELS_LLAMA_INTERNAL_H
#define MODELS_LLAMA_INTERNAL_H

#include "models/model.h"

struct norm {
	struct tensor gain, dgain;
};

struct linear {
	struct tensor weight, dweight; /* (out, in) */
};

struct layer {
	/* parameters; qkv and gate_up are joined matrices seen as one */
	struct norm attn_norm, q_norm, k_norm, mlp_norm;
	struct linear qkv, attn_o, gate_up, mlp_down;
	struct tensor max_logit; /* (H) */

	/* kept for the backward pass */
	struct tensor x, attn_in, attn_rstd;	    /* (N,C) (N,C) (N) */
	struct tensor q, k, v;			    /* (B,H,T,D) (B,K,T,D) (B,K,T,D) */
	struct tensor q_raw, k_raw, q_rstd, k_rstd; /* before QK-norm, where it is on */
	struct tensor attn_out, lse;		    /* (N,C) (B,H,T) */
	struct tensor x_mid, mlp_in, mlp_rstd;	    /* (N,C) (N,C) (N) */
	struct tensor gate_up_out, hidden;	    /* (N,2F) or (N,F); (N,F) */
};

struct model {
	struct model_config config;
	struct backend *backend;
	struct param_list params;
	size_t micro_batch; /* sequences there is room for */
	size_t sequences;   /* of the batch that is set */

	struct slab param_slab, constant_slab, activation_slab;
	struct tensor rope;	  /* (T,D) */
	struct tensor max_logit;  /* (n_layers, H) */
	struct tensor idle_logit; /* (H): where evaluation leaves its largest logits, unread */

	double keep; /* 0: the next batch's gradients overwrite; 1: they add */

	struct layer *layers;
	struct linear embedding, head;
	struct norm final_norm;

	struct tensor inputs, targets, losses; /* (N) */
	struct tensor x, final_in,
		final_rstd;		 /* residual stream after the last layer; normalised */
	struct tensor qkv_out;		 /* (N, (H+2K) D); its gradient in the backward pass */
	struct tensor logits;		 /* (chunk, V) */
	struct tensor dx, dbranch;	 /* (N,C): of the residual stream; of a branch */
	struct tensor dq, dk, dv;	 /* as q, k, v */
	struct tensor dgate_up, dhidden; /* as gate_up_out, hidden */
};

/* Places the activations for a batch of `sequences`, in the memory that model_new() took. */
void llama_layout_activations(struct model *m, size_t sequences);

/* Takes the tensors of `list` from the slab, weights first, then gradients. */
void llama_params_layout(struct param_list *list, struct slab *slab);

/* The parameter called `part` of a layer (-1: outside the layers); NULL if there is none. */
struct param *llama_param(struct param_list *list, const char *part, int layer);

#endif
