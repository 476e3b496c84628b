/* SPDX-License-Identifier: MIT
 *
 * One pass over all tokens checks the ids; of token files from elsewhere it finds the documents and
 * takes a SHA-256, which a packed file carries.  What it found is kept in the user's cache, by
 * path, size and time of the files, so that only the first use of a large corpus pays for it.
 *
 * In files from elsewhere a document begins (or, where the first token is no end of text, ends) at
 * the end-of-text token; a file without one is cut into units of SCAN_UNIT_TOKENS.
 */
#ifndef MODELS_CORPUS_SCAN_H
#define MODELS_CORPUS_SCAN_H

#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"
#include "models/corpus_split.h"
#include "models/token_file.h"

#define SCAN_UNIT_TOKENS 4096

/* The split and the hash of files, of one packed file or of several others.  ERR_DATA, ERR_USAGE as
 * token_file_check() and corpus_split_choose(); a cache that cannot be used is none. */
int corpus_scan(const struct token_file *files, const char *const *paths, size_t n_files,
		uint64_t wanted, struct corpus_split *split, char hash[SHA256_HEX],
		struct error *err);

#endif
