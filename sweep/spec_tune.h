/* SPDX-License-Identifier: MIT
 *
 * The keys of `tune:` that are no tuned keys, for `help spec`.
 */
#ifndef SWEEP_SPEC_TUNE_H
#define SWEEP_SPEC_TUNE_H

#include "base/key.h"

extern const struct key tuning_keys[]; /* of struct tuning */
extern const size_t n_tuning_keys;
extern const struct key bracket_keys[]; /* of struct bracket */
extern const size_t n_bracket_keys;

#endif
