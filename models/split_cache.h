/* SPDX-License-Identifier: MIT
 *
 * What a scan of token files found, kept in the user's cache: one file for each set of token
 * files and options, named by the hash of what decides it (paths, sizes, times, vocabulary,
 * end of text, tokens held out).
 */
#ifndef MODELS_SPLIT_CACHE_H
#define MODELS_SPLIT_CACHE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "models/corpus_split.h"

/* The path of the cache for these files; an error where there can be no cache. */
int split_cache_path(const struct token_file *files, const char *const *paths, size_t n_files,
		     uint64_t wanted, struct text *path);

/* False where there is none or it does not fit the files. */
bool split_cache_load(const char *path, const struct token_file *files, size_t n_files,
		      struct corpus_split *split, char hash[SHA256_HEX]);

/* Failure is silent: the next use scans again. */
void split_cache_store(const char *path, const struct corpus_split *split,
		       const char hash[SHA256_HEX]);

#endif
