/* SPDX-License-Identifier: MIT
 *
 * AdamW of one parameter, for AdamW itself and for the optimizers that leave some parameters
 * to it (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2 with eps outside the root).
 */
#ifndef OPTIM_ADAMW_H
#define OPTIM_ADAMW_H

#include "optim/optimizer.h"
#include "tensor/ops.h"

struct adamw_rule {
	double betas[2], eps;
};

/* The rule's keys; `prefix` is "" or "adamw.", `member` the rule's place in the options. */
/* clang-format off */
#define ADAMW_RULE_KEYS(prefix, options_struct, member)                                            \
	{OPTION(prefix "betas", KEY_PAIR, options_struct, member.betas),                           \
	 .min = 0, .max = 0.999999, .fallback = "[0.9, 0.95]",                                     \
	 .help = "decay of the first and second moments"},                                         \
	{OPTION(prefix "eps", KEY_REAL, options_struct, member.eps),                               \
	 .min = 0, .max = HUGE_VAL, .above_min = true, .fallback = "1e-8",                         \
	 .help = "added to the root of the second moment"}
/* clang-format on */

struct adamw_moments {
	struct tensor m, v;
};

void adamw_moments_take(struct adamw_moments *moments, struct slab *slab, const struct param *p);

/* Room in which adamw_update_rms() works, for parameters of at most `largest` elements. */
struct tensor adamw_workspace_take(struct slab *slab, size_t largest);

/* The numbers of one step; `common` holds the peak lr and the decay that this rule uses. */
struct adamw_step adamw_step_numbers(const struct adamw_rule *rule,
				     const struct optimizer_common *common,
				     const struct optimizer_step *step);

void adamw_update(const struct param *p, const struct adamw_moments *moments,
		  const struct adamw_step *numbers);

/* RMS of (m/correction1) / (sqrt(v/correction2) + eps), the last update with lr divided out. */
double adamw_update_rms(const struct param *p, const struct adamw_moments *moments,
			const struct adamw_step *numbers, const struct tensor *workspace);

#endif
