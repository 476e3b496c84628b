/* SPDX-License-Identifier: MIT
 *
 * Shapes of trials, and a made machine that takes known times for them.
 */
#ifndef TESTS_COST_FIXTURE_H
#define TESTS_COST_FIXTURE_H

#include "sweep/cost_features.h"
#include "tests/check.h"

static inline struct cost_shape made_shape(double width, double layers, const char *optimizer)
{
	struct cost_shape shape;
	double params = 12 * layers * width * width + 514 * width;

	memset(&shape, 0, sizeof(shape));
	shape.d_model = width;
	shape.n_layers = layers;
	shape.head_dim = 32;
	shape.kv_heads = width / 32;
	shape.ffn_hidden = 3 * width;
	shape.context = 128;
	shape.vocab = 257;
	shape.params = params;
	shape.memory = 8 * params + 4e5 * layers * width;
	shape.micro_batch = 4096;
	shape.optimizer_flops = strcmp(optimizer, "muon") == 0 ? 40 * params * width : 0;
	shape.threads = shape.jobs = 1;
	strcpy(shape.optimizer, optimizer);
	strcpy(shape.precision, "fp32");
	strcpy(shape.backend, "cpu");
	return shape;
}

/* What the made machine takes: unlike the typical one in every operation. */
static inline struct cost_parts made_parts(const struct cost_shape *shape)
{
	struct cost_parts parts;
	double *times = cost_parts_array(&parts);

	for (int i = 0; i < N_COST_PARTS; i++) {
		const struct cost_part_model *model = &cost_part_models[i];
		double values[COST_MAX_FEATURES];

		times[i] = 0;
		model->features(shape, values);
		for (size_t k = 0; k < model->n; k++)
			times[i] += model->typical[k] * values[k] * (k % 3 == 0 ? 3 : 1.5);
	}
	return parts;
}

static inline struct cost_row made_row(double width, double layers, const char *optimizer)
{
	struct cost_row row = {.shape = made_shape(width, layers, optimizer), .measured_s = 1};

	row.parts = made_parts(&row.shape);
	return row;
}

#endif
