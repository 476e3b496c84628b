/* SPDX-License-Identifier: MIT */
#include "plots/html.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void add_char(struct text *out, char c)
{
	switch (c) {
	case '&':
		text_add(out, "&amp;");
		break;
	case '<':
		text_add(out, "&lt;");
		break;
	case '>':
		text_add(out, "&gt;");
		break;
	case '"':
		text_add(out, "&quot;");
		break;
	case '\'':
		text_add(out, "&#39;");
		break;
	default:
		text_add_char(out, (unsigned char)c < ' ' && c != '\n' && c != '\t' ? ' ' : c);
	}
}

void html_add_text(struct text *out, const char *text)
{
	for (; *text; text++)
		add_char(out, *text);
}

void html_element(struct text *out, const char *tag, const char *attributes, const char *text)
{
	text_printf(out, "<%s%s%s>", tag, attributes[0] ? " " : "", attributes);
	html_add_text(out, text);
	text_printf(out, "</%s>\n", tag);
}

void html_table_start(struct text *out, const char *attributes, const char *caption)
{
	text_printf(out,
		    "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"table\">"
		    "<table%s%s>\n",
		    attributes[0] ? " " : "", attributes);
	if (caption[0])
		html_element(out, "caption", "", caption);
}

void html_table_end(struct text *out)
{
	text_add(out, "</tbody></table></div>\n");
}

void html_table_head(struct text *out, const char *const *titles, size_t n)
{
	text_add(out, "<thead><tr>");
	for (size_t i = 0; i < n; i++) {
		bool number = titles[i][0] == '#';

		text_printf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
		html_add_text(out, titles[i] + number);
		text_add(out, "</th>");
	}
	text_add(out, "</tr></thead>\n<tbody>\n");
}

void html_row_start(struct text *out, const char *head)
{
	text_add(out, "<tr><th scope=\"row\">");
	html_add_text(out, head);
	text_add(out, "</th>");
}

void html_row_end(struct text *out)
{
	text_add(out, "</tr>\n");
}

void html_cell(struct text *out, const char *text)
{
	text_add(out, "<td>");
	html_add_text(out, text);
	text_add(out, "</td>");
}

void html_number(struct text *out, const char *text)
{
	text_add(out, "<td class=\"n\">");
	html_add_text(out, text);
	text_add(out, "</td>");
}

void html_real(struct text *out, const char *format, double value)
{
	char buffer[64] = "";

	if (isfinite(value))
		snprintf(buffer, sizeof(buffer), format, value);
	html_number(out, buffer);
}

size_t html_add_items(struct text *out, const char *who, const char *lines)
{
	char *copy = xstrdup(lines), *rest = NULL;
	size_t n = 0;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		text_add(out, "<li>");
		if (who[0]) {
			text_add(out, "<b>");
			html_add_text(out, who);
			text_add(out, "</b>: ");
		}
		html_add_text(out, line);
		text_add(out, "</li>\n");
		n++;
	}
	free(copy);
	return n;
}

void html_copy_block(struct text *out, const char *id, const char *label, const char *text)
{
	text_printf(out, "<div class=\"copy\"><button type=\"button\" data-copy=\"%s\">copy ", id);
	html_add_text(out, label);
	text_printf(out, "</button><pre id=\"%s\" tabindex=\"0\">", id);
	html_add_text(out, text);
	text_add(out, "</pre></div>\n");
}
