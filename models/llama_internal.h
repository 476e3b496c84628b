/* SPDX-License-Identifier: MIT
 *
 * Shared by the files of the Llama family.
 */
#ifndef MODELS_LLAMA_INTERNAL_H
#define MODELS_LLAMA_INTERNAL_H

#include "models/model.h"

/* Takes the tensors of `list` from the slab, weights first, then gradients. */
void llama_params_layout(struct param_list *list, struct slab *slab);

/* The parameter called `part` of a layer (-1: outside the layers); NULL if there is none. */
struct param *llama_param(struct param_list *list, const char *part, int layer);

#endif
