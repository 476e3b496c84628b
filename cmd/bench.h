/* SPDX-License-Identifier: MIT
 *
 * Training speed, measured: steps of fixed configurations, against the same machine's rate of one
 * large product and against the model's own products run alone.  The three are interleaved in
 * rounds and compared within a round, so that a noisy machine moves all of them.
 */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

#include "models/model.h"
#include "optim/optimizer.h"

struct bench_config {
	const char *name;
	struct model_config model;
	int64_t sequences; /* of a step */
};

extern const struct bench_config bench_configs[]; /* ends with a NULL name */

/* FLOPs of a token without causal discount, 6 N_hidden + 12 L d T + 6 d V, so that programs can be
 * compared. */
double bench_nominal_flops(const struct bench_config *config);

enum bench_phase { PHASE_FORWARD, PHASE_BACKWARD, PHASE_OPTIMIZER, PHASE_OTHER, N_PHASES };
extern const char *const bench_phase_names[N_PHASES];

/* Medians over rounds. */
struct bench_result {
	double sgemm_gflops; /* n = 1024 */
	double tokens_per_second, nominal_gflops;
	double sgemm_fraction; /* of nominal_gflops to sgemm_gflops */
	double bound_fraction; /* of the products' time to the step's */
	double phases_ms[N_PHASES];
};

/* Runs rounds for about `seconds`, three at least.  ERR_NOMEM, ERR_DEVICE. */
int bench_measure(struct bench_result *result, const struct bench_config *config,
		  const struct optimizer_type *optimizer, struct backend *backend, double seconds,
		  struct error *err);

/* --- products alone (bench_products.c) --- */

struct bench_products;

/* The products of one step of the configuration, and the large one.  ERR_NOMEM. */
int bench_products_new(struct bench_products **products, const struct bench_config *config,
		       struct backend *backend, struct error *err);
void bench_products_free(struct bench_products *products); /* NULL is fine */

/* Every product of a step, forward and backward, and nothing else: q, k, v in one, gate and up in
 * one, attention per head in blocks of 64 queries without the keys behind the block. */
void bench_products_step(struct bench_products *products);

/* The 1024 x 1024 x 1024 product for at least `seconds`; returns GFLOP/s. */
double bench_products_sgemm(struct bench_products *products, double seconds);

#endif
