/* SPDX-License-Identifier: MIT
 *
 * L = E + k C^-p for one arm, or for several that share E.
 */
#ifndef RESULTS_POWER_OFFSET_H
#define RESULTS_POWER_OFFSET_H

#include "results/law.h"

#define POWER_OFFSET_ARMS 2

struct power_offset {
	double E, k[POWER_OFFSET_ARMS], p[POWER_OFFSET_ARMS];
};

/* Fits all arms with one E; `warm` NULL: many starts.  `fit` receives objective, n, condition
 * and starts, no parameters.  ERR_FIT: an arm has under 2 different computes, or all arms together
 * fewer points than parameters. */
int power_offset_fit(const struct law_data *arms, size_t n_arms, const struct robust *robust,
		     const struct power_offset *warm, struct power_offset *fitted,
		     struct law_fit *fit, struct error *err);

double power_offset_loss(const struct power_offset *law, size_t arm, double flops);

/* The compute that reaches a loss; NAN where the law never does. */
double power_offset_flops(const struct power_offset *law, size_t arm, double loss);

/* E at 0 or at the lowest loss, or an exponent outside (0, 2]: what is computed from such a fit
 * is not to be trusted. */
bool power_offset_at_bound(const struct power_offset *law, size_t n_arms, double lowest_loss);

/* Likewise of a fit of one arm; for laws in another variable than C. */
bool power_offset_fit_at_bound(const struct law_data *data, const struct law_fit *fit);

/* The check of `law`, which has E, an amplitude and an exponent, in `variable`: "compute". */
void power_offset_check(const struct law *law, const char *variable, const struct law_data *data,
			const struct law_fit *fit, struct text *warnings);

#endif
