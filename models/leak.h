/* SPDX-License-Identifier: MIT
 *
 * Leaks: held-out text that is also in train.
 */
#ifndef MODELS_LEAK_H
#define MODELS_LEAK_H

#include <stddef.h>

#include "base/error.h"
#include "models/token_slice.h"

#define LEAK_SPAN_BYTES	 64 /* where tokens are bytes */
#define LEAK_SPAN_TOKENS 32 /* where they are not */

/* The share of `held_out` that lies in a run of `span` tokens equal to an aligned run of
 * train (its tokens span i .. span i + span - 1).  Time is linear in both; memory is 40 bytes
 * a held-out token at most, whatever the size of train.  ERR_NOMEM. */
int leak_share(const struct token_slice *train, const struct token_slice *held_out, size_t span,
	       double *share, struct error *err);

#endif
