/* SPDX-License-Identifier: MIT
 *
 * The hash of every run of held-out tokens goes into a table (a rolling polynomial, so this
 * is linear); each aligned run of train is looked up and found ones are marked; a second
 * roll over the held-out tokens counts those under a marked run.  Runs are compared by 64-bit
 * hashes alone: with 1e6 x 1e9 pairs the chance of one false match is below 1e-4.
 */
#include "models/leak.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "models/corpus_impl.h"

#define MULTIPLIER 0x9E3779B97F4A7C15ull
#define CHUNK	   8192 /* tokens of train read at once; a multiple of every span */

struct run_table {
	uint64_t *hashes; /* 0: empty */
	bool *found;
	uint64_t mask;
};

static int run_table_new(struct run_table *table, uint64_t n, struct error *err)
{
	uint64_t size = 1024;

	while (size < 2 * n)
		size *= 2;
	table->hashes = calloc(size, sizeof(*table->hashes));
	table->found = calloc(size, sizeof(*table->found));
	table->mask = size - 1;
	if (!table->hashes || !table->found)
		return error_set(err, ERR_NOMEM, "no memory to look for leaks in %llu tokens",
				 (unsigned long long)n);
	return 0;
}

static void run_table_free(struct run_table *table)
{
	free(table->hashes);
	free(table->found);
}

/* The place of a hash, or the empty one where it would be. */
static uint64_t run_table_place(const struct run_table *table, uint64_t hash)
{
	uint64_t at = hash & table->mask;

	while (table->hashes[at] && table->hashes[at] != hash)
		at = (at + 1) & table->mask;
	return at;
}

/* The polynomial hash of a run, which moves on by one token at a time. */
struct roll {
	uint64_t hash;
	uint64_t leaving; /* MULTIPLIER to the power of span */
};

static struct roll roll_start(const int32_t *tokens, size_t span)
{
	struct roll roll = {0, 1};

	for (size_t i = 0; i < span; i++) {
		roll.hash = roll.hash * MULTIPLIER + (uint64_t)tokens[i] + 1;
		roll.leaving *= MULTIPLIER;
	}
	return roll;
}

static void roll_on(struct roll *roll, int32_t out, int32_t in)
{
	roll->hash =
		roll->hash * MULTIPLIER + (uint64_t)in + 1 - roll->leaving * ((uint64_t)out + 1);
}

static uint64_t roll_hash(const struct roll *roll)
{
	uint64_t hash = mix64(roll->hash);

	return hash ? hash : 1;
}

static void insert_runs(struct run_table *table, const int32_t *tokens, uint64_t n, size_t span)
{
	struct roll roll = roll_start(tokens, span);

	for (uint64_t i = 0;; i++) {
		uint64_t hash = roll_hash(&roll);

		table->hashes[run_table_place(table, hash)] = hash;
		if (i + span >= n)
			break;
		roll_on(&roll, tokens[i], tokens[i + span]);
	}
}

static void mark_runs(struct run_table *table, const struct token_slice *train, size_t span)
{
	int32_t tokens[CHUNK];

	for (uint64_t at = 0; at + span <= train->n_tokens; at += CHUNK) {
		uint64_t left = train->n_tokens - at;
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		token_slice_copy(train, at, n, tokens);
		for (size_t i = 0; i + span <= n; i += span) {
			struct roll roll = roll_start(tokens + i, span);
			uint64_t place = run_table_place(table, roll_hash(&roll));

			table->found[place] = table->hashes[place] != 0;
		}
	}
}

static uint64_t count_covered(const struct run_table *table, const int32_t *tokens, uint64_t n,
			      size_t span)
{
	struct roll roll = roll_start(tokens, span);
	uint64_t covered = 0, end = 0; /* of what was counted */

	for (uint64_t i = 0;; i++) {
		if (table->found[run_table_place(table, roll_hash(&roll))]) {
			covered += i + span - (end > i ? end : i);
			end = i + span;
		}
		if (i + span >= n)
			return covered;
		roll_on(&roll, tokens[i], tokens[i + span]);
	}
}

int leak_share(const struct token_slice *train, const struct token_slice *held_out, size_t span,
	       double *share, struct error *err)
{
	uint64_t n = held_out->n_tokens;
	struct run_table table = {0};
	int32_t *tokens;
	int result;

	*share = 0;
	if (n < span)
		return 0;
	tokens = malloc(n * sizeof(*tokens));
	result = run_table_new(&table, n, err);
	if (!tokens && !result)
		result = error_set(err, ERR_NOMEM, "no memory to look for leaks");
	if (!result) {
		token_slice_copy(held_out, 0, n, tokens);
		insert_runs(&table, tokens, n, span);
		mark_runs(&table, train, span);
		*share = (double)count_covered(&table, tokens, n, span) / (double)n;
	}
	run_table_free(&table);
	free(tokens);
	return result;
}

int corpus_leak(const struct corpus *corpus, enum corpus_slice slice, double *share,
		struct error *err)
{
	bool bytes = strcmp(corpus->facts.tokenizer, "bytes") == 0;

	return leak_share(&corpus->slices[CORPUS_TRAIN], &corpus->slices[slice],
			  bytes ? LEAK_SPAN_BYTES : LEAK_SPAN_TOKENS, share, err);
}

int corpus_refuse_leak(const struct corpus *corpus, double share, bool allow_leak,
		       struct error *err)
{
	if (share <= CORPUS_LEAK_LIMIT || allow_leak)
		return 0;
	return error_set(err, ERR_DATA,
			 "%.1f %% of the held-out text of '%s' is also in its training text (limit "
			 "%.0f %%); pack it with --split directory or larger documents, or give "
			 "data.allow_leak: true",
			 100 * share, corpus->facts.name, 100 * CORPUS_LEAK_LIMIT);
}
