/* SPDX-License-Identifier: MIT
 *
 * Documents inside formats that must be decoded: JSON lines and StarDict dictionaries.
 * Each decoder appends the text of all documents to the pool, and where each ends.
 */
#ifndef MODELS_DOCUMENT_FORMAT_H
#define MODELS_DOCUMENT_FORMAT_H

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

/* Ends of documents in the pool; zero-initialised is empty; the caller frees `ends`. */
struct decoded {
	size_t *ends;
	size_t n, capacity;
};

/* Ends a document where the pool ends now. */
void decoded_add(struct decoded *found, const struct text *pool);

/* The "text" member of each line's object; blank lines are passed over.
 * ERR_DATA with the line's number. */
int decode_jsonl(const char *path, struct text *pool, struct decoded *found, struct error *err);

/* "X.dict", uncompressed, whose entries "X.idx" lists; tags "<...>" within a line are removed.
 * Entries that several words share count once. */
int decode_stardict(const char *path, struct text *pool, struct decoded *found, struct error *err);

#endif
