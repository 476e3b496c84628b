/* SPDX-License-Identifier: MIT
 *
 * Training speed, measured: steps of fixed configurations, against the same machine's rate of one
 * large product and against the model's own products run alone.  All of them are interleaved in
 * rounds and compared within a round, so that a noisy machine moves all of them.
 */
#ifndef CMD_BENCH_H
#define CMD_BENCH_H

#include "cmd/bench_config.h"
#include "cmd/bench_spread.h"

enum bench_phase { PHASE_FORWARD, PHASE_BACKWARD, PHASE_OPTIMIZER, PHASE_OTHER, N_PHASES };
extern const char *const bench_phase_names[N_PHASES];

/* Over rounds; ratios are of two measurements in a round. */
struct bench_result {
	int rounds;
	struct bench_spread sgemm_gflops; /* n = 1024, fp32, the same threads */
	struct bench_spread tokens_per_second, nominal_gflops;
	struct bench_spread sgemm_fraction;  /* of nominal_gflops to sgemm_gflops */
	struct bench_spread bound_fraction;  /* of the products' time to the step's */
	struct bench_spread optimizer_share; /* of the step's time */
	struct bench_spread phases_ms[N_PHASES];
	/* How many times as fast as what is measured beside it, or not measured: */
	struct bench_spread over_fp32;	     /* of bf16: the same in fp32 */
	struct bench_spread over_one_thread; /* of more threads: the same on one */
	struct bench_spread over_plain;	     /* of an optimizer that orthogonalises: the same
						matrices by the plain iteration */
};

/* Measures n cases that differ in precision or threads alone, in rounds, for about `seconds` each,
 * three rounds at least; what they are compared with is measured beside them.  ERR_NOMEM,
 * ERR_DEVICE, ERR_DIVERGED. */
int bench_measure(struct bench_result *results, const struct bench_case *cases, size_t n,
		  double seconds, struct error *err);

#endif
