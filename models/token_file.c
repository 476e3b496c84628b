/* SPDX-License-Identifier: MIT
 *
 * Formats are told apart by their first bytes; only a raw file, which has none, is believed
 * on its ending.  Each reader fills the same struct and checks sizes before a token is read.
 */
#include "models/token_file.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "models/format_refusal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "token files are little-endian");
_Static_assert(sizeof(struct packed_header) == 192, "the header has no holes");
_Static_assert(sizeof(struct packed_document) == 16, "the table has no holes");

#define LLMC_HEADER_BYTES 1024
#define LLMC_GPT2	  20240520
#define LLMC_LLAMA3	  20240801

/* Facts of the formats that carry a magic but no vocabulary. */
static const struct format {
	const char *tokenizer;
	unsigned token_bytes;
	int64_t vocab, eot;
} formats[] = {
	[TOKEN_PACKED] = {"bytes", 2, 0, -1},
	[TOKEN_GPT2] = {"gpt2", 2, 50257, 50256},
	[TOKEN_LLAMA3] = {"llama3", 4, 128256, 128000},
	[TOKEN_RAW] = {"unknown", 2, 0, -1},
};

const char *token_file_tokenizer(const struct token_file *file)
{
	return file->head ? file->head->tokenizer : formats[file->format].tokenizer;
}

static int damaged(const char *path, const char *how, struct error *err)
{
	return error_set(err, ERR_DATA,
			 "'%s' is damaged: %s; make it again with 'muon-sweep data pack'", path,
			 how);
}

static int check_head(const struct packed_header *head, size_t size, const char *path,
		      struct error *err)
{
	uint64_t tables;

	if (head->version != PACKED_VERSION)
		return error_set(err, ERR_DATA,
				 "'%s' is a token file of version %" PRIu32
				 ", this program reads version %d; make it again with "
				 "'muon-sweep data pack'",
				 path, head->version, PACKED_VERSION);
	if (head->documents_offset % 64 || head->documents_offset <= sizeof(*head) ||
	    head->documents_offset > size || head->token_bytes != 2 || head->n_documents == 0 ||
	    head->eot >= head->vocab || head->tokenizer[0] == '\0' ||
	    !memchr(head->tokenizer, '\0', sizeof(head->tokenizer)))
		return damaged(path, "its header makes no sense", err);
	tables = (uint64_t)size - head->documents_offset;
	if (head->n_documents > tables / sizeof(struct packed_document) ||
	    head->n_tokens != (tables - head->n_documents * sizeof(struct packed_document)) / 2 ||
	    tables % 2)
		return damaged(path, "it is cut short or too long", err);
	return 0;
}

static int check_documents(const struct token_file *file, const char *path, struct error *err)
{
	const struct packed_document *documents = file->documents;

	for (uint64_t i = 0; i < file->head->n_documents; i++) {
		uint64_t next =
			i + 1 < file->head->n_documents ? documents[i + 1].start : file->n_tokens;

		if (documents[i].start >= next || (i == 0 && documents[0].start != 0) ||
		    (i > 0 && documents[i].key < documents[i - 1].key))
			return damaged(path, "its documents are out of order", err);
	}
	return 0;
}

static int read_packed(struct token_file *file, const char *path, const struct token_hints *hints,
		       struct error *err)
{
	const struct packed_header *head = (const void *)file->map.data;
	int result;

	if (file->map.size < sizeof(*head))
		return damaged(path, "it is cut short or too long", err);
	result = check_head(head, file->map.size, path, err);
	if (result)
		return result;
	if ((hints->vocab && hints->vocab != head->vocab) ||
	    (hints->eot >= 0 && hints->eot != head->eot))
		return error_set(err, ERR_USAGE,
				 "'%s' says its own vocabulary (%" PRIu32
				 ") and end of text (%" PRIu32
				 "); leave data.vocab and data.eot out",
				 path, head->vocab, head->eot);
	file->head = head;
	file->provenance = (const char *)(head + 1);
	file->documents = (const void *)(file->map.data + head->documents_offset);
	file->tokens = file->documents + head->n_documents;
	file->n_tokens = head->n_tokens;
	file->vocab = head->vocab;
	file->eot = head->eot;
	if (!memchr(file->provenance, '\0', head->documents_offset - sizeof(*head)))
		return damaged(path, "its header makes no sense", err);
	return check_documents(file, path, err);
}

