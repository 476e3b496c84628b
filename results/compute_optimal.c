/* SPDX-License-Identifier: MIT */
#include "results/compute_optimal.h"

#include <math.h>

struct compute_optimal compute_optimal(const double *chinchilla)
{
	double A = chinchilla[1], B = chinchilla[2], alpha = chinchilla[3], beta = chinchilla[4];
	double G = pow(alpha * A / (beta * B), 1 / (alpha + beta));

	return (struct compute_optimal){
		.E = chinchilla[0],
		.K = A * pow(G, -alpha) + B * pow(G, beta),
		.gamma = alpha * beta / (alpha + beta),
	};
}

double compute_optimal_loss(const struct compute_optimal *frontier, double flops)
{
	return frontier->E + frontier->K * pow(flops / 6, -frontier->gamma);
}

double compute_optimal_flops(const struct compute_optimal *frontier, double loss)
{
	if (!(loss > frontier->E))
		return (double)NAN;
	return 6 * pow(frontier->K / (loss - frontier->E), 1 / frontier->gamma);
}
