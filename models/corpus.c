/* SPDX-License-Identifier: MIT
 *
 * Opening a corpus: find the files, map them, take the split from the packed file's table or
 * from a scan, and lay out the slices.
 */
#include "models/corpus.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/corpus_find.h"
#include "models/corpus_impl.h"
#include "models/corpus_scan.h"
#include "models/corpus_split.h"

#define FIELD(name) offsetof(struct corpus_options, name)

const struct key corpus_keys[] = {
	{"corpus", KEY_TEXT, FIELD(corpus), 0, 0, 0, NULL, "", NULL,
	 "name of a packed corpus, see 'muon-sweep data list'; or give files"},
	{"tokenizer", KEY_TEXT, FIELD(tokenizer), 0, 0, 0, NULL, "bytes", NULL,
	 "bytes; token files carry their own"},
	{"val_tokens", KEY_INTEGER, FIELD(val_tokens), 1024, 0x1p40, 0, NULL, "1M", "tokens",
	 "held out by document hash, never trained on; a test slice of the same size beside it"},
	{"block_tokens", KEY_INTEGER, FIELD(block_tokens), 2, 0x1p24, 0, NULL, "2048", "tokens",
	 "unit of shuffling; a multiple of every context"},
	{"unique_tokens", KEY_INTEGER, FIELD(unique_tokens), 0, 0x1p50, 0, NULL, "0", "tokens",
	 "train on this nested prefix of the training tokens only; 0: all"},
	{"epochs", KEY_REAL, FIELD(epochs), 0, 1e6, true, NULL, "1", NULL,
	 "passes over the training tokens that a trial may make"},
	{"allow_leak", KEY_BOOL, FIELD(allow_leak), 0, 0, 0, NULL, "false", NULL,
	 "go on although more than 10 % of held-out text is also in train"},
	{"vocab", KEY_INTEGER, FIELD(vocab), 0, 0x1p31 - 1, 0, NULL, "0", NULL,
	 "vocabulary of raw token files; 0: as the format says"},
	{"eot", KEY_INTEGER, FIELD(eot), -1, 0x1p31 - 1, 0, NULL, "-1", NULL,
	 "id of end of text in token files; -1: as the format says"},
	{"bytes_per_token", KEY_REAL, FIELD(bytes_per_token), 0, 1e3, 0, NULL, "0", "bytes",
	 "of token files, for bits/byte; 0: unknown, then none is given"},
};

const size_t n_corpus_keys = ARRAY_SIZE(corpus_keys);

static int check_tokenizer(const struct corpus_options *options, struct error *err)
{
	if (!options->tokenizer || strcmp(options->tokenizer, "bytes") == 0)
		return 0;
	return error_set(err, ERR_USAGE,
			 "unknown tokenizer '%s'; this version has 'bytes', and token files carry "
			 "their own",
			 options->tokenizer);
}

static int check_alike(const struct token_file *file, const struct token_file *first,
		       const char *path, struct error *err)
{
	if (file->head || first->head)
		return error_set(err, ERR_USAGE,
				 "'%s' cannot be joined with other files, since a packed file is a "
				 "whole corpus; pack all texts into one",
				 path);
	if (file->format != first->format)
		return error_set(err, ERR_USAGE,
				 "'%s' has another format than the files before it; give files of "
				 "one format",
				 path);
	return 0;
}

static int open_files(struct corpus *corpus, const char *const *paths, size_t n_paths,
		      const struct token_hints *hints, struct error *err)
{
	int result = 0;

	corpus->files = xcalloc(n_paths, sizeof(*corpus->files));
	for (size_t i = 0; !result && i < n_paths; i++) {
		result = token_file_open(&corpus->files[i], paths[i], hints, err);
		if (result)
			break;
		corpus->n_files = i + 1;
		if (i > 0)
			result = check_alike(&corpus->files[i], &corpus->files[0], paths[i], err);
	}
	return result;
}

static int lay_out(struct corpus *corpus, const char *const *paths, uint64_t wanted,
		   struct error *err)
{
	struct corpus_split split = {0};
	struct token_slice *slices = corpus->slices;
	int result = corpus_scan(corpus->files, paths, corpus->n_files, wanted, &split,
				 corpus->facts.hash, err);

	if (!result) {
		corpus_split_apply(&split, corpus->files, corpus->n_files, wanted,
				   &slices[CORPUS_TRAIN], &slices[CORPUS_VAL],
				   &slices[CORPUS_TEST]);
		corpus->facts.n_documents = split.n_documents;
		corpus->facts.slice_documents[CORPUS_TRAIN] =
			split.n_documents - split.n_val - split.n_test;
	}
	corpus_split_release(&split);
	return result;
}

/* Cuts train to the prefix asked for and counts the blocks of an epoch: as many as fit at
 * every offset below one block, with one more token for the last target. */
