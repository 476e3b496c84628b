/* SPDX-License-Identifier: MIT
 *
 * Small products are slow: the time of a product is its FLOPs and its FLOPs divided by the width,
 * which stands for the elements of activations as well.
 */
#include "sweep/cost_features.h"

#include <math.h>
#include <string.h>

/* Multiply-adds of a token in the matrices of all blocks. */
static double block_weights(const struct cost_shape *s)
{
	double d = s->d_model, matrices = s->mlp == MLP_SWIGLU ? 3 : 2;

	return s->n_layers *
	       (2 * d * d + 2 * d * s->kv_heads * s->head_dim + matrices * d * s->ffn_hidden);
}

static void token_features(const struct cost_shape *s, double *values)
{
	double d = s->d_model, pairs = s->n_layers * (s->context + 1);

	values[0] = 2 * block_weights(s);
	values[1] = 2 * block_weights(s) / d;
	values[2] = 2 * pairs * d;
	values[3] = pairs * d / s->head_dim;
	values[4] = 2 * d * s->vocab;
	values[5] = s->vocab;
	values[6] = 1;
	values[7] = (s->n_layers + 1) / s->micro_batch;
	values[8] = s->params / s->micro_batch;
}

static void step_features(const struct cost_shape *s, double *values)
{
	values[0] = s->params;
	values[1] = s->optimizer_flops;
	values[2] = s->optimizer_flops / s->d_model;
	values[3] = s->n_layers + 1;
}

static void start_features(const struct cost_shape *s, double *values)
{
	values[0] = 1;
	values[1] = s->params;
	values[2] = s->memory;
}

const struct cost_part_model cost_part_models[N_COST_PARTS] = {
	{"start", 3, start_features, {0.02, 5e-8, 2e-10}},
	{"token",
	 9,
	 token_features,
	 {3.3e-11, 1.5e-9, 6e-11, 1e-9, 3.3e-11, 2e-9, 3e-8, 3e-5, 1e-9}},
	{"step", 4, step_features, {1.5e-9, 1.2e-11, 4e-10, 5e-6}},
	{"eval",
	 9,
	 token_features,
	 {1.1e-11, 5e-10, 2e-11, 4e-10, 1.1e-11, 1e-9, 2e-8, 1e-5, 3e-10}},
};

double cost_handicap(const struct cost_shape *s)
{
	double threads = s->threads, others = s->jobs - 1;
	double handicap = 1 + 0.05 * log2(1 + others);

	handicap *= (1 + 0.15 * (threads - 1)) / threads;
	if (strcmp(s->precision, precision_choices[PRECISION_BF16].name) == 0)
		handicap *= 0.6;
	if (strcmp(s->backend, "cpu") != 0)
		handicap *= 30;
	return handicap;
}
