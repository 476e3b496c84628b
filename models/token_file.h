/* SPDX-License-Identifier: MIT
 *
 * One file of tokens, memory-mapped.  Formats (little-endian):
 *
 *   packed    this program's own, written by `data pack`: struct packed_header, provenance
 *             text, documents sorted by split key, u16 tokens
 *   gpt2      llm.c and modded-nanogpt: 256 x i32 {20240520, 1, n_tokens}, u16 tokens
 *   llama3    llm.c: 256 x i32 {20240801, 7 or 1, n_tokens}, u32 tokens
 *   raw       nanoGPT: u16 tokens and nothing else; the vocabulary must be given
 *
 * Everything else is refused, by name where it is recognised.
 */
#ifndef MODELS_TOKEN_FILE_H
#define MODELS_TOKEN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

/* The purpose of hash64() in the key that decides a document's side of the split. */
#define SPLIT_PURPOSE 0x73706c69742d7631ull /* "split-v1" */

#define PACKED_MAGIC   "MSTOKENS"
#define PACKED_VERSION 1

/* The first 192 bytes of a packed file.  Provenance text follows (terminated, padded so
 * that documents_offset is a multiple of 64), then n_documents x struct packed_document,
 * then the tokens.  Each document begins with one end-of-text token. */
struct packed_header {
	char magic[8];
	uint32_t version;
	uint32_t documents_offset; /* bytes from the start of the file */
	uint32_t vocab;
	uint32_t token_bytes; /* 2 */
	uint32_t eot;
	uint32_t reserved;
	uint64_t n_documents;
	uint64_t n_tokens;
	uint64_t raw_bytes;    /* of the documents' text */
	uint64_t n_duplicates; /* exact copies that were dropped */
	char content_hash[64]; /* hex SHA-256 of packed_content_hash() */
	char tokenizer[32];
	char padding[32];
};

/* Sorted by key; documents of one key (a group) stay on one side of the split. */
struct packed_document {
	uint64_t key;
	uint64_t start; /* index of its first token */
};

enum token_format { TOKEN_PACKED, TOKEN_GPT2, TOKEN_LLAMA3, TOKEN_RAW };

/* What the user says of files that do not say it themselves. */
struct token_hints {
	int64_t vocab; /* 0: the format's */
	int64_t eot;   /* -1: the format's */
};

struct token_file {
	struct file_map map;
	enum token_format format;
	unsigned token_bytes; /* 2 or 4 */
	const void *tokens;   /* at least token_bytes aligned */
	uint64_t n_tokens;
	int64_t vocab;
	int64_t eot;			  /* -1: none */
	const struct packed_header *head; /* TOKEN_PACKED, else NULL */
	const struct packed_document *documents;
	const char *provenance;
	struct timespec modified; /* when it was opened */
	uint64_t inode;
};

/* "bytes", or the name of the format's tokenizer. */
const char *token_file_tokenizer(const struct token_file *file);

/* Maps and checks everything that can be checked without reading the tokens.
 * ERR_IO; ERR_DATA and ERR_USAGE with the reason and the remedy. */
int token_file_open(struct token_file *file, const char *path, const struct token_hints *hints,
		    struct error *err);
void token_file_close(struct token_file *file);

/* False where the tokens that are mapped were written to since; a new file in place of the old one
 * changes none of them. */
bool token_file_is_unchanged(const struct token_file *file, const char *path);

/* Reads every token: ERR_DATA where one is not below the vocabulary. */
int token_file_check(const struct token_file *file, const char *path, struct error *err);

/* The identity of a packed file's content: vocabulary, end of text, documents, tokens. */
void packed_content_hash(const struct packed_header *head, const struct packed_document *documents,
			 const void *tokens, char hex[SHA256_HEX]);

static inline int32_t token_at(const void *tokens, unsigned token_bytes, uint64_t i)
{
	return token_bytes == 2 ? ((const uint16_t *)tokens)[i]
				: (int32_t)((const uint32_t *)tokens)[i];
}

#endif
