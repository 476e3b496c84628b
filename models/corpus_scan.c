/* SPDX-License-Identifier: MIT */
#include "models/corpus_scan.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "models/corpus.h"

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

static void hash_files(const struct token_file *files, size_t n_files, char hash[SHA256_HEX])
{
	struct sha256 sha;

	sha256_start(&sha);
	sha256_add(&sha, &files[0].vocab, sizeof(files[0].vocab));
	sha256_add(&sha, &files[0].eot, sizeof(files[0].eot));
	for (size_t i = 0; i < n_files; i++) {
		sha256_add(&sha, &files[i].n_tokens, sizeof(files[i].n_tokens));
		sha256_add(&sha, files[i].tokens, files[i].n_tokens * files[i].token_bytes);
	}
	sha256_finish(&sha, hash);
}

static int scan_files(const struct token_file *files, const char *const *paths, size_t n_files,
		      uint64_t wanted, struct corpus_split *split, struct error *err)
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
		qsort(scan.documents, scan.n, sizeof(*scan.documents), compare_keys);
		result = corpus_split_choose(split, scan.documents, scan.n, wanted, paths[0], err);
	}
	free(scan.documents);
	return result;
}

/* The cache: one file for each set of token files and options, named by what decides it. */

struct cache_header {
	char magic[8];
	char hash[64];
	uint64_t n_val, n_test, n_documents;
};

#define CACHE_MAGIC "MSSPLIT1"

static void add_stamp(struct text *stamp, const struct token_file *file, const char *path)
{
	char *full = realpath(path, NULL);
	struct stat status = {0};

	stat(path, &status);
	text_printf(stamp, "%s|%lld|%lld.%09ld|%" PRId64 "|%" PRId64 "\n", full ? full : path,
		    (long long)status.st_size, (long long)status.st_mtim.tv_sec,
		    status.st_mtim.tv_nsec, file->vocab, file->eot);
	free(full);
}

static int cache_path(const struct token_file *files, const char *const *paths, size_t n_files,
		      uint64_t wanted, struct text *path)
{
	struct text stamp = {0};
	struct sha256 sha;
	char hex[SHA256_HEX];
	int result = cache_directory(path, NULL);

	text_printf(&stamp, "%s %" PRIu64 "\n", CORPUS_ORDER_VERSION, wanted);
	for (size_t i = 0; i < n_files; i++)
		add_stamp(&stamp, &files[i], paths[i]);
	sha256_start(&sha);
	sha256_add(&sha, stamp.data, stamp.length);
	sha256_finish(&sha, hex);
	text_printf(path, "/split-%.32s", hex);
	text_release(&stamp);
	return result;
}

static bool fits(const struct split_document *document, const struct token_file *files,
		 size_t n_files)
{
	return document->file < n_files && document->start < files[document->file].n_tokens &&
	       document->length <= files[document->file].n_tokens - document->start;
}

static bool cache_load(const char *path, const struct token_file *files, size_t n_files,
		       struct corpus_split *split, char hash[SHA256_HEX])
{
	struct cache_header head;
	struct text text = {0};
	const struct split_document *documents;
	bool good = file_read(&text, path, NULL) == 0 && text.length >= sizeof(head);
	uint64_t n = 0;

	if (good) {
		memcpy(&head, text.data, sizeof(head));
		n = (text.length - sizeof(head)) / sizeof(*documents);
		good = memcmp(head.magic, CACHE_MAGIC, sizeof(head.magic)) == 0 &&
		       head.n_val <= n && head.n_test == n - head.n_val &&
		       text.length == sizeof(head) + n * sizeof(*documents);
	}
	documents = good ? (const void *)(text.data + sizeof(head)) : NULL;
	for (uint64_t i = 0; good && i < n; i++)
		good = fits(&documents[i], files, n_files);
	if (good) {
		*split = (struct corpus_split){xmalloc(n * sizeof(*documents)), head.n_val,
					       head.n_test, head.n_documents};
		memcpy(split->held_out, documents, n * sizeof(*documents));
		snprintf(hash, SHA256_HEX, "%.64s", head.hash);
	}
	text_release(&text);
	return good;
}

static void cache_store(const char *path, const struct corpus_split *split,
			const char hash[SHA256_HEX])
{
	struct cache_header head = {
		.n_val = split->n_val, .n_test = split->n_test, .n_documents = split->n_documents};
	struct text text = {0};

	memcpy(head.magic, CACHE_MAGIC, sizeof(head.magic));
	memcpy(head.hash, hash, sizeof(head.hash));
	text_add_bytes(&text, &head, sizeof(head));
	text_add_bytes(&text, split->held_out,
		       (split->n_val + split->n_test) * sizeof(*split->held_out));
	file_write(path, text.data, text.length, NULL);
	text_release(&text);
}

int corpus_scan(const struct token_file *files, const char *const *paths, size_t n_files,
		uint64_t wanted, struct corpus_split *split, char hash[SHA256_HEX],
		struct error *err)
{
	struct text cache = {0};
	bool usable = cache_path(files, paths, n_files, wanted, &cache) == 0;
	int result = 0;

	if (!usable || !cache_load(cache.data, files, n_files, split, hash)) {
		result = scan_files(files, paths, n_files, wanted, split, err);
		if (!result)
			hash_files(files, n_files, hash);
		if (!result && usable)
			cache_store(cache.data, split, hash);
	}
	text_release(&cache);
	return result;
}
