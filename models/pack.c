/* SPDX-License-Identifier: MIT */
#include "models/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "models/file_list.h"
#include "models/token_file.h"

static enum document_rule automatic_rule(const struct file_list *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (!text_ends_with(files->items[i].path, ".jsonl"))
			return files->n == 1 ? DOCUMENT_BLANK_LINE : DOCUMENT_FILE;
	return DOCUMENT_JSONL;
}

static int read_files(struct pack *pack, const struct file_list *files, const char *drop_prefix,
		      struct error *err)
{
	int result = 0;

	for (size_t i = 0; !result && i < files->n; i++) {
		struct document_source source = {.path = files->items[i].path,
						 .rule = pack->facts.rule,
						 .drop_prefix = drop_prefix};

		if (source.rule == DOCUMENT_DIRECTORY)
			source.group = files->items[i].folder;
		if (source.rule == DOCUMENT_STARDICT && text_ends_with(source.path, ".idx"))
			continue;
		result = document_list_read(&pack->documents, &source, err);
	}
	return result;
}

static void hash_text(struct pack *pack)
{
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, text_string(&pack->documents.pool), pack->documents.pool.length);
	sha256_finish(&hash, pack->facts.text_hash);
	pack->facts.text_bytes = pack->documents.pool.length;
}

int pack_read(struct pack *pack, const char *const *paths, size_t n_paths, enum document_rule rule,
	      const char *drop_prefix, struct error *err)
{
	struct file_list files = {0};
	int result = 0;

	*pack = (struct pack){0};
	for (size_t i = 0; !result && i < n_paths; i++)
		result = file_list_add(&files, paths[i], err);
	pack->facts.n_files = files.n;
	pack->facts.rule = rule == DOCUMENT_AUTO ? automatic_rule(&files) : rule;
	if (!result)
		result = read_files(pack, &files, drop_prefix, err);
	if (!result)
		hash_text(pack);
	file_list_release(&files);
	return result;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_contents(const void *a, const void *b)
{
	const struct document *x = a, *y = b;
	int order = compare_numbers(x->content[0], y->content[0]);

	if (!order)
		order = compare_numbers(x->content[1], y->content[1]);
	return order ? order : compare_numbers(x->key, y->key);
}

static int compare_keys(const void *a, const void *b)
{
	const struct document *x = a, *y = b;
	int order = compare_numbers(x->key, y->key);

	return order ? order : compare_contents(a, b);
}

/* Of equal documents the one with the lowest key stays; two 64-bit hashes decide. */
static void drop_duplicates(struct pack *pack)
{
	struct document_list *list = &pack->documents;
	size_t kept = 1;

	qsort(list->items, list->n, sizeof(*list->items), compare_contents);
	for (size_t i = 1; i < list->n; i++)
		if (memcmp(list->items[i].content, list->items[kept - 1].content,
			   sizeof(list->items[i].content)) != 0)
			list->items[kept++] = list->items[i];
	pack->facts.n_duplicates = list->n - kept;
	list->n = kept;
	qsort(list->items, list->n, sizeof(*list->items), compare_keys);
}

static void count(struct pack *pack)
{
	struct pack_facts *facts = &pack->facts;

	facts->n_documents = pack->documents.n;
	for (size_t i = 0; i < pack->documents.n; i++)
		facts->raw_bytes += pack->documents.items[i].size;
	facts->n_tokens = facts->raw_bytes + facts->n_documents;
}

static void fill_documents(const struct document_list *list, struct packed_document *documents,
			   uint16_t *tokens)
{
	uint64_t at = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct document *document = &list->items[i];
		const char *text = list->pool.data + document->start;

		documents[i] = (struct packed_document){document->key, at};
		tokens[at++] = BYTE_EOT;
		for (size_t j = 0; j < document->size; j++)
			tokens[at++] = (unsigned char)text[j];
	}
}

static struct packed_header make_header(const struct pack_facts *facts, size_t provenance_bytes)
{
	struct packed_header head = {
		.version = PACKED_VERSION,
		.vocab = BYTE_VOCAB,
		.token_bytes = sizeof(uint16_t),
		.eot = BYTE_EOT,
		.n_documents = facts->n_documents,
		.n_tokens = facts->n_tokens,
		.raw_bytes = facts->raw_bytes,
		.n_duplicates = facts->n_duplicates,
		.tokenizer = "bytes",
	};

	memcpy(head.magic, PACKED_MAGIC, sizeof(head.magic));
	head.documents_offset = (uint32_t)((sizeof(head) + provenance_bytes + 63) / 64 * 64);
	return head;
}

int pack_write(struct pack *pack, const char *path, const char *provenance, struct error *err)
{
	struct packed_header head;
	struct packed_document *documents;
	char hex[SHA256_HEX];
	unsigned char *file;
	size_t size;
	int result;

	if (pack->documents.n == 0)
		return error_set(err, ERR_DATA, "no text in the files given; give files with text");
	drop_duplicates(pack);
	count(pack);
	head = make_header(&pack->facts, strlen(provenance) + 1);
	size = head.documents_offset + head.n_documents * sizeof(*documents) +
	       head.n_tokens * sizeof(uint16_t);
	file = calloc(1, size);
	if (!file)
		return error_set(err, ERR_NOMEM, "no memory for the %zu bytes of '%s'", size, path);
	documents = (void *)(file + head.documents_offset);
	fill_documents(&pack->documents, documents, (void *)(documents + head.n_documents));
	packed_content_hash(&head, documents, documents + head.n_documents, hex);
	memcpy(head.content_hash, hex, sizeof(head.content_hash));
	memcpy(file, &head, sizeof(head));
	memcpy(file + sizeof(head), provenance, strlen(provenance));
	result = file_write(path, file, size, err);
	free(file);
	return result;
}

void pack_release(struct pack *pack)
{
	document_list_release(&pack->documents);
	*pack = (struct pack){0};
}
