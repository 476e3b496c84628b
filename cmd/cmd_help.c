/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "optim/lr_scale.h"
#include "plots/figure.h"
#include "results/law.h"
#include "sweep/sweep_help.h"

static void lr_scales_describe(struct text *out)
{
	text_add(out, "What an orthogonalised update of a matrix is multiplied by, by the key "
		      "'lr_scale'\nof muon; rows are fan-out, columns fan-in.\n\n");
	for (size_t i = 0; i < N_LR_SCALES; i++) {
		const struct lr_scale_rule *rule = &lr_scale_rules[i];

		text_printf(out, "  %-12s %-36s %s\n", rule->name, rule->formula, rule->source);
		if (rule->alias)
			text_printf(out, "  %-12s also called %s\n", "", rule->alias);
	}
}

static const struct topic {
	const char *name;
	void (*describe)(struct text *out);
} topics[] = {
	{"spec", spec_describe},
	{"laws", laws_describe},
	{"figures", figures_describe},
	{"lr-scales", lr_scales_describe},
};

/* A word that another topic explains; NULL: none. */
static const char *topic_of(const char *name)
{
	if (law_find(name))
		return "laws";
	return figure_find(name, NULL) ? "figures" : NULL;
}

static int unknown_topic(const char *name, struct error *err)
{
	const char *other = topic_of(name);
	struct suggestion near;
	char hint[128];

	if (other)
		return error_set(err, ERR_USAGE, "'%s' is explained by 'muon-sweep help %s'", name,
				 other);
	suggestion_start(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		suggestion_offer(&near, topics[i].name);
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->summary[0])
			suggestion_offer(&near, commands[i]->name);
	return error_set(err, ERR_USAGE, "no help on '%s'%s", name,
			 near.best ? suggestion_text(&near, hint, sizeof(hint))
				   : "; 'muon-sweep help' lists the commands");
}

static int run(struct command_line *line, struct error *err)
{
	const char *name = line->arguments[0];
	const struct command *command = command_find(name);

	for (size_t i = 0; i < ARRAY_SIZE(topics); i++)
		if (strcmp(topics[i].name, name) == 0) {
			struct text out = {0};

			topics[i].describe(&out);
			fputs(text_string(&out), stdout);
			text_release(&out);
			return 0;
		}
	if (!command)
		return unknown_topic(name, err);
	command_print_help(command);
	return 0;
}

const struct command cmd_help = {
	.name = "help",
	.arguments = "[COMMAND|spec|laws|figures|lr-scales]",
	.min_arguments = 1,
	.max_arguments = 1,
	.summary = "a command, the sweep file, the laws or the figures explained",
	.examples = "muon-sweep help run\nmuon-sweep help spec\n",
	.run = run,
};