static int read_llmc(struct token_file *file, const char *path, struct error *err)
{
	const int32_t *head = (const void *)file->map.data;
	size_t bytes = file->map.size - LLMC_HEADER_BYTES;

	if (file->map.size < LLMC_HEADER_BYTES)
		return error_set(err, ERR_DATA,
				 "'%s' is shorter than its header of %d bytes; download it again",
				 path, LLMC_HEADER_BYTES);
	if (head[1] != 1 && !(file->format == TOKEN_LLAMA3 && head[1] == 7))
		return error_set(err, ERR_DATA,
				 "'%s' is an llm.c token file of version %" PRId32
				 ", which is not known here; write it with version 1",
				 path, head[1]);
	file->tokens = file->map.data + LLMC_HEADER_BYTES;
	file->n_tokens = bytes / file->token_bytes;
	if (head[2] < 0 || bytes != (uint64_t)head[2] * file->token_bytes)
		return error_set(err, ERR_DATA,
				 "'%s' has room for %" PRIu64 " tokens of %u bytes, but its header "
				 "says %" PRId32 "; it is cut short or was written with another "
				 "token size",
				 path, file->n_tokens, file->token_bytes, head[2]);
	if (head[2] == 0)
		return error_set(err, ERR_DATA, "'%s' has no tokens; give files with tokens", path);
	return 0;
}

/* 32-bit tokens below 65536 have a zero in every second half. */
static bool looks_like_32_bits(const struct token_file *file)
{
	const uint16_t *tokens = file->tokens;
	uint64_t pairs = file->n_tokens / 2 < 4096 ? file->n_tokens / 2 : 4096;
	uint64_t zeros = 0;

	for (uint64_t i = 0; i < pairs; i++)
		zeros += tokens[2 * i + 1] <= 1;
	return pairs >= 16 && zeros * 100 >= pairs * 99;
}

static bool has_megatron_index(const char *path)
{
	struct text index = {0};
	bool there;

	text_add_bytes(&index, path, strlen(path) - strlen(".bin"));
	text_add(&index, ".idx");
	there = access(index.data, F_OK) == 0;
	text_release(&index);
	return there;
}

static int read_raw(struct token_file *file, const char *path, const struct token_hints *hints,
		    struct error *err)
{
	int result = format_refusal(path, file->map.data, file->map.size, "a token file", err);

	if (result)
		return result;
	if (format_is_text(path))
		return error_set(err, ERR_DATA,
				 "'%s' is text; make tokens of it with 'muon-sweep data pack %s -o "
				 "x.tokens'",
				 path, path);
	if (!text_ends_with(path, ".bin") && !text_ends_with(path, ".ds"))
		return error_set(err, ERR_DATA,
				 "'%s' is no token file known here; 'muon-sweep data pack' makes "
				 "one from text, and raw uint16 tokens must end in .bin",
				 path);
	if (text_ends_with(path, ".bin") && has_megatron_index(path))
		return error_set(err, ERR_DATA,
				 "'%s' belongs to a Megatron index (.idx); copy its tokens as raw "
				 "uint16 to a .bin file without one and give data.vocab",
				 path);
	file->tokens = file->map.data;
	file->n_tokens = file->map.size / 2;
	if (file->map.size % 2)
		return error_set(err, ERR_DATA,
				 "'%s' has an odd size, so it holds no 16-bit tokens; if it is "
				 "text, use 'muon-sweep data pack'",
				 path);
	if (looks_like_32_bits(file))
		return error_set(err, ERR_DATA,
				 "'%s' looks like 32-bit tokens read as 16-bit ones (every second "
				 "one is 0); write them as uint16, or as uint32 behind llm.c's "
				 "Llama-3 header",
				 path);
	if (hints->vocab == 0)
		return error_set(err, ERR_USAGE,
				 "'%s' has no header to say its vocabulary; give data.vocab (50257 "
				 "for GPT-2) and, where documents have an end, data.eot",
				 path);
	return 0;
}

