/* SPDX-License-Identifier: MIT
 *
 * Rules that cut a text are one function each: from the start of a document to its end.
 * The two formats that must be decoded first (jsonl, stardict) hand over whole documents.
 */
#include "models/document.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "models/document_format.h"
#include "models/format_refusal.h"
#include "models/token_file.h"

#define SPLIT_PURPOSE	 0x73706c69742d7631ull /* "split-v1" */
#define CONTENT_PURPOSE	 0x636f6e74656e7431ull /* "content1" */
#define BLANK_LINE_BYTES 4096
#define ENDOFTEXT	 "<|endoftext|>"

const struct key_choice document_rules[] = {
	{"auto", NULL, "by the files"},
	{"file", NULL, "each file is a document"},
	{"directory", NULL, "each file, and files of one folder are held out together"},
	{"blank_line", "blank", "at blank lines, pieces of at least 4 KiB"},
	{"entry", NULL, "at blank lines before a line that is not indented"},
	{"endoftext", NULL, "at <|endoftext|>"},
	{"jsonl", NULL, "the text member of each line"},
	{"stardict", NULL, "entries of X.dict by X.idx"},
	{NULL, NULL, NULL},
};

void document_list_release(struct document_list *list)
{
	text_release(&list->pool);
	free(list->items);
	*list = (struct document_list){0};
}

static bool is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!isspace((unsigned char)text[i]))
			return false;
	return true;
}

static void add_document(struct document_list *list, const struct document_source *source,
			 size_t start, size_t size)
{
	const char *text = text_string(&list->pool) + start;
	const char *drop = source->drop_prefix;
	struct document document = {.start = start, .size = size};

	if (is_blank(text, size) ||
	    (drop && size >= strlen(drop) && memcmp(text, drop, strlen(drop)) == 0))
		return;
	document.content[0] = hash64(SPLIT_PURPOSE, text, size);
	document.content[1] = hash64(CONTENT_PURPOSE, text, size);
	document.key = source->group ? hash64(SPLIT_PURPOSE, source->group, strlen(source->group))
				     : document.content[0];
	list->items = grow_array(list->items, &list->capacity, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = document;
}

/* Each returns where the document that starts at `at` ends. */
static size_t whole_file(const char *text, size_t size, size_t at)
{
	(void)text;
	(void)at;
	return size;
}

static size_t after_entry(const char *text, size_t size, size_t at)
{
	for (size_t i = at + 2; i < size; i++)
		if (text[i - 1] == '\n' && text[i - 2] == '\n' && !isspace((unsigned char)text[i]))
			return i;
	return size;
}

static size_t after_blank_line(const char *text, size_t size, size_t at)
{
	for (size_t i = at + BLANK_LINE_BYTES; i < size; i++)
		if (text[i - 1] == '\n' && text[i - 2] == '\n' && text[i] != '\n')
			return i;
	return size;
}

static size_t after_endoftext(const char *text, size_t size, size_t at)
{
	const char *mark = memmem(text + at, size - at, ENDOFTEXT, strlen(ENDOFTEXT));

	return mark ? (size_t)(mark - text) + strlen(ENDOFTEXT) : size;
}

/* An end-of-text mark is no text, nor is the line end after it. */
static void add_piece(struct document_list *list, const struct document_source *source,
		      size_t start, size_t size)
{
	const char *text = list->pool.data;
	size_t mark = strlen(ENDOFTEXT);

	if (source->rule == DOCUMENT_ENDOFTEXT) {
		if (size >= mark && memcmp(text + start + size - mark, ENDOFTEXT, mark) == 0)
			size -= mark;
		if (size > 0 && text[start] == '\n') {
			start++;
			size--;
		}
	}
	add_document(list, source, start, size);
}

static int cut(struct document_list *list, const struct document_source *source,
	       size_t (*end_of)(const char *text, size_t size, size_t at), struct error *err)
{
	size_t before = list->pool.length;
	const char *text;
	size_t size;
	int result = file_read(&list->pool, source->path, err);

	if (result)
		return result;
	size = list->pool.length - before;
	if (size == 0)
		return 0;
	text = list->pool.data + before;
	result = format_refusal(source->path, text, size, "text", err);
	if (!result && memchr(text, '\0', size))
		result = error_set(err, ERR_DATA,
				   "'%s' has zero bytes, so it is no text; leave it out",
				   source->path);
	for (size_t at = 0, end; !result && at < size; at = end) {
		end = end_of(text, size, at);
		add_piece(list, source, before + at, end - at);
	}
	return result;
}

void decoded_add(struct decoded *found, const struct text *pool)
{
	found->ends = grow_array(found->ends, &found->capacity, found->n + 1, sizeof(*found->ends));
	found->ends[found->n++] = pool->length;
}

static int add_decoded(struct document_list *list, const struct document_source *source,
		       int (*decode)(const char *path, struct text *pool, struct decoded *found,
				     struct error *err),
		       struct error *err)
{
	struct decoded found = {0};
	size_t start = list->pool.length;
	int result = decode(source->path, &list->pool, &found, err);

	for (size_t i = 0; !result && i < found.n; i++) {
		add_document(list, source, start, found.ends[i] - start);
		start = found.ends[i];
	}
	free(found.ends);
	return result;
}

int document_list_read(struct document_list *list, const struct document_source *source,
		       struct error *err)
{
	static size_t (*const ends[])(const char *, size_t, size_t) = {
		[DOCUMENT_AUTO] = whole_file,	   [DOCUMENT_FILE] = whole_file,
		[DOCUMENT_DIRECTORY] = whole_file, [DOCUMENT_BLANK_LINE] = after_blank_line,
		[DOCUMENT_ENTRY] = after_entry,	   [DOCUMENT_ENDOFTEXT] = after_endoftext,
	};

	if (source->rule == DOCUMENT_JSONL)
		return add_decoded(list, source, decode_jsonl, err);
	if (source->rule == DOCUMENT_STARDICT)
		return add_decoded(list, source, decode_stardict, err);
	return cut(list, source, ends[source->rule], err);
}
