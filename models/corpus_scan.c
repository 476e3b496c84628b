/* SPDX-License-Identifier: MIT */
#include "models/corpus_scan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "models/split_cache.h"

struct scan {
	struct split_document *documents;
	size_t n, capacity;
};

static void add_document(struct scan *scan, const struct token_file *file, size_t index,
			 uint64_t start, uint64_t end)
{
	const unsigned char *tokens = file->tokens;
	uint64_t key;

	if (start == end)
		return;
	key = hash64(SPLIT_PURPOSE, tokens + start * file->token_bytes,
		     (end - start) * file->token_bytes);
	scan->documents =
		grow_array(scan->documents, &scan->capacity, scan->n + 1, sizeof(*scan->documents));
	scan->documents[scan->n++] = (struct split_document){key, index, start, end - start};
}

static void scan_units(struct scan *scan, const struct token_file *file, size_t index)
{
	for (uint64_t at = 0; at < file->n_tokens; at += SCAN_UNIT_TOKENS) {
		uint64_t left = file->n_tokens - at;

		add_document(scan, file, index, at,
			     at + (left < SCAN_UNIT_TOKENS ? left : SCAN_UNIT_TOKENS));
	}
}

static bool scan_documents(struct scan *scan, const struct token_file *file, size_t index,
			   bool mark_first)
{
	uint64_t start = 0;
	bool found = false;

	for (uint64_t i = 0; i < file->n_tokens; i++) {
		uint64_t end = mark_first ? i : i + 1;

		if (token_at(file->tokens, file->token_bytes, i) != file->eot)
			continue;
		found = true;
		add_document(scan, file, index, start, end);
		start = end;
	}
	if (found)
		add_document(scan, file, index, start, file->n_tokens);
	return found;
}

static int compare_keys(const void *a, const void *b)
{
	const struct split_document *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

/* The identity of the corpus: SHA-256 over the documents' hashes in the order of the files,
 * ten times as fast as over the tokens. */
static void hash_documents(const struct token_file *first, const struct scan *scan,
			   char hash[SHA256_HEX])
{
	struct sha256 sha;

	sha256_start(&sha);
	sha256_add(&sha, &first->vocab, sizeof(first->vocab));
	sha256_add(&sha, &first->eot, sizeof(first->eot));
	for (size_t i = 0; i < scan->n; i++) {
		sha256_add(&sha, &scan->documents[i].key, sizeof(scan->documents[i].key));
		sha256_add(&sha, &scan->documents[i].length, sizeof(scan->documents[i].length));
	}
	sha256_finish(&sha, hash);
}

static int scan_files(const struct token_file *files, const char *const *paths, size_t n_files,
		      uint64_t wanted, struct corpus_split *split, char hash[SHA256_HEX],
		      struct error *err)
{
	bool mark_first = token_at(files[0].tokens, files[0].token_bytes, 0) == files[0].eot;
	struct scan scan = {0};
	int result = 0;

	for (size_t i = 0; !result && i < n_files; i++) {
		result = token_file_check(&files[i], paths[i], err);
		if (!result && !scan_documents(&scan, &files[i], i, mark_first))
			scan_units(&scan, &files[i], i);
	}
	if (!result) {
		hash_documents(&files[0], &scan, hash);
		qsort(scan.documents, scan.n, sizeof(*scan.documents), compare_keys);
		result = corpus_split_choose(split, scan.documents, scan.n, wanted, paths[0], err);
	}
	free(scan.documents);
	return result;
}

static int read_packed(const struct token_file *file, const char *path, uint64_t wanted,
		       struct corpus_split *split, char hash[SHA256_HEX], struct error *err)
{
	struct split_document *documents;
	int result = token_file_check(file, path, err);

	if (result)
		return result;
	documents = packed_documents(file);
	result = corpus_split_choose(split, documents, file->head->n_documents, wanted, path, err);
	free(documents);
	snprintf(hash, SHA256_HEX, "%.64s", file->head->content_hash);
	return result;
}

int corpus_scan(const struct token_file *files, const char *const *paths, size_t n_files,
		uint64_t wanted, struct corpus_split *split, char hash[SHA256_HEX],
		struct error *err)
{
	struct text cache = {0};
	bool usable = split_cache_path(files, paths, n_files, wanted, &cache) == 0;
	int result = 0;

	if (!usable || !split_cache_load(cache.data, files, n_files, split, hash)) {
		result = files[0].head
				 ? read_packed(&files[0], paths[0], wanted, split, hash, err)
				 : scan_files(files, paths, n_files, wanted, split, hash, err);
		if (!result && usable)
			split_cache_store(cache.data, split, hash);
	}
	text_release(&cache);
	return result;
}
