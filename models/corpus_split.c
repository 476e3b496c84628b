/* SPDX-License-Identifier: MIT */
#include "models/corpus_split.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "models/corpus.h"

#define LARGEST_SHARE 2 /* val and test together: at most 1 of 2 tokens */

void corpus_split_release(struct corpus_split *split)
{
	free(split->held_out);
	*split = (struct corpus_split){0};
}

static int too_small(const char *name, uint64_t n_tokens, uint64_t n_documents, uint64_t wanted,
		     struct error *err)
{
	return error_set(err, ERR_USAGE,
			 "'%s' has %" PRIu64 " tokens in %" PRIu64 " document%s, too few to hold "
			 "out %" PRIu64 " twice; give data.val_tokens: %" PRIu64
			 " or less, or more and shorter documents",
			 name, n_tokens, n_documents, n_documents == 1 ? "" : "s", wanted - 1,
			 n_tokens / 10);
}

int corpus_split_choose(struct corpus_split *split, const struct split_document *documents,
			uint64_t n, uint64_t wanted, const char *name, struct error *err)
{
	uint64_t total = 0, val = 0, test = 0, n_val = 0, n_test = 0;

	for (uint64_t i = 0; i < n; i++)
		total += documents[i].length;
	for (; n_val < n && (val < wanted || documents[n_val].key == documents[n_val - 1].key);
	     n_val++)
		val += documents[n_val].length;
	for (; n_test < n &&
	       (test < wanted || documents[n - 1 - n_test].key == documents[n - n_test].key);
	     n_test++)
		test += documents[n - 1 - n_test].length;
	if (val < wanted || test < wanted || n_val + n_test >= n ||
	    val + test > total / LARGEST_SHARE)
		return too_small(name, total, n, wanted, err);
	split->held_out = xmalloc((n_val + n_test) * sizeof(*documents));
	memcpy(split->held_out, documents, n_val * sizeof(*documents));
	memcpy(split->held_out + n_val, documents + n - n_test, n_test * sizeof(*documents));
	split->n_val = n_val;
	split->n_test = n_test;
	split->n_documents = n;
	return 0;
}

struct split_document *packed_documents(const struct token_file *file)
{
	uint64_t n = file->head->n_documents;
	struct split_document *documents = xmalloc(n * sizeof(*documents));

	for (uint64_t i = 0; i < n; i++) {
		const struct packed_document *from = &file->documents[i];
		uint64_t end = i + 1 < n ? from[1].start : file->n_tokens;

		documents[i] =
			(struct split_document){from->key, 0, from->start, end - from->start};
	}
	return documents;
}

static const void *address(const struct token_file *file, uint64_t token)
{
	return (const unsigned char *)file->tokens + token * file->token_bytes;
}

/* Documents of one group are told apart by their rank in it. */
static void fill_held_out(struct token_slice *slice, const struct token_file *files,
			  const struct split_document *documents, uint64_t n, uint64_t wanted)
{
	uint64_t rank = 0;

	for (uint64_t i = 0; i < n && slice->n_tokens < wanted; i++) {
		const struct split_document *document = &documents[i];
		const struct token_file *file = &files[document->file];
		uint64_t room = wanted - slice->n_tokens;

		rank = i > 0 && document->key == documents[i - 1].key ? rank + 1 : 0;
		token_slice_add_document(slice, mix64(document->key + rank) % CORPUS_BUCKETS);
		token_slice_add(slice, address(file, document->start), file->token_bytes,
				document->length < room ? document->length : room);
	}
}

static int compare_places(const void *a, const void *b)
{
	const struct split_document *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

/* What lies between the held-out documents. */
static void fill_train(struct token_slice *slice, const struct token_file *files, size_t n_files,
		       const struct split_document *held_out, uint64_t n)
{
	uint64_t next = 0;

	for (size_t i = 0; i < n_files; i++) {
		const struct token_file *file = &files[i];
		uint64_t at = 0;

		for (; next < n && held_out[next].file == i; next++) {
			token_slice_add(slice, address(file, at), file->token_bytes,
					held_out[next].start - at);
			at = held_out[next].start + held_out[next].length;
		}
		token_slice_add(slice, address(file, at), file->token_bytes, file->n_tokens - at);
	}
}

void corpus_split_apply(const struct corpus_split *split, const struct token_file *files,
			size_t n_files, uint64_t wanted, struct token_slice *train,
			struct token_slice *val, struct token_slice *test)
{
	uint64_t n = split->n_val + split->n_test;
	struct split_document *places = xmalloc(n * sizeof(*places));

	fill_held_out(val, files, split->held_out, split->n_val, wanted);
	fill_held_out(test, files, split->held_out + split->n_val, split->n_test, wanted);
	memcpy(places, split->held_out, n * sizeof(*places));
	qsort(places, n, sizeof(*places), compare_places);
	fill_train(train, files, n_files, places, n);
	free(places);
}
