/* SPDX-License-Identifier: MIT
 *
 * What a fit minimises: the sum over points of rho(r), with r the residual of ln L (or of L
 * itself for ROBUST_LSQ).
 *
 *     huber    r^2 / 2 for |r| <= delta, else delta (|r| - delta / 2)
 *     lad      |r|
 *     lsq_log  r^2 / 2, r of ln L
 *     lsq      r^2 / 2, r of L
 */
#ifndef RESULTS_ROBUST_H
#define RESULTS_ROBUST_H

#include <stdbool.h>

enum robust_kind { ROBUST_HUBER, ROBUST_LAD, ROBUST_LSQ_LOG, ROBUST_LSQ };

struct robust {
	enum robust_kind kind;
	double delta; /* of huber */
};

/* rho and its first two derivatives; `weight` is rho'(r) / r, finite at r = 0. */
struct robust_value {
	double value, first, second, weight;
};

struct robust_value robust_at(const struct robust *robust, double r);
const char *robust_name(enum robust_kind kind);

#endif
