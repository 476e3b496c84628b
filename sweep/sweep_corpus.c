/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_corpus.h"

#include <string.h>

struct known_corpus {
	const char *options; /* canonical text */
	struct corpus_facts facts;
	struct known_corpus *next;
};

static void describe_data(const struct corpus_options *data, struct text *text)
{
	for (size_t i = 0; i < n_corpus_keys; i++) {
		key_add_json(&corpus_keys[i], data, text);
		text_add_char(text, ' ');
	}
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

static struct known_corpus *find_known(const struct sweep *sweep, const char *options)
{
	struct known_corpus *known = sweep->corpora;

	while (known && strcmp(known->options, options) != 0)
		known = known->next;
	return known;
}

static int look_up(struct sweep *sweep, const struct cell *cell, const struct corpus_options *data,
		   const char *options, struct known_corpus **found, struct error *err)
{
	struct known_corpus *known;
	int result = check_data(sweep->spec, data, err);

	if (result)
		return result;
	known = arena_alloc(&sweep->arena, sizeof(*known));
	known->options = arena_strdup(&sweep->arena, options);
	known->next = sweep->corpora;
	if (sweep->source->find(data, &sweep->arena, &known->facts, err))
		return cell_blame(cell,
				  spec_section_node(sweep->spec,
						    data->n_files ? "data.files" : "data.corpus"),
				  err);
	*found = sweep->corpora = known;
	return 0;
}

int sweep_find_corpus(struct sweep *sweep, const struct cell *cell, struct trial *trial,
		      struct error *err)
{
	struct corpus_options *data = &trial->options.data;
	struct text options = {0};
	struct known_corpus *known;
	int result = 0;

	describe_data(data, &options);
	data->files = sweep->spec->files;
	data->n_files = sweep->spec->n_files;
	known = find_known(sweep, options.data);
	if (!known)
		result = look_up(sweep, cell, data, options.data, &known, err);
	text_release(&options);
	if (!result)
		trial->corpus = &known->facts;
	return result;
}
