/* SPDX-License-Identifier: MIT
 *
 * What the files fit_table*.c share: a page of text of at most 100 columns.
 */
#ifndef CMD_FIT_PAGE_H
#define CMD_FIT_PAGE_H

#include "cmd/fit_output.h"

#define NAME_WIDTH 14

struct page {
	const struct fit_report *report;
	struct text *out;
	const char *bold, *dim, *plain;
};

void page_title(const struct page *page, const char *text);

/* The words of `line` from `column` on, wrapped at 96 columns; `line` is cut into pieces. */
void page_add_wrapped(const struct page *page, size_t column, char *line);

/* Each line of `lines` with a mark and who it is about before it; who "": nobody. */
void page_add_warnings(const struct page *page, const char *who, const struct text *lines);

/* Ends a line without the spaces at its end. */
void page_end_line(const struct page *page);

/* "0.62 [0.55, 0.70]" with `digits` significant digits. */
const char *page_with_interval(char buffer[64], double value, const struct interval *interval,
			       int digits);

const char *page_arm_name(const struct page *page, size_t arm);

/* "0.615   [0.550, 0.700]   1.63x     " */
void page_add_ratio(const struct page *page, double ratio, const struct interval *interval);

void page_add_laws(const struct page *page);
void page_add_efficiency(const struct page *page);

/* What other choices make of each ratio; `detailed`: with all choices, else a line each. */
void page_add_fragility(const struct page *page, bool detailed);

/* A sentence a challenger, where the eye of a reader in a terminal is: at the end. */
void page_add_answer(const struct page *page);

#endif
