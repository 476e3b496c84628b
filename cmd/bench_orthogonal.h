/* SPDX-License-Identifier: MIT
 *
 * Newton-Schulz as Muon computes it against the plain iteration by whole products, on the matrices
 * of one layer.
 */
#ifndef CMD_BENCH_ORTHOGONAL_H
#define CMD_BENCH_ORTHOGONAL_H

#include "cmd/bench_config.h"

struct bench_orthogonal;

/* ERR_NOMEM. */
int bench_orthogonal_new(struct bench_orthogonal **o, const struct bench_config *config,
			 struct backend *backend, struct error *err);
void bench_orthogonal_free(struct bench_orthogonal *o); /* NULL is fine */

/* Orthogonalises all matrices of the layer both ways, in turn, for about `seconds`; returns how
 * many times as long the plain way takes. */
double bench_orthogonal_speedup(struct bench_orthogonal *o, double seconds);

#endif
