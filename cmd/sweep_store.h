/* SPDX-License-Identifier: MIT
 *
 * A sweep that was read: what is said of it, and the check of its corpora.
 */
#ifndef CMD_SWEEP_STORE_H
#define CMD_SWEEP_STORE_H

#include "sweep/sweep.h"

/* Tells on stderr what the reader of the sweep found: dropped cells, warnings. */
void sweep_tell(const struct sweep *sweep);

/* Opens every corpus of the sweep and refuses those whose held-out text leaks into train.
 * ERR_DATA and the errors of corpus_open(). */
int sweep_check_corpora(const struct sweep *sweep, struct error *err);

#endif
