/* SPDX-License-Identifier: MIT
 *
 * A corpus out of thin air, and a sweep file that is right, for the tests of sweeps.
 */
#ifndef TESTS_SPEC_FIXTURE_H
#define TESTS_SPEC_FIXTURE_H

#include "tests/check.h"

#include "sweep/sweep.h"

/* 10 million unique tokens, whose hash is the corpus's name. */
static inline int fixture_corpus(const struct corpus_options *options, struct arena *arena,
				 struct corpus_facts *facts, struct error *err)
{
	if (strcmp(options->corpus, "missing") == 0)
		return error_set(err, ERR_DATA, "corpus 'missing' is not here");
	*facts = (struct corpus_facts){
		.name = arena_strdup(arena, options->corpus),
		.tokenizer = "bytes",
		.provenance = "",
		.vocab = 257,
		.eot = 256,
		.epoch_tokens =
			options->unique_tokens ? (uint64_t)options->unique_tokens : 10000000,
		.slice_tokens = {10000000, (uint64_t)options->val_tokens,
				 (uint64_t)options->val_tokens},
	};
	snprintf(facts->hash, sizeof(facts->hash), "hash of %s", options->corpus);
	return 0;
}

static const struct corpus_source fixture_source = {fixture_corpus};

#define FIXTURE_DATA  "data: {corpus: text, val_tokens: 128k}\n"
#define FIXTURE_MODEL "model: {size: 64x2, context: 128}\n"
#define FIXTURE_TRAIN "train: {budget: {steps: 300}, batch_tokens: 1k}\n"
#define FIXTURE_ARMS  "optimizer: [{name: adamw, lr: 0.01}]\n"

static inline int fixture_read(struct sweep **sweep, const char *text, const char *const *settings,
			       size_t n_settings, struct error *err)
{
	return sweep_read(sweep, "t.yaml", text, strlen(text), settings, n_settings,
			  &fixture_source, err);
}

/* Reads a file that must be right. */
static inline struct sweep *fixture_sweep(const char *text)
{
	struct error err = ERROR_INIT;
	struct sweep *sweep;

	check_ok(fixture_read(&sweep, text, NULL, 0, &err), &err);
	return sweep;
}

/* A whole file with tuned and fixed arms. */
#define FIXTURE_FILE                                                                     \
	FIXTURE_DATA FIXTURE_MODEL "train: {budget: {steps: 300}, batch_tokens: 1k, "    \
				   "schedule: cosine}\n"                                 \
				   "optimizer: [{name: adamw, tune: {lr: [0.1, 0.2]}}, " \
				   "{name: muon, label: m, lr: 0.1}]\n"

static inline struct sweep *fixture_with(const char *setting)
{
	struct error err = ERROR_INIT;
	struct sweep *sweep;

	check_ok(fixture_read(&sweep, FIXTURE_FILE, &setting, 1, &err), &err);
	return sweep;
}

#endif
