/* SPDX-License-Identifier: MIT
 *
 * Pieces of HTML.  What is named text is escaped; what is named attributes is markup already, for
 * instance "class=\"warning\"", and "" is none.
 */
#ifndef PLOTS_HTML_H
#define PLOTS_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Adds a text with & < > " ' escaped, fit for content and for attributes.  Control characters
 * other than newline and tab, which no page may hold, become spaces. */
void html_add_text(struct text *out, const char *text);

/* <tag attributes>text</tag> and a newline. */
void html_element(struct text *out, const char *tag, const char *attributes, const char *text);

/* A table inside a box that scrolls sideways; `caption` "" is none.  html_row_end() and
 * html_table_end() close what was opened. */
void html_table_start(struct text *out, const char *attributes, const char *caption);
void html_table_end(struct text *out);

/* The head of a table.  A title that starts with '#' is that of numbers, and the sign is left
 * out. */
void html_table_head(struct text *out, const char *const *titles, size_t n);

void html_row_start(struct text *out, const char *head); /* with its head in the first cell */
void html_row_end(struct text *out);
void html_cell(struct text *out, const char *text);
void html_number(struct text *out, const char *text); /* aligned to the right */
/* "12.5", or nothing where the value is not finite. */
void html_real(struct text *out, const char *format, double value)
	__attribute__((format(printf, 2, 0)));

/* Each line of `lines` as an item of an open list, with "who: " before it; returns how many. */
size_t html_add_items(struct text *out, const char *who, const char *lines);

/* A block of text to copy: a button and the text, which has the given id. */
void html_copy_block(struct text *out, const char *id, const char *label, const char *text);

#endif
