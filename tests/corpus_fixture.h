/* SPDX-License-Identifier: MIT
 *
 * Corpora made of generated text, for the tests of what a corpus is and of what it is made from.
 */
#ifndef TESTS_CORPUS_FIXTURE_H
#define TESTS_CORPUS_FIXTURE_H

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "models/corpus.h"
#include "models/pack.h"
#include "tests/scratch.h"

#define N_DOCUMENTS 400
#define VAL_TOKENS  4096
#define BLOCK	    256

static struct arena arena;

/* A document of random words that no other one has: "number: words". */
static inline void add_document(struct text *text, struct random *random, int number)
{
	size_t words = 10 + random_below(random, 60);

	text_printf(text, "%d:", number);
	for (size_t i = 0; i < words; i++) {
		text_add_char(text, ' ');
		for (size_t j = 0; j < 4; j++)
			text_add_char(text, (char)('a' + random_below(random, 26)));
	}
	text_add(text, "\n\n");
}

static inline void write_documents(const char *path, int first, int n)
{
	struct text text = {0};

	for (int i = first; i < first + n; i++) {
		struct random random = random_stream(1, (uint64_t)i);

		add_document(&text, &random, i);
	}
	scratch_write(path, text.data, text.length);
	text_release(&text);
}

static inline struct pack_facts pack_paths(const char *output, const char *const *paths, size_t n,
					   enum document_rule rule)
{
	struct pack_facts facts;
	struct pack pack;
	struct error err = ERROR_INIT;

	check_ok(pack_read(&pack, paths, n, rule, NULL, &err), &err);
	check_ok(pack_write(&pack, output, "", &err), &err);
	facts = pack.facts;
	pack_release(&pack);
	return facts;
}

static inline struct corpus_options options_for(const char *const *files, size_t n_files)
{
	struct corpus_options options = {0};

	keys_set_defaults(corpus_keys, n_corpus_keys, &options, &arena);
	options.files = files;
	options.n_files = n_files;
	options.val_tokens = VAL_TOKENS;
	options.block_tokens = BLOCK;
	return options;
}

static inline struct corpus *open_corpus(const struct corpus_options *options)
{
	struct corpus *corpus = NULL;
	struct error err = ERROR_INIT;

	check_ok(corpus_open(&corpus, options, &err), &err);
	return corpus;
}

static const char *const numbered[] = {"numbered.tokens"};

static inline int make_corpus(void **state)
{
	int failed = scratch_make(state);

	if (failed)
		return failed;
	write_documents("numbered.txt", 0, N_DOCUMENTS);
	pack_paths(numbered[0], (const char *const[]){"numbered.txt"}, 1, DOCUMENT_ENTRY);
	return 0;
}

static inline int remove_corpus(void **state)
{
	arena_release(&arena);
	return scratch_remove(state);
}

static inline uint64_t slice_length(const struct corpus *corpus, enum corpus_slice slice)
{
	return corpus_facts(corpus)->slice_tokens[slice] + (slice != CORPUS_TRAIN);
}

/* The whole slice as 32-bit ids; the caller frees. */
static inline int32_t *slice_tokens(const struct corpus *corpus, enum corpus_slice slice, size_t *n)
{
	int32_t *tokens;

	*n = slice_length(corpus, slice);
	tokens = xmalloc(*n * sizeof(*tokens));
	corpus_tokens(corpus, slice, 0, *n, tokens);
	return tokens;
}

#endif
