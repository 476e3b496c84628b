/* SPDX-License-Identifier: MIT
 *
 * Laws with a column an arm.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/fit_page.h"

#define ARMS_ABREAST 2
#define ARM_WIDTH    34
#define LONG_FORMULA 36 /* has the objective and source on a line of their own */

static void add_cell(const struct page *page, const char *text)
{
	text_printf(page->out, "%-*s", ARM_WIDTH, text);
}

/* Of a law's first column. */
static int name_width(const struct fit_law *law)
{
	size_t width = NAME_WIDTH - 2;

	for (size_t k = 0; k < law->n_parameters; k++)
		if (strlen(law->names[k]) >= width)
			width = strlen(law->names[k]) + 2;
	return (int)width;
}

static void add_parameter_row(const struct page *page, const struct fit_law *first, size_t n,
			      size_t parameter)
{
	char buffer[64];

	text_printf(page->out, "  %-*s", name_width(first), first->names[parameter]);
	for (size_t i = 0; i < n; i++)
		add_cell(page, page_with_interval(buffer, first[i].fit.parameters[parameter],
						  &first[i].interval[parameter], 4));
	page_end_line(page);
}

static void add_fit_rows(const struct page *page, const struct fit_law *first, size_t n)
{
	static const char *const names[] = {"points", "objective", "condition", "held out",
					    "starts"};
	char buffer[64];

	for (size_t row = 0; row < ARRAY_SIZE(names); row++) {
		if (row == 4 && first->fit.starts < 2)
			continue;
		text_printf(page->out, "  %s%-*s", page->dim, name_width(first), names[row]);
		for (size_t i = 0; i < n; i++) {
			const struct law_fit *fit = &first[i].fit;

			if (row == 0)
				snprintf(buffer, sizeof(buffer), "%zu", fit->n);
			else if (row == 1)
				snprintf(buffer, sizeof(buffer), "%.8g", fit->objective);
			else if (row == 2)
				snprintf(buffer, sizeof(buffer), "%.2g", fit->condition);
			else if (row == 3)
				fit_holdout_text(buffer, &first[i]);
			else
				snprintf(buffer, sizeof(buffer), "%d of %d agree", fit->agree,
					 fit->starts);
			add_cell(page, buffer);
		}
		page_end_line(page);
		text_add(page->out, page->plain);
	}
}

/* How many of the laws [i, end) stand side by side: one where a name is too long for two. */
static size_t arms_abreast(const struct fit_report *report, size_t i, size_t end)
{
	size_t n = end - i < ARMS_ABREAST ? end - i : ARMS_ABREAST;

	for (size_t k = i; k < i + n; k++)
		if (strlen(report->laws[k].group) >= ARM_WIDTH)
			return 1;
	return n;
}

/* Side by side n arms of one law; returns n. */
static size_t add_law_block(const struct page *page, const struct fit_law *first, size_t n)
{
	text_printf(page->out, "  %-*s", name_width(first), "");
	for (size_t i = 0; i < n; i++)
		add_cell(page, first[i].group);
	page_end_line(page);
	for (size_t k = 0; k < first->n_parameters; k++)
		add_parameter_row(page, first, n, k);
	add_fit_rows(page, first, n);
	for (size_t i = 0; i < n; i++)
		page_add_warnings(page, first[i].group, &first[i].warnings);
	return n;
}

void page_add_laws(const struct page *page)
{
	const struct fit_report *report = page->report;
	size_t i = 0;

	while (i < report->n_laws) {
		const struct law *law = report->laws[i].law;
		bool chosen = report->options.loss_given && law->evaluate;
		struct robust robust = chosen ? report->options.robust : law->robust;
		size_t end = i;

		while (end < report->n_laws && report->laws[end].law == law)
			end++;
		text_add_char(page->out, '\n');
		page_title(page, law->name);
		text_printf(page->out, "  %s%s%s(%s", law->formula,
			    strlen(law->formula) > LONG_FORMULA ? "\n    " : "   ", page->dim,
			    robust_name(robust.kind));
		if (robust.kind == ROBUST_HUBER)
			text_printf(page->out, " %g", report->options.delta);
		text_printf(page->out, "; %s)%s\n", law_source_meaning(law->source), page->plain);
		while (i < end)
			i += add_law_block(page, &report->laws[i], arms_abreast(report, i, end));
	}
}
