/* SPDX-License-Identifier: MIT */
#include "sweep/sweep_help.h"

#include <stdio.h>
#include <string.h>

#include "sweep/keys.h"
#include "sweep/law_terms.h"
#include "sweep/preset.h"
#include "sweep/spec_tune.h"

#define NAME_COLUMN 22
#define TEXT_COLUMN 26
#define LINE_WIDTH  98

static const char introduction[] =
	"A sweep file is YAML.  A list where one value is expected is an axis, and the sweep is "
	"the\n"
	"product of all axes:\n"
	"\n"
	"  [a, b, c]                              an axis of these values\n"
	"  {log: [from, to, n]}                   n values, evenly spaced in the logarithm\n"
	"  {lin: [from, to, n]}                   n values, evenly spaced\n"
	"  {log: [..], multiple_of: m}            rounded to multiples of m\n"
	"  tune: {lr: [..]}                       in an optimizer: tuned, the best one counts\n"
	"  tune: {lr: {bracket: {from: 3e-3}}}    tuned from there, towards the optimum and around "
	"it\n"
	"  inherit: LABEL                         in an optimizer: the tuned values of another\n"
	"  {law: \"0.01*(N/1e6)^-0.1\"}             a value by a formula of size and budget\n"
	"  zip: [{path: [..], path: [..]}]        ties axes together, point by point\n"
	"  exclude: [{path: value, ..}]           drops the cells where all of these hold\n"
	"  when: [{if: {path: value}, set: {path: value}}]\n"
	"                                         sets keys in the cells where all conditions "
	"hold\n"
	"\n"
	"A path is written with dots (train.batch_tokens); inside an optimizer it starts with its\n"
	"label (muon.lr).  Numbers: 4e3, 2^18; k, M and G are powers of 1024.  '-s path=value' on "
	"the\n"
	"command line overrides the file ('-s optimizer.muon.lr=0.02').\n";

static void describe_key(const struct key *key, bool is_alternative, struct text *out)
{
	struct text line = {0};

	text_printf(&line, "%s (", key->help);
	key_describe(key, &line);
	if (key->unit)
		text_printf(&line, ", %s", key->unit);
	if (key->fallback && key->fallback[0])
		text_printf(&line, "; default %s", key->fallback);
	else if (!key->fallback && !is_alternative)
		text_add(&line, "; required");
	text_add(&line, ")");
	text_printf(out, "  %-*s  ", NAME_COLUMN, key->name);
	text_add_wrapped(out, line.data, TEXT_COLUMN, TEXT_COLUMN, LINE_WIDTH);
	for (const struct key_choice *c = key->choices; key->type == KEY_CHOICE && c->name; c++) {
		text_printf(out, "%*s%-13s ", TEXT_COLUMN + 2, "", c->name);
		text_add_wrapped(out, c->help, TEXT_COLUMN + 16, TEXT_COLUMN + 16, LINE_WIDTH);
	}
	text_release(&line);
}

static void describe_line(const char *name, const char *help, struct text *out)
{
	text_printf(out, "  %-*s  ", NAME_COLUMN, name);
	text_add_wrapped(out, help, TEXT_COLUMN, TEXT_COLUMN, LINE_WIDTH);
}

static void describe_section(const struct section *section, struct text *out)
{
	if (section->help) {
		text_printf(out, "\n%s%s", section->path, section->path[0] ? ":" : "");
		text_add_wrapped(out, section->help, strlen(section->path), 0, LINE_WIDTH);
	}
	for (size_t i = 0; i < *section->n_keys; i++)
		describe_key(&section->keys[i], section->alternatives, out);
}

static void describe_tuning(struct text *out)
{
	static const struct {
		const char *name, *help;
	} terms[] = {
#define X(name, help) {#name, help},
		LAW_TERMS(X)
#undef X
	};

	text_add(out, "\ntune: of an optimizer; holds tuned keys and\n");
	for (size_t i = 0; i < n_tuning_keys; i++)
		describe_key(&tuning_keys[i], false, out);
	describe_line("start",
		      "of coordinate: where keys start, {lr: 0.01}; else at their first value",
		      out);
	text_add(out, "\nbracket: of a tuned number\n");
	for (size_t i = 0; i < n_bracket_keys; i++)
		describe_key(&bracket_keys[i], false, out);
	describe_line("per",
		      "a list of batch_tokens, context, schedule, seeds: tuned apart for each; "
		      "losses are averaged over what it does not name",
		      out);
	text_add(out, "\nlaw: of batch_tokens or an optimizer's number; + - * / ^ ( ) sqrt log exp "
		      "min max of\n");
	for (size_t i = 0; i < ARRAY_SIZE(terms); i++)
		describe_line(terms[i].name, terms[i].help, out);
}

static void describe_optimizers(struct text *out)
{
	text_add(out,
		 "\noptimizer: a list of arms, each {name: .., label: .., keys .., tune: {..}}\n");
	for (size_t i = 0; optimizer_types[i]; i++) {
		const struct optimizer_type *type = optimizer_types[i];

		text_printf(out, "\nname: %s, %s\n", type->name, type->summary);
		for (size_t k = 0; k < type->n_keys; k++)
			describe_key(&type->keys[k], false, out);
	}
}

void spec_describe(struct text *out)
{
	text_add(out, introduction);
	for (size_t i = 0; i < n_sections; i++)
		describe_section(&sections[i], out);
	describe_tuning(out);
	describe_optimizers(out);
	text_add(out, "\nSweep files that ship, named without path:\n");
	presets_describe(out);
}
