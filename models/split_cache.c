/* SPDX-License-Identifier: MIT */
#include "models/split_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "models/corpus.h"

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

int split_cache_path(const struct token_file *files, const char *const *paths, size_t n_files,
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

bool split_cache_load(const char *path, const struct token_file *files, size_t n_files,
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

void split_cache_store(const char *path, const struct corpus_split *split,
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
