/* SPDX-License-Identifier: MIT
 *
 * From a size as users give it to a resolved model with its costs, remembered: thousands of
 * trials share a few models.
 */
#ifndef SWEEP_MODEL_SIZE_H
#define SWEEP_MODEL_SIZE_H

#include "models/model.h"
#include "sweep/keys.h"

/* What is computed at a time takes at most so much, unless one context alone takes more: fixed
 * numbers, so that the micro-batch, which decides the last bits of a trial, is the same on every
 * machine. */
#define MICRO_BATCH_TOKENS 8192
#define MICRO_BATCH_BYTES  (1u << 30) /* of activations, at 4 bytes a real */

struct sized_model {
	struct model_config asked; /* before sizes were set */
	struct size_options size;
	struct model_config config; /* resolved */
	struct model_costs costs;
	struct param_list params; /* without tensors */
	int64_t most_sequences;	  /* of a micro-batch */
};

/* Zero-initialised is empty and ready. */
struct model_sizes {
	struct sized_model **items;
	size_t n, capacity;
};

void model_sizes_release(struct model_sizes *sizes);

/* Finds or makes the model; owned by `sizes`.  A count of parameters means the nearest of
 * d_model = aspect x n_layers (rounded to whole heads), within a factor of 2.  ERR_USAGE. */
int model_sizes_find(struct model_sizes *sizes, const struct model_config *config,
		     const struct size_options *size, const struct sized_model **found,
		     struct error *err);

/* "64x2" into d_model and n_layers. */
bool shape_parse(const char *shape, int64_t *d_model, int64_t *n_layers);

#endif
