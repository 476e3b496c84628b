/* SPDX-License-Identifier: MIT
 *
 * Packing: text files to a token file of bytes (256 values and end of text, 256).  Documents
 * are sorted by split key and content, exact duplicates are dropped, and every document begins
 * with an end-of-text token.  So the same texts give the same bytes, in whatever order and
 * wherever they lie; held-out and test documents are the two ends of the file, and every
 * prefix of what is between is a random sample.
 */
#ifndef MODELS_PACK_H
#define MODELS_PACK_H

#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "models/document.h"

#define BYTE_VOCAB 257
#define BYTE_EOT   256

struct pack_facts {
	enum document_rule rule; /* the one that AUTO became */
	size_t n_files;
	uint64_t n_documents, n_duplicates, n_tokens, raw_bytes;
	uint64_t text_bytes;	    /* of all files, as decoded */
	char text_hash[SHA256_HEX]; /* of all files one after the other */
};

struct pack {
	struct document_list documents;
	struct pack_facts facts;
};

/* Reads files and folders (all files below).  ERR_IO, ERR_DATA. */
int pack_read(struct pack *pack, const char *const *paths, size_t n_paths, enum document_rule rule,
	      const char *drop_prefix, struct error *err);

/* Sorts, drops duplicates and writes the token file.  `provenance`: lines "key: value" that
 * travel with it.  ERR_DATA when there is no document; ERR_IO, ERR_NOMEM. */
int pack_write(struct pack *pack, const char *path, const char *provenance, struct error *err);

void pack_release(struct pack *pack);

#endif
