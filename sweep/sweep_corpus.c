/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_corpus.h"

#include <string.h>

struct known_corpus {
	const char *options; /* canonical text */
	struct corpus_facts facts;
	struct known_corpus *next;
};

static const char *describe_data(const struct corpus_options *data, struct arena *arena)
{
	struct text text = {0};
	const char *result;

	for (size_t i = 0; i < n_corpus_keys; i++) {
		key_add_json(&corpus_keys[i], data, &text);
		text_add_char(&text, ' ');
	}
	result = arena_strdup(arena, text.data);
	text_release(&text);
	return result;
}

static int check_data(const struct spec *spec, const struct corpus_options *data, struct error *err)
{
	const struct node *at = spec_section_node(spec, "data");

	if (!data->corpus[0] && !data->n_files)
		return node_error(at, err, "missing key: 'data' needs a 'corpus' or 'files'");
	if (data->corpus[0] && data->n_files)
		return node_error(at, err, "'corpus' and 'files' of 'data' exclude each other");
	return 0;
}

int sweep_find_corpus(struct sweep *sweep, const struct cell *cell, struct trial *trial,
		      struct error *err)
{
	const struct spec *spec = sweep->spec;
	struct corpus_options *data = &trial->options.data;
	const char *options = describe_data(data, &sweep->arena);
	struct known_corpus *known = sweep->corpora;
	int result;

	data->files = spec->files;
	data->n_files = spec->n_files;
	while (known && strcmp(known->options, options) != 0)
		known = known->next;
	if (!known) {
		result = check_data(spec, data, err);
		if (result)
			return result;
		known = arena_alloc(&sweep->arena, sizeof(*known));
		known->options = options;
		known->next = sweep->corpora;
		if (sweep->source->find(data, &sweep->arena, &known->facts, err))
			return cell_blame(cell,
					  spec_section_node(spec, data->n_files ? "data.files"
										: "data.corpus"),
					  err);
		sweep->corpora = known;
	}
	trial->corpus = &known->facts;
	return 0;
}
