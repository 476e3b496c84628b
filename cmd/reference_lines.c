/* SPDX-License-Identifier: MIT */
#include "cmd/reference_lines.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "models/corpus.h"
#include "models/recipe.h"

/* NULL: none, or several. */
static const char *only_corpus(const struct observations *rows)
{
	const char *corpus = rows->n ? rows->rows[0].corpus : NULL;

	for (size_t i = 1; i < rows->n && corpus; i++)
		if (!rows->rows[i].corpus || strcmp(rows->rows[i].corpus, corpus) != 0)
			return NULL;
	return corpus;
}

static size_t add(struct reference_line *lines, size_t n, const char *name, double bits_per_byte)
{
	if (!isfinite(bits_per_byte) || bits_per_byte <= 0)
		return n;
	lines[n] = (struct reference_line){name, bits_per_byte};
	return n + 1;
}

static size_t add_entropies(struct reference_line *lines, const double entropies[3])
{
	static const char *const names[] = {"unigram", "bigram", "trigram"};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		n = add(lines, n, names[i], entropies[i]);
	return n;
}

static size_t of_recipe(const struct recipe *recipe, struct reference_line *lines)
{
	size_t n = add_entropies(lines, recipe->entropies);

	n = add(lines, n, "gzip -9", recipe->gzip);
	n = add(lines, n, "xz -9", recipe->xz);
	return add(lines, n, "PPMd", recipe->ppmd);
}

static size_t of_corpus(const char *name, struct reference_line *lines)
{
	struct corpus_options options;
	struct arena arena = {0};
	struct corpus *corpus = NULL;
	double entropies[3];
	size_t n = 0;

	memset(&options, 0, sizeof(options));
	keys_set_defaults(corpus_keys, n_corpus_keys, &options, &arena);
	options.corpus = name;
	if (corpus_open(&corpus, &options, NULL) == 0 &&
	    corpus_entropies(corpus, entropies, NULL) == 0)
		n = add_entropies(lines, entropies);
	corpus_close(corpus);
	arena_release(&arena);
	return n;
}

size_t reference_lines(const struct observations *rows,
		       struct reference_line lines[REFERENCE_LINES_MAX])
{
	const char *name = only_corpus(rows);
	const struct recipe *recipe = name ? recipe_find(name) : NULL;

	if (recipe)
		return of_recipe(recipe, lines);
	return name ? of_corpus(name, lines) : 0;
}
