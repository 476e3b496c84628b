/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/data_command.h"
#include "models/corpus.h"
#include "models/recipe.h"

/* Everything that takes a pass over the tokens. */
struct measured {
	double leak[CORPUS_SLICES]; /* of val and test */
	double entropies[3];
};

static const char *const slice_names[CORPUS_SLICES] = {"train", "val", "test"};

static int measure(const struct corpus *corpus, struct measured *measured, struct error *err)
{
	int result = corpus_verify(corpus, err);

	for (int slice = CORPUS_VAL; !result && slice <= CORPUS_TEST; slice++)
		result = corpus_leak(corpus, (enum corpus_slice)slice, &measured->leak[slice], err);
	return result ? result : corpus_entropies(corpus, measured->entropies, err);
}

static void print_slices(const struct corpus_facts *facts, const struct measured *measured)
{
	for (int slice = 0; slice < CORPUS_SLICES; slice++) {
		printf("%-12s %" PRIu64 " tokens, %" PRIu64 " documents", slice_names[slice],
		       facts->slice_tokens[slice], facts->slice_documents[slice]);
		if (slice == CORPUS_TRAIN)
			printf("; %" PRIu64 " in one epoch", facts->epoch_tokens);
		else
			printf("; %.1f %% also in train%s", 100 * measured->leak[slice],
			       measured->leak[slice] > CORPUS_LEAK_LIMIT
				       ? ", ABOVE THE LIMIT OF 10 %"
				       : "");
		printf("\n");
	}
}

static void print_references(const struct corpus_facts *facts, const struct measured *measured)
{
	const struct recipe *recipe = recipe_of_text(facts->provenance);
	const double *h = measured->entropies;

	if (isfinite(h[0]))
		printf("%-12s %.2f, given one byte %.2f, given two %.2f bits/byte\n", "entropy",
		       h[0], h[1], h[2]);
	if (recipe)
		printf("%-12s gzip -9 %.2f, xz -9 %.2f, PPMd %.2f bits/byte\n", "compressors",
		       recipe->gzip, recipe->xz, recipe->ppmd);
}

static void print_text(const struct corpus_facts *facts, const struct measured *measured)
{
	printf("%-12s %s\n", "corpus", facts->name);
	printf("%-12s %" PRIu64 " in %" PRIu64 " documents", "tokens", facts->n_tokens,
	       facts->n_documents);
	if (facts->n_duplicates)
		printf(", %" PRIu64 " duplicates dropped", facts->n_duplicates);
	printf("\n");
	printf("%-12s %s, vocabulary %" PRId64, "tokenizer", facts->tokenizer, facts->vocab);
	if (facts->eot >= 0)
		printf(", end of text %" PRId64, facts->eot);
	if (isfinite(facts->raw_bytes))
		printf(", %.0f bytes of text", facts->raw_bytes);
	printf("\n");
	print_slices(facts, measured);
	print_references(facts, measured);
	printf("%-12s %s\n", "sha256", facts->hash);
	for (const char *line = facts->provenance; *line;) {
		size_t length = strcspn(line, "\n");
		size_t name = strcspn(line, ":");

		printf("%-12.*s %.*s\n", (int)name, line, (int)(length - name - 2),
		       line + name + 2);
		line += length + (line[length] == '\n');
	}
}

static void add_slices(struct json *json, const struct corpus_facts *facts,
		       const struct measured *measured)
{
	json_open(json, "slices", '{');
	for (int slice = 0; slice < CORPUS_SLICES; slice++) {
		json_open(json, slice_names[slice], '{');
		json_integer(json, "tokens", (int64_t)facts->slice_tokens[slice]);
		json_integer(json, "documents", (int64_t)facts->slice_documents[slice]);
		if (slice != CORPUS_TRAIN)
			json_real(json, "leak", measured->leak[slice]);
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void add_references(struct json *json, const struct corpus_facts *facts,
			   const struct measured *measured)
{
	const struct recipe *recipe = recipe_of_text(facts->provenance);

	json_open(json, "bits_per_byte", '{');
	json_real(json, "entropy", measured->entropies[0]);
	json_real(json, "entropy_given_1", measured->entropies[1]);
	json_real(json, "entropy_given_2", measured->entropies[2]);
	if (recipe) {
		json_real(json, "gzip", recipe->gzip);
		json_real(json, "xz", recipe->xz);
		json_real(json, "ppmd", recipe->ppmd);
	}
	json_close(json, '}');
}

static void print_json(const struct corpus_facts *facts, const struct measured *measured)
{
	struct json json = {0};

	json_open(&json, NULL, '{');
	json_text(&json, "corpus", facts->name);
	json_text(&json, "tokenizer", facts->tokenizer);
	json_integer(&json, "vocab", facts->vocab);
	json_integer(&json, "eot", facts->eot);
	json_integer(&json, "tokens", (int64_t)facts->n_tokens);
	json_integer(&json, "documents", (int64_t)facts->n_documents);
	json_integer(&json, "duplicates_dropped", (int64_t)facts->n_duplicates);
	json_real(&json, "raw_bytes", facts->raw_bytes);
	json_integer(&json, "epoch_tokens", (int64_t)facts->epoch_tokens);
	add_slices(&json, facts, measured);
	add_references(&json, facts, measured);
	json_text(&json, "sha256", facts->hash);
	json_text(&json, "provenance", facts->provenance);
	json_close(&json, '}');
	puts(json.text.data);
	json_release(&json);
}

static int open_named(struct corpus **corpus, struct command_line *line, struct error *err)
{
	const struct data_options *options = line->options;
	const char *first = line->arguments[1];
	bool is_file = line->n_arguments > 2 || strpbrk(first, "/*?[.") || access(first, F_OK) == 0;
	struct corpus_options wanted;

	keys_set_defaults(corpus_keys, n_corpus_keys, &wanted, &line->arena);
	wanted.corpus = is_file ? "" : first;
	wanted.files = line->arguments + 1;
	wanted.n_files = is_file ? line->n_arguments - 1 : 0;
	wanted.val_tokens = options->val_tokens;
	wanted.vocab = options->vocab;
	wanted.eot = options->eot;
	wanted.bytes_per_token = options->bytes_per_token;
	return corpus_open(corpus, &wanted, err);
}

int data_info(struct command_line *line, struct error *err)
{
	struct corpus *corpus = NULL;
	struct measured measured = {0};
	int result;

	if (line->n_arguments < 2)
		return data_list(line, err);
	result = open_named(&corpus, line, err);
	if (!result)
		result = measure(corpus, &measured, err);
	if (!result && line->common.json)
		print_json(corpus_facts(corpus), &measured);
	else if (!result)
		print_text(corpus_facts(corpus), &measured);
	corpus_close(corpus);
	return result;
}
