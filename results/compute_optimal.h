/* SPDX-License-Identifier: MIT
 *
 * The frontier that a fitted L = E + A N^-alpha + B D^-beta has under C = 6 N D (Hoffmann et al.
 * 2022, arXiv 2203.15556, equation 4):
 *
 *     N* = G (C/6)^(beta / (alpha + beta)),  D* = (C/6) / N*,
 *     G = (alpha A / (beta B))^(1 / (alpha + beta)),
 *     L* = E + K (C/6)^-gamma,  gamma = alpha beta / (alpha + beta).
 */
#ifndef RESULTS_COMPUTE_OPTIMAL_H
#define RESULTS_COMPUTE_OPTIMAL_H

struct compute_optimal {
	double E, K, gamma;
};

/* `chinchilla`: E, A, B, alpha, beta. */
struct compute_optimal compute_optimal(const double *chinchilla);
double compute_optimal_loss(const struct compute_optimal *frontier, double flops);

/* NAN where the loss is never reached. */
double compute_optimal_flops(const struct compute_optimal *frontier, double loss);

#endif
