/* SPDX-License-Identifier: MIT */
#include "models/token_slice.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "models/token_file.h"

void token_slice_release(struct token_slice *slice)
{
	free(slice->segments);
	free(slice->documents);
	*slice = (struct token_slice){0};
}

void token_slice_add(struct token_slice *slice, const void *tokens, unsigned token_bytes,
		     uint64_t n)
{
	if (n == 0)
		return;
	slice->segments = grow_array(slice->segments, &slice->segment_capacity,
				     slice->n_segments + 1, sizeof(*slice->segments));
	slice->segments[slice->n_segments++] =
		(struct token_segment){tokens, token_bytes, slice->n_tokens};
	slice->n_tokens += n;
}

void token_slice_cut(struct token_slice *slice, uint64_t n)
{
	assert(n <= slice->n_tokens);
	slice->n_tokens = n;
	while (slice->n_segments && slice->segments[slice->n_segments - 1].start >= n)
		slice->n_segments--;
}

void token_slice_add_document(struct token_slice *slice, uint8_t bucket)
{
	slice->documents = grow_array(slice->documents, &slice->document_capacity,
				      slice->n_documents + 1, sizeof(*slice->documents));
	slice->documents[slice->n_documents++] = (struct slice_document){slice->n_tokens, bucket};
}

/* The last segment that starts at or before `position`. */
static size_t find_segment(const struct token_slice *slice, uint64_t position)
{
	size_t low = 0, high = slice->n_segments;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (slice->segments[middle].start <= position)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static uint64_t segment_end(const struct token_slice *slice, size_t i)
{
	return i + 1 < slice->n_segments ? slice->segments[i + 1].start : slice->n_tokens;
}

void token_slice_copy(const struct token_slice *slice, uint64_t first, size_t n, int32_t *tokens)
{
	assert(first <= slice->n_tokens && n <= slice->n_tokens - first);
	for (size_t i = n ? find_segment(slice, first) : 0; n > 0; i++) {
		const struct token_segment *segment = &slice->segments[i];
		uint64_t offset = first - segment->start;
		uint64_t left = segment_end(slice, i) - first;
		size_t count = left < n ? (size_t)left : n;

		for (size_t j = 0; j < count; j++)
			tokens[j] = token_at(segment->tokens, segment->token_bytes, offset + j);
		tokens += count;
		first += count;
		n -= count;
	}
}

static size_t find_document(const struct token_slice *slice, uint64_t position)
{
	size_t low = 0, high = slice->n_documents;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (slice->documents[middle].start <= position)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void token_slice_buckets(const struct token_slice *slice, uint64_t first, size_t n,
			 uint8_t *buckets)
{
	size_t document = find_document(slice, first);

	for (size_t i = 0; i < n; i++) {
		while (document + 1 < slice->n_documents &&
		       slice->documents[document + 1].start <= first + i)
			document++;
		buckets[i] = slice->documents[document].bucket;
	}
}
