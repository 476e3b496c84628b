/* SPDX-License-Identifier: MIT
 *
 * The corpora of a sweep, each looked up once.
 */
#ifndef SWEEP_SWEEP_CORPUS_H
#define SWEEP_SWEEP_CORPUS_H

#include "sweep/cell.h"
#include "sweep/sweep.h"

/* Finds the corpus that a trial's options name, for the cell that is being built.  ERR_USAGE with
 * the place, and what the source of corpora returns. */
int sweep_find_corpus(struct sweep *sweep, const struct cell *cell, struct trial *trial,
		      struct error *err);

#endif
