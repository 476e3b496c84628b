/* SPDX-License-Identifier: MIT
 *
 * Token files from elsewhere: one pass over all tokens finds the documents, checks the ids
 * and takes a SHA-256.  What it found is kept in the user's cache, by path, size and time
 * of the files, so that only the first use of a large corpus pays for it.
 *
 * A document begins (or, where the first token is no end of text, ends) at the end-of-text
 * token; a file without one is cut into units of SCAN_UNIT_TOKENS.
 */
#ifndef MODELS_CORPUS_SCAN_H
#define MODELS_CORPUS_SCAN_H

#include <stddef.h>

#include "base/error.h"
#include "base/hash.h"
#include "models/corpus_split.h"
#include "models/token_file.h"

#define SCAN_UNIT_TOKENS 4096

/* The split and the hash of files that carry no document table.  ERR_DATA, ERR_USAGE as
 * token_file_check() and corpus_split_choose(); a cache that cannot be used is none. */
int corpus_scan(const struct token_file *files, const char *const *paths, size_t n_files,
		uint64_t wanted, struct corpus_split *split, char hash[SHA256_HEX],
		struct error *err);

#endif