static int limit_train(struct corpus *corpus, const struct corpus_options *options,
		       struct error *err)
{
	struct token_slice *train = &corpus->slices[CORPUS_TRAIN];
	uint64_t unique = (uint64_t)options->unique_tokens;

	if (unique > train->n_tokens)
		return error_set(err, ERR_USAGE,
				 "data.unique_tokens %" PRIu64 " is more than the %" PRIu64
				 " training tokens of '%s'; give that or less",
				 unique, train->n_tokens, corpus->facts.name);
	if (unique)
		token_slice_cut(train, unique);
	corpus->block_tokens = (uint64_t)options->block_tokens;
	if (train->n_tokens < 2 * corpus->block_tokens)
		return error_set(err, ERR_USAGE,
				 "'%s' has %" PRIu64 " training tokens, fewer than two blocks of "
				 "%" PRIu64 "; give a smaller data.block_tokens or more text",
				 corpus->facts.name, train->n_tokens, corpus->block_tokens);
	corpus->n_blocks = (train->n_tokens - corpus->block_tokens) / corpus->block_tokens;
	corpus->facts.epoch_tokens = corpus->n_blocks * corpus->block_tokens;
	return 0;
}

static void fill_facts(struct corpus *corpus, const struct corpus_options *options)
{
	const struct token_file *first = &corpus->files[0];
	struct corpus_facts *facts = &corpus->facts;

	facts->tokenizer = token_file_tokenizer(first);
	facts->provenance = first->provenance;
	facts->vocab = first->vocab;
	facts->eot = first->eot;
	facts->n_duplicates = first->head ? first->head->n_duplicates : 0;
	for (size_t i = 0; i < corpus->n_files; i++)
		facts->n_tokens += corpus->files[i].n_tokens;
	corpus->bytes_per_token =
		options->bytes_per_token > 0 ? options->bytes_per_token : (double)NAN;
	facts->raw_bytes = first->head ? (double)first->head->raw_bytes
				       : corpus->bytes_per_token * (double)facts->n_tokens;
	facts->slice_tokens[CORPUS_TRAIN] = corpus->slices[CORPUS_TRAIN].n_tokens;
	for (int slice = CORPUS_VAL; slice <= CORPUS_TEST; slice++) {
		facts->slice_tokens[slice] = corpus->slices[slice].n_tokens - 1;
		facts->slice_documents[slice] = corpus->slices[slice].n_documents;
	}
}

int corpus_open(struct corpus **corpus, const struct corpus_options *options, struct error *err)
{
	struct corpus *c = xcalloc(1, sizeof(*c));
	struct token_hints hints = {options->vocab, options->eot};
	const char *const *paths;
	size_t n_paths;
	int result = check_tokenizer(options, err);

	if (!result)
		result = corpus_find(options, &c->arena, &paths, &n_paths, err);
	if (!result) {
		c->facts.name =
			options->n_files ? paths[0] : arena_strdup(&c->arena, options->corpus);
		c->paths = paths;
		result = open_files(c, paths, n_paths, &hints, err);
	}
	if (!result)
		result = lay_out(c, paths, (uint64_t)options->val_tokens + 1, err);
	if (!result)
		result = limit_train(c, options, err);
	if (result) {
		corpus_close(c);
		return result;
	}
	fill_facts(c, options);
	corpus_forget_pages(c);
	*corpus = c;
	return 0;
}

void corpus_close(struct corpus *corpus)
{
	if (!corpus)
		return;
	for (int slice = 0; slice < CORPUS_SLICES; slice++)
		token_slice_release(&corpus->slices[slice]);
	for (size_t i = 0; i < corpus->n_files; i++)
		token_file_close(&corpus->files[i]);
	free(corpus->files);
	arena_release(&corpus->arena);
	free(corpus);
}

const struct corpus_facts *corpus_facts(const struct corpus *corpus)
{
	return &corpus->facts;
}

int corpus_check_unchanged(const struct corpus *corpus, struct error *err)
{
	for (size_t i = 0; i < corpus->n_files; i++)
		if (!token_file_is_unchanged(&corpus->files[i], corpus->paths[i]))
			return error_set(
				err, ERR_DATA,
				"'%s' was written to while it was in use; what was trained "
				"on is a mixture",
				corpus->paths[i]);
	return 0;
}

int corpus_verify(const struct corpus *corpus, struct error *err)
{
	char hex[SHA256_HEX];

	for (size_t i = 0; i < corpus->n_files; i++) {
		const struct token_file *file = &corpus->files[i];

		if (!file->head)
			continue;
		packed_content_hash(file->head, file->documents, file->tokens, hex);
		if (strcmp(hex, corpus->facts.hash) != 0)
			return error_set(err, ERR_DATA,
					 "'%s' is damaged: its content has SHA-256 %.16s.., not "
					 "%.16s..; make it again with 'muon-sweep data pack'",
					 corpus->facts.name, hex, corpus->facts.hash);
	}
	return 0;
}
