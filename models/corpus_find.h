/* SPDX-License-Identifier: MIT
 *
 * Where corpora lie: named ones in the data folders, others where the user says.
 */
#ifndef MODELS_CORPUS_FIND_H
#define MODELS_CORPUS_FIND_H

#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "models/corpus.h"

/* Where `data pack` puts a named corpus: $MUON_SWEEP_DATA, else "data". */
const char *corpus_directory(void);

/* The token files that the options name; globs are expanded and sorted.  Strings and array
 * are the arena's.  ERR_USAGE, ERR_DATA with the remedy. */
int corpus_find(const struct corpus_options *options, struct arena *arena,
		const char *const **paths, size_t *n_paths, struct error *err);

#endif
