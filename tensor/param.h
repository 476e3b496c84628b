/* SPDX-License-Identifier: MIT
 *
 * Parameters: what models and optimizers both speak.  A model makes the list, an optimizer
 * walks it; neither knows the other.
 */
#ifndef TENSOR_PARAM_H
#define TENSOR_PARAM_H

#include <stddef.h>

#include "tensor/tensor.h"

/* X(role, group): what a parameter does, and the group that it is counted in. */
#define PARAM_ROLES(X)                                                                             \
	X(embedding, EMBEDDING)                                                                    \
	X(attn_q, HIDDEN)                                                                          \
	X(attn_k, HIDDEN)                                                                          \
	X(attn_v, HIDDEN)                                                                          \
	X(attn_o, HIDDEN)                                                                          \
	X(mlp_gate, HIDDEN)                                                                        \
	X(mlp_up, HIDDEN)                                                                          \
	X(mlp_down, HIDDEN)                                                                        \
	X(norm, NORM)                                                                              \
	X(head, HEAD)

enum param_group { GROUP_HIDDEN, GROUP_EMBEDDING, GROUP_HEAD, GROUP_NORM, N_PARAM_GROUPS };

enum param_role {
#define X(role, group) ROLE_##role,
	PARAM_ROLES(X)
#undef X
	N_PARAM_ROLES
};

const char *param_role_name(enum param_role role);
enum param_group param_role_group(enum param_role role);
const char *param_group_name(enum param_group group); /* hidden embedding head norm */

/* One parameter: a matrix (rows, columns) that maps columns to rows (fan-in = columns), or a
 * vector with rows = 1. */
struct param {
	char name[48]; /* "layer3.mlp_gate" */
	enum param_role role;
	int layer; /* -1: of no layer */
	size_t rows, columns;
	bool joined;      /* lies right behind the parameter before it */
	double init_std;  /* normal with this deviation... */
	double init_mean; /* ...around this: 1 for gains */
	struct tensor weight, gradient;
};

struct param_list {
	struct param *items;
	size_t n;
	double width;            /* d_model, for update rules that scale by it */
	struct tensor weights;   /* all of them as one vector, gaps (zeros) included */
	struct tensor gradients; /* likewise */
};

static inline size_t param_size(const struct param *p)
{
	return p->rows * p->columns;
}

#endif
