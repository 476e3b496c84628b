/* SPDX-License-Identifier: MIT
 *
 * Documents: where one text ends and the next begins.  Documents are what is held out, so a
 * rule that cuts within a text would leak.
 */
#ifndef MODELS_DOCUMENT_H
#define MODELS_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"
#include "base/text.h"

enum document_rule {
	DOCUMENT_AUTO,	     /* jsonl by its ending; one file: blank_line; several: file */
	DOCUMENT_FILE,	     /* each file */
	DOCUMENT_DIRECTORY,  /* each file; files of one folder are held out together */
	DOCUMENT_BLANK_LINE, /* at blank lines, pieces of at least 4 KiB */
	DOCUMENT_ENTRY,	     /* at blank lines before a line that is not indented */
	DOCUMENT_ENDOFTEXT,  /* at "<|endoftext|>" */
	DOCUMENT_JSONL,	     /* the "text" member of each line */
	DOCUMENT_STARDICT,   /* X.dict by its X.idx, tags removed */
};

extern const struct key_choice document_rules[]; /* ends with a NULL name */

/* A document is pool[start, start + size). */
struct document {
	size_t start, size;
	uint64_t key;	     /* decides the split: hash of the content or of the group's name */
	uint64_t content[2]; /* hashes of the content */
};

struct document_list {
	struct text pool; /* the text of all documents */
	struct document *items;
	size_t n, capacity;
};

void document_list_release(struct document_list *list);

/* A file and how it is cut. */
struct document_source {
	const char *path;
	enum document_rule rule;
	const char *group;	 /* its name is hashed to the key; NULL: the content is */
	const char *drop_prefix; /* documents that start with it are left out; NULL: none */
};

/* Reads the file into the pool and adds its documents but those of white space alone.
 * ERR_IO; ERR_DATA where the file is not what the rule needs. */
int document_list_read(struct document_list *list, const struct document_source *source,
		       struct error *err);

#endif