static int32_t first_word(const struct file_map *map)
{
	int32_t word = 0;

	if (map->size >= sizeof(word))
		memcpy(&word, map->data, sizeof(word));
	return word;
}

static enum token_format format_of(const struct file_map *map)
{
	if (map->size >= 8 && memcmp(map->data, PACKED_MAGIC, 8) == 0)
		return TOKEN_PACKED;
	if (first_word(map) == LLMC_GPT2)
		return TOKEN_GPT2;
	return first_word(map) == LLMC_LLAMA3 ? TOKEN_LLAMA3 : TOKEN_RAW;
}

static int read_file(struct token_file *file, const char *path, const struct token_hints *hints,
		     struct error *err)
{
	int result;

	if (file->format == TOKEN_PACKED)
		return read_packed(file, path, hints, err);
	file->vocab = hints->vocab ? hints->vocab : formats[file->format].vocab;
	file->eot = hints->eot >= 0 ? hints->eot : formats[file->format].eot;
	if (file->format != TOKEN_RAW)
		result = read_llmc(file, path, err);
	else
		result = read_raw(file, path, hints, err);
	if (!result && file->eot >= file->vocab)
		result = error_set(err, ERR_USAGE,
				   "data.eot %" PRId64 " is not below data.vocab %" PRId64
				   "; give a larger data.vocab",
				   file->eot, file->vocab);
	return result;
}

static void take_stamp(struct token_file *file, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0) {
		file->modified = status.st_mtim;
		file->inode = status.st_ino;
	}
}

bool token_file_is_unchanged(const struct token_file *file, const char *path)
{
	struct token_file now = {.inode = 0};

	take_stamp(&now, path);
	return now.inode != file->inode || (now.modified.tv_sec == file->modified.tv_sec &&
					    now.modified.tv_nsec == file->modified.tv_nsec);
}

int token_file_open(struct token_file *file, const char *path, const struct token_hints *hints,
		    struct error *err)
{
	int result;

	*file = (struct token_file){.eot = -1, .provenance = ""};
	take_stamp(file, path);
	result = file_map_open(&file->map, path, err);
	if (result)
		return result;
	file->format = format_of(&file->map);
	file->token_bytes = formats[file->format].token_bytes;
	if (file->map.size == 0)
		result = error_set(err, ERR_DATA, "'%s' is empty; give files with tokens", path);
	else
		result = read_file(file, path, hints, err);
	if (result)
		token_file_close(file);
	return result;
}

void token_file_close(struct token_file *file)
{
	file_map_close(&file->map);
	*file = (struct token_file){.eot = -1, .provenance = ""};
}

int token_file_check(const struct token_file *file, const char *path, struct error *err)
{
	uint32_t highest = 0;

	for (uint64_t i = 0; i < file->n_tokens; i++) {
		uint32_t token = (uint32_t)token_at(file->tokens, file->token_bytes, i);

		highest = token > highest ? token : highest;
	}
	if (highest < file->vocab)
		return 0;
	if (file->head)
		return damaged(path, "it has tokens beyond its vocabulary", err);
	return error_set(err, ERR_DATA,
			 "'%s' has token %" PRIu32 ", but the vocabulary is %" PRId64
			 "; give data.vocab: %" PRIu32 " or more",
			 path, highest, file->vocab, highest + 1);
}

void packed_content_hash(const struct packed_header *head, const struct packed_document *documents,
			 const void *tokens, char hex[SHA256_HEX])
{
	struct sha256 hash;

	sha256_start(&hash);
	sha256_add(&hash, &head->vocab, sizeof(head->vocab));
	sha256_add(&hash, &head->eot, sizeof(head->eot));
	sha256_add(&hash, documents, head->n_documents * sizeof(*documents));
	sha256_add(&hash, tokens, head->n_tokens * head->token_bytes);
	sha256_finish(&hash, hex);
}
