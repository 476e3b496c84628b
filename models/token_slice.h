/* SPDX-License-Identifier: MIT
 *
 * A slice: tokens of one side of the split, read as one stream although they lie in many
 * pieces of several mapped files.
 */
#ifndef MODELS_TOKEN_SLICE_H
#define MODELS_TOKEN_SLICE_H

#include <stddef.h>
#include <stdint.h>

struct token_segment {
	const void *tokens; /* not owned */
	unsigned token_bytes;
	uint64_t start; /* in the slice */
};

struct slice_document {
	uint64_t start; /* in the slice */
	uint8_t bucket;
};

struct token_slice {
	struct token_segment *segments;
	size_t n_segments, segment_capacity;
	struct slice_document *documents; /* of held-out slices */
	size_t n_documents, document_capacity;
	uint64_t n_tokens;
};

void token_slice_release(struct token_slice *slice);

/* Adds n tokens at the end; nothing where n is 0. */
void token_slice_add(struct token_slice *slice, const void *tokens, unsigned token_bytes,
		     uint64_t n);

/* Keeps the first n tokens. */
void token_slice_cut(struct token_slice *slice, uint64_t n);

/* Says that a document of this bucket begins at the end. */
void token_slice_add_document(struct token_slice *slice, uint8_t bucket);

/* Copies tokens first .. first + n - 1, which must be there. */
void token_slice_copy(const struct token_slice *slice, uint64_t first, size_t n, int32_t *tokens);

/* The bucket of each of these tokens' documents. */
void token_slice_buckets(const struct token_slice *slice, uint64_t first, size_t n,
			 uint8_t *buckets);

#endif
