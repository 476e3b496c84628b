/* SPDX-License-Identifier: MIT */
#include "plots/report.h"

#include "base/memory.h"
#include "plots/html.h"
#include "plots/report_parts.h"

static const char style[] =
#include "plots/report.css.inc"
	;

static const char script[] =
#include "plots/report.js.inc"
	;

static const struct {
	const char *id, *title;
	void (*add)(const struct report_input *input, struct text *out);
} sections[] = {
	{"answer", "Answer", report_add_headline},
	{"warnings", "Warnings", report_add_warnings},
	{"figures", "Figures", report_add_figures},
	{"laws", "Laws", report_add_laws},
	{"protocol", "Protocol", report_add_protocol},
	{"trials", "Trials", report_add_trials},
	{"provenance", "Provenance", report_add_provenance},
};

static void add_title(const struct report_input *input, struct text *title)
{
	const struct store_protocol *protocol = input->protocol;

	if (!protocol || protocol->n_sweeps == 0)
		text_add(title, input->rows->source ? input->rows->source : "muon-sweep");
	for (size_t i = 0; protocol && i < protocol->n_sweeps; i++)
		text_printf(title, "%s%s", i ? ", " : "", protocol->sweeps[i].name);
}

static void add_head(const char *title, struct text *out)
{
	text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<meta name=\"generator\" content=\"muon-sweep\">\n");
	text_add(out, "<title>");
	html_add_text(out, title);
	text_printf(out, " – muon-sweep</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

static void add_banner(const struct report_input *input, const char *title, struct text *out)
{
	text_add(out, "<header>\n");
	html_element(out, "h1", "", title);
	text_printf(out, "<p class=\"dim\">%zu trials, ", report_count_trials(input));
	html_add_text(out, input->date);
	text_add(out, "</p>\n<nav aria-label=\"sections\">");
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		text_printf(out, "<a href=\"#%s\">%s</a> ", sections[i].id, sections[i].title);
	text_add(out, "</nav>\n</header>\n<main>\n");
}

void report_write(const struct report_input *input, struct text *out)
{
	struct text title = {0};

	add_title(input, &title);
	add_head(text_string(&title), out);
	add_banner(input, text_string(&title), out);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		sections[i].add(input, out);
	text_printf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", script);
	text_release(&title);
}
