/* SPDX-License-Identifier: MIT
 *
 * What a referee would say, whose laws and ratios it is about, and what could not be fitted.
 */
#include "plots/html.h"
#include "plots/report_parts.h"

static void add_dropped(const struct study_dropped *dropped, struct text *out)
{
	if (dropped->diverged + dropped->unfinished + dropped->missing + dropped->duplicates == 0)
		return;
	text_printf(out,
		    "<p>Not used: %zu diverged, %zu unfinished, %zu without a needed value, %zu "
		    "twice.</p>\n",
		    dropped->diverged, dropped->unfinished, dropped->missing, dropped->duplicates);
}

/* Warnings of pairs and laws say whose they are. */
static size_t add_their_warnings(const struct fit_report *fit, struct text *out)
{
	struct text who = {0};
	size_t n = 0;

	for (size_t i = 0; i < fit->n_pairs; i++) {
		text_clear(&who);
		text_printf(&who, "%s, %s", fit->study.arms[fit->pairs[i].challenger].name,
			    efficiency_meaning_name(fit->pairs[i].meaning));
		n += html_add_items(out, text_string(&who), text_string(&fit->pairs[i].warnings));
	}
	for (size_t i = 0; i < fit->n_laws; i++) {
		text_clear(&who);
		text_printf(&who, "%s, %s", fit->laws[i].law->name, fit->laws[i].group);
		n += html_add_items(out, text_string(&who), text_string(&fit->laws[i].warnings));
	}
	text_release(&who);
	return n;
}

void report_add_warnings(const struct report_input *input, struct text *out)
{
	const struct fit_report *fit = input->fit;
	size_t n = 0;

	text_add(out, "<section id=\"warnings\" aria-labelledby=\"warnings-title\">\n"
		      "<h2 id=\"warnings-title\">Before you quote this</h2>\n");
	text_add(out, "<ul class=\"warnings\">\n");
	if (fit) {
		n += html_add_items(out, "", text_string(&fit->warnings));
		n += add_their_warnings(fit, out);
		n += html_add_items(out, "not fitted", text_string(&fit->refused));
	}
	text_add(out, "</ul>\n");
	if (n == 0)
		html_element(out, "p", "", fit ? "No warning." : "Nothing was fitted.");
	if (input->study)
		add_dropped(&input->study->dropped, out);
	text_add(out, "</section>\n");
}
