/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cmd/data_command.h"
#include "models/document.h"
#include "models/recipe.h"

#define FIELD(name) offsetof(struct data_options, name)

static const struct key options[] = {
	{"o", KEY_TEXT, FIELD(output), 0, 0, 0, NULL, "", "FILE",
	 "pack: the token file to write; a known corpus has its own place"},
	{"split", KEY_CHOICE, FIELD(split), 0, 0, 0, document_rules, "auto", "RULE",
	 "pack: where documents end"},
	{"deb", KEY_TEXT, FIELD(deb), 0, 0, 0, NULL, "", "FILE",
	 "pack: use this package file instead of downloading it"},
	{"val-tokens", KEY_INTEGER, FIELD(val_tokens), 1024, 0x1p40, 0, NULL, "1M", "N",
	 "info: size of the held-out and of the test set"},
	{"vocab", KEY_INTEGER, FIELD(vocab), 0, 0x1p31 - 1, 0, NULL, "0", "N",
	 "info: vocabulary of raw token files"},
	{"eot", KEY_INTEGER, FIELD(eot), -1, 0x1p31 - 1, 0, NULL, "-1", "ID",
	 "info: end of text in token files"},
	{"bytes-per-token", KEY_REAL, FIELD(bytes_per_token), 0, 1e3, 0, NULL, "0", "X",
	 "info: of token files"},
};

static const struct part {
	const char *name;
	int (*run)(struct command_line *line, struct error *err);
} parts[] = {{"pack", data_pack}, {"info", data_info}, {"list", data_list}};

static void list_json(void)
{
	struct json json = {0};

	json_open(&json, NULL, '[');
	for (size_t i = 0; recipes[i]; i++) {
		const struct recipe *recipe = recipes[i];

		json_open(&json, NULL, '{');
		json_text(&json, "name", recipe->name);
		json_text(&json, "summary", recipe->summary);
		json_text(&json, "license", recipe->license);
		json_text(&json, "package", recipe->package);
		json_text(&json, "version", recipe->version);
		json_text(&json, "text_sha256", recipe->text_sha256);
		json_integer(&json, "text_bytes", (int64_t)recipe->text_bytes);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	puts(json.text.data);
	json_release(&json);
}

int data_list(struct command_line *line, struct error *err)
{
	(void)err;
	if (line->common.json) {
		list_json();
		return 0;
	}
	for (size_t i = 0; recipes[i]; i++)
		printf("%-10s %6.1f MB  %s; %s, from Debian package %s\n", recipes[i]->name,
		       (double)recipes[i]->text_bytes / 1e6, recipes[i]->summary,
		       recipes[i]->license, recipes[i]->package);
	printf("\n'muon-sweep data pack NAME' fetches one and makes tokens of it.\n");
	return 0;
}

static int run(struct command_line *line, struct error *err)
{
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, line->arguments[0]);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strcmp(parts[i].name, line->arguments[0]) == 0)
			return parts[i].run(line, err);
		suggestion_offer(&near, parts[i].name);
	}
	return error_set(err, ERR_USAGE, "data: unknown part '%s'; parts are pack, info and list%s",
			 line->arguments[0], suggestion_text(&near, hint, sizeof(hint)));
}

const struct command cmd_data = {
	.name = "data",
	.arguments = "pack|info|list [NAME|FILE...]",
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.summary = "corpora: text to token file; facts about one",
	.examples = "muon-sweep data pack en-dict\n"
		    "muon-sweep data pack my-texts/ --split directory -o data/mine.tokens\n"
		    "muon-sweep data info en-dict\n"
		    "muon-sweep data info 'fineweb_train_*.bin'\n",
	.details =
		"pack fetches a known corpus (see 'data list') or reads text files, splits them\n"
		"into documents, drops exact duplicates and writes bytes as tokens. info shows\n"
		"sizes, the split, how much held-out text leaks into train, and entropies.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.options_size = sizeof(struct data_options),
	.run = run,
};
