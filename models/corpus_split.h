/* SPDX-License-Identifier: MIT
 *
 * The split: which documents are held out.  All documents are ordered by their key, a hash;
 * the first ones become val and the last ones test, as many as are needed, and documents of
 * one key are never parted.  Whatever is not held out is train, in the order of the files.
 */
#ifndef MODELS_CORPUS_SPLIT_H
#define MODELS_CORPUS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "models/token_file.h"
#include "models/token_slice.h"

struct split_document {
	uint64_t key;
	uint64_t file; /* index */
	uint64_t start, length;
};

struct corpus_split {
	struct split_document *held_out; /* val, then test; each in the order of keys */
	uint64_t n_val, n_test;
	uint64_t n_documents; /* of the whole corpus */
};

void corpus_split_release(struct corpus_split *split);

/* Chooses among n documents ordered by key; val and test hold at least `wanted` tokens each.
 * ERR_USAGE when too little would be left for train; `name` is the corpus in the message. */
int corpus_split_choose(struct corpus_split *split, const struct split_document *documents,
			uint64_t n, uint64_t wanted, const char *name, struct error *err);

/* The documents of a packed file, ordered by key; the caller frees. */
struct split_document *packed_documents(const struct token_file *file);

/* Fills val and test (cut to `wanted` tokens each) and train. */
void corpus_split_apply(const struct corpus_split *split, const struct token_file *files,
			size_t n_files, uint64_t wanted, struct token_slice *train,
			struct token_slice *val, struct token_slice *test);

#endif
