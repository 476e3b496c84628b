/* SPDX-License-Identifier: MIT
 *
 * The configurations that are measured.
 */
#ifndef CMD_BENCH_CONFIG_H
#define CMD_BENCH_CONFIG_H

#include "base/error.h"
#include "models/model.h"
#include "optim/optimizer.h"
#include "tensor/tensor.h"

struct bench_config {
	const char *name;
	struct model_config model;
	int64_t sequences; /* of a step */
};

extern const struct bench_config bench_configs[]; /* ends with a NULL name */

/* By name.  ERR_USAGE: returns NULL. */
const struct bench_config *bench_config_find(const char *name, struct error *err);

/* Likewise, with the names that are near.  ERR_USAGE: returns NULL. */
const struct optimizer_type *bench_optimizer_find(const char *name, struct error *err);

/* FLOPs of a token without causal discount, 6 N_hidden + 12 L d T + 6 d V, so that programs can be
 * compared. */
double bench_nominal_flops(const struct bench_config *config);

/* What trains, and on what. */
struct bench_case {
	const struct bench_config *config;
	const struct optimizer_type *optimizer;
	const char *backend;
	struct backend_options use; /* threads and precision */
};

#endif
