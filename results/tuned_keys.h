/* SPDX-License-Identifier: MIT
 *
 * Tuned keys: columns whose values make the settings of a cell.  Learning rates are the points of
 * a line; every other key tells lines apart.
 */
#ifndef RESULTS_TUNED_KEYS_H
#define RESULTS_TUNED_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/observation.h"

/* X(name in C, column, names in `tuned` separated by '|', for people): all but lr. */
#define TUNED_KEYS(X)                                                               \
	X(WEIGHT_DECAY, weight_decay, "weight_decay", "weight decay")               \
	X(BATCH, batch_tokens, "batch_tokens", "batch")                             \
	X(WARMUP, warmup, "warmup|warmup_steps|warmup_tokens", "warm-up")           \
	X(DECAY, decay, "decay", "decay of the schedule")                           \
	X(GRAD_CLIP, grad_clip, "grad_clip", "gradient clip")                       \
	X(BETA1, beta1, "beta1|betas|adamw.betas", "beta1")                         \
	X(BETA2, beta2, "beta2|betas|adamw.betas", "beta2")                         \
	X(MOMENTUM, momentum, "momentum", "momentum")                               \
	X(UPDATE_RMS, update_rms, "update_rms", "update RMS")                       \
	X(NS_STEPS, ns_steps, "ns_steps", "number of Newton-Schulz steps")          \
	X(ADAMW_LR_RATIO, adamw_lr_ratio, "adamw_lr_ratio|adamw.lr_ratio|lr_ratio", \
	  "lr ratio of its AdamW")

#define X(name, ...) TUNED_##name,
enum tuned_key { TUNED_KEYS(X) N_TUNED_KEYS };
#undef X

/* "warm-up" */
const char *tuned_key_name(enum tuned_key key);

double tuned_key_value(const struct observation *row, enum tuned_key key); /* NAN: unknown */

/* Whether the key makes settings of this row: `tuned` names it.  Weight decay and batch always do:
 * tables of other projects have them without a column `tuned`. */
bool tuned_key_counts(const struct observation *row, enum tuned_key key);

#endif
