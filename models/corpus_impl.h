/* SPDX-License-Identifier: MIT
 *
 * The inside of a corpus, for the files that implement corpus.h only.
 */
#ifndef MODELS_CORPUS_IMPL_H
#define MODELS_CORPUS_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "models/corpus.h"
#include "models/token_file.h"
#include "models/token_slice.h"

struct corpus {
	struct corpus_facts facts;
	struct token_file *files;
	const char *const *paths; /* of them */
	size_t n_files;
	struct token_slice slices[CORPUS_SLICES]; /* val and test: one more than is scored */
	uint64_t block_tokens, n_blocks;
	double bytes_per_token; /* NAN: unknown */
	struct arena arena;	/* names and paths */
};

/* Of all files: what was read is no longer in the memory of this process. */
void corpus_forget_pages(const struct corpus *corpus);

#endif
