/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "cmd/data_command.h"
#include "models/corpus_find.h"
#include "models/fetch.h"
#include "models/pack.h"

static void print_facts(const struct pack_facts *facts, const char *path, bool as_json)
{
	struct json json = {0};

	if (!as_json) {
		printf("%s: %" PRIu64 " tokens in %" PRIu64 " documents (split: %s), %" PRIu64
		       " duplicates dropped\n",
		       path, facts->n_tokens, facts->n_documents, document_rules[facts->rule].name,
		       facts->n_duplicates);
		return;
	}
	json_open(&json, NULL, '{');
	json_text(&json, "path", path);
	json_text(&json, "split", document_rules[facts->rule].name);
	json_integer(&json, "files", (int64_t)facts->n_files);
	json_integer(&json, "documents", (int64_t)facts->n_documents);
	json_integer(&json, "duplicates_dropped", (int64_t)facts->n_duplicates);
	json_integer(&json, "tokens", (int64_t)facts->n_tokens);
	json_integer(&json, "raw_bytes", (int64_t)facts->raw_bytes);
	json_text(&json, "text_sha256", facts->text_hash);
	json_close(&json, '}');
	puts(json.text.data);
	json_release(&json);
}

/* The folder of the output is made where it is missing. */
static int write_pack(struct pack *pack, const char *path, const char *provenance, bool as_json,
		      struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct text folder = {0};
	int result = 0;

	if (slash) {
		text_add_bytes(&folder, path, (size_t)(slash - path));
		result = directory_make(folder.data, err);
		text_release(&folder);
	}
	if (!result)
		result = pack_write(pack, path, provenance, err);
	if (!result)
		print_facts(&pack->facts, path, as_json);
	return result;
}

static int pack_fetched(const struct fetched *fetched, const struct recipe *recipe,
			const char *path, bool as_json, struct error *err)
{
	struct text folder = {0}, provenance = {0};
	struct pack pack;
	int result;

	text_printf(&folder, "%s/text", fetched->folder.data);
	result = pack_read(&pack, (const char *const[]){folder.data}, 1, recipe->rule,
			   recipe->drop_prefix, err);
	if (!result) {
		fetched_compare(fetched, recipe, pack.facts.text_hash);
		fetched_provenance(fetched, recipe, pack.facts.text_hash, &provenance);
		result = write_pack(&pack, path, provenance.data, as_json, err);
	}
	pack_release(&pack);
	text_release(&provenance);
	text_release(&folder);
	return result;
}

static int pack_recipe(const struct recipe *recipe, const struct data_options *options,
		       bool as_json, struct error *err)
{
	struct fetched fetched;
	struct text path = {0};
	double start = clock_s();
	int result = fetch(&fetched, recipe, options->deb, err);

	if (options->output[0])
		text_add(&path, options->output);
	else
		text_printf(&path, "%s/%s.tokens", corpus_directory(), recipe->name);
	if (!result)
		result = pack_fetched(&fetched, recipe, path.data, as_json, err);
	if (!result)
		log_info("packed '%s' in %.1f s", recipe->name, clock_s() - start);
	fetched_remove(&fetched);
	text_release(&path);
	return result;
}

static int pack_files(struct command_line *line, const struct data_options *options,
		      struct error *err)
{
	struct text provenance = {0};
	struct pack pack;
	int result;

	if (!options->output[0])
		return error_set(
			err, ERR_USAGE,
			"data pack: no output; give -o %s/NAME.tokens, then 'corpus: NAME' "
			"in a sweep file finds it",
			corpus_directory());
	result = pack_read(&pack, line->arguments + 1, line->n_arguments - 1,
			   (enum document_rule)options->split, NULL, err);
	if (!result) {
		text_printf(&provenance, "files: %zu\ntext_sha256: %s\nsplit: %s\n",
			    pack.facts.n_files, pack.facts.text_hash,
			    document_rules[pack.facts.rule].name);
		result =
			write_pack(&pack, options->output, provenance.data, line->common.json, err);
	}
	pack_release(&pack);
	text_release(&provenance);
	return result;
}

static int unknown_source(const char *name, struct error *err)
{
	char hint[128];

	return error_set(err, ERR_USAGE,
			 "'%s' is neither a file nor a known corpus, see 'muon-sweep data list'%s",
			 name, recipe_suggest(name, hint, sizeof(hint)));
}

int data_pack(struct command_line *line, struct error *err)
{
	const struct data_options *options = line->options;
	const char *source = line->n_arguments > 1 ? line->arguments[1] : NULL;
	const struct recipe *recipe;

	if (!source)
		return error_set(err, ERR_USAGE,
				 "data pack: nothing to pack; give the name of a corpus (see "
				 "'muon-sweep data list') or text files");
	recipe = line->n_arguments == 2 ? recipe_find(source) : NULL;
	if (recipe && options->split != DOCUMENT_AUTO)
		return error_set(err, ERR_USAGE,
				 "data pack: corpus '%s' has its own rule (%s); leave --split out",
				 source, document_rules[recipe->rule].name);
	if (recipe)
		return pack_recipe(recipe, options, line->common.json, err);
	if (!strchr(source, '/') && access(source, F_OK) < 0)
		return unknown_source(source, err);
	return pack_files(line, options, err);
}
