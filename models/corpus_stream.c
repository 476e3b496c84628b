/* SPDX-License-Identifier: MIT
 *
 * The stream of training windows and the fixed windows of held-out slices.  A window's place
 * is computed from its number alone: no state, no memory.
 *
 * Random access would by and by map a whole corpus into every process that trains, in pieces as
 * large as the system likes; so the pages are let go after every call.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "models/corpus_impl.h"

/* Where window k begins in train.  Epoch 0 starts at token 0; later ones are shifted, so
 * that their windows differ. */
static uint64_t window_start(const struct corpus *corpus, uint64_t seed, uint64_t k, size_t context)
{
	uint64_t per_block = corpus->block_tokens / context;
	uint64_t block = k / per_block;
	uint64_t epoch = block / corpus->n_blocks;
	struct random random = random_stream(seed, epoch);
	uint64_t key = random_bits(&random);
	uint64_t shift = epoch ? random_below(&random, corpus->block_tokens) : 0;
	uint64_t place = permute(block % corpus->n_blocks, corpus->n_blocks, key);

	return shift + place * corpus->block_tokens + k % per_block * context;
}

/* Inputs and, one token later, targets. */
static void copy_window(const struct token_slice *slice, uint64_t start, size_t context,
			int32_t *inputs, int32_t *targets)
{
	token_slice_copy(slice, start, context, inputs);
	memcpy(targets, inputs + 1, (context - 1) * sizeof(*targets));
	token_slice_copy(slice, start + context, 1, targets + context - 1);
}

void corpus_forget_pages(const struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n_files; i++)
		file_map_forget(&corpus->files[i].map);
}

void corpus_windows(const struct corpus *corpus, uint64_t seed, uint64_t first, size_t n_windows,
		    size_t context, int32_t *inputs, int32_t *targets)
{
	assert(context > 0 && corpus->block_tokens % context == 0);
	for (size_t i = 0; i < n_windows; i++)
		copy_window(&corpus->slices[CORPUS_TRAIN],
			    window_start(corpus, seed, first + i, context), context,
			    inputs + i * context, targets + i * context);
	corpus_forget_pages(corpus);
}

size_t corpus_heldout_windows(const struct corpus *corpus, enum corpus_slice slice, size_t context)
{
	assert(slice != CORPUS_TRAIN && context > 0);
	return (size_t)(corpus->facts.slice_tokens[slice] / context);
}

void corpus_heldout(const struct corpus *corpus, enum corpus_slice slice, size_t first,
		    size_t n_windows, size_t context, int32_t *inputs, int32_t *targets,
		    uint8_t *buckets)
{
	assert(first + n_windows <= corpus_heldout_windows(corpus, slice, context));
	for (size_t i = 0; i < n_windows; i++) {
		uint64_t start = (uint64_t)(first + i) * context;

		copy_window(&corpus->slices[slice], start, context, inputs + i * context,
			    targets + i * context);
		if (buckets)
			token_slice_buckets(&corpus->slices[slice], start + 1, context,
					    buckets + i * context);
	}
	corpus_forget_pages(corpus);
}

void corpus_tokens(const struct corpus *corpus, enum corpus_slice slice, uint64_t first, size_t n,
		   int32_t *tokens)
{
	token_slice_copy(&corpus->slices[slice], first, n, tokens);
}

double corpus_heldout_bytes(const struct corpus *corpus, enum corpus_slice slice, size_t n_windows,
			    size_t context)
{
	const struct token_slice *tokens = &corpus->slices[slice];
	uint64_t n = (uint64_t)n_windows * context, bytes = 0;

	if (strcmp(corpus->facts.tokenizer, "bytes") != 0)
		return corpus->bytes_per_token * (double)n;
	for (uint64_t i = 0; i < n; i++) {
		int32_t token;

		token_slice_copy(tokens, i + 1, 1, &token);
		bytes += token != corpus->facts.eot;
	}
	corpus_forget_pages(corpus);
	return (double)bytes;
}
