/* SPDX-License-Identifier: MIT
 *
 * A pass over the tags, in the order in which gnuplot writes them.  What it does not know it
 * copies.
 */
#include "plots/svg_inline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plots/gnuplot_hover.h"
#include "plots/html.h"
#include "plots/svg_paint.h"

struct inliner {
	const struct chart *chart;
	const char *name, *label;
	struct text *out;
};

struct attribute {
	char *name, *value;
};

struct tag {
	const char *name; /* "g", "/g", "?xml" */
	struct attribute attributes[24];
	size_t n;
	bool closed; /* ends with "/>" */
	char *copy;
};

/* The '>' that ends a tag. */
static const char *tag_end(const char *at)
{
	char quote = '\0';

	for (; *at; at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at;
	}
	return NULL;
}

/* One `name = "value"`; returns what follows it, NULL: no more. */
static char *read_attribute(char *at, struct attribute *attribute)
{
	char *equals, quote;

	at += strspn(at, " \t\r\n");
	equals = at + strcspn(at, "=");
	if (!*at || !*equals)
		return NULL;
	attribute->name = at;
	for (at = equals; at > attribute->name && isspace((unsigned char)at[-1]); at--)
		;
	*at = '\0';
	at = equals + 1 + strspn(equals + 1, " \t\r\n");
	quote = *at;
	if (quote != '"' && quote != '\'')
		return NULL;
	attribute->value = ++at;
	at += strcspn(at, (char[]){quote, '\0'});
	if (*at)
		*at++ = '\0';
	return at;
}

/* `from` is just behind the '<'. */
static void read_tag(struct tag *tag, const char *from, const char *end)
{
	char *at;

	*tag = (struct tag){.copy = xstrndup(from, (size_t)(end - from))};
	at = tag->copy + strlen(tag->copy);
	tag->closed = at > tag->copy && at[-1] == '/';
	if (tag->closed)
		at[-1] = '\0';
	tag->name = tag->copy;
	at = tag->copy + strcspn(tag->copy, " \t\r\n");
	if (*at)
		*at++ = '\0';
	while (at && tag->n < ARRAY_SIZE(tag->attributes)) {
		at = read_attribute(at, &tag->attributes[tag->n]);
		tag->n += at != NULL;
	}
}

static const char *value_of(const struct tag *tag, const char *name)
{
	for (size_t i = 0; i < tag->n; i++)
		if (strcmp(tag->attributes[i].name, name) == 0)
			return tag->attributes[i].value;
	return NULL;
}

static void add_attribute(struct inliner *in, const char *name, const char *value)
{
	text_printf(in->out, " %s=\"%s\"", name, value);
}

/* What gnuplot says in one attribute may take two. */
static void add_paint(struct inliner *in, const struct tag *tag, const struct attribute *attribute)
{
	struct svg_paint paint = svg_paint_of(attribute->value);
	bool ink = strcmp(attribute->name, "color") == 0;
	char opacity[SHORT_TEXT];

	if (ink && strcmp(tag->name, "g") == 0)
		return; /* symbols, and text, have their own */
	add_attribute(in, attribute->name, paint.value);
	if (paint.opacity >= 1 || value_of(tag, "opacity") || value_of(tag, "fill-opacity"))
		return;
	snprintf(opacity, sizeof(opacity), "%.3g", paint.opacity);
	if (ink)
		add_attribute(in, "opacity", opacity);
	else
		text_printf(in->out, " %s-opacity=\"%s\"", attribute->name, opacity);
}

/* "#x" and "url(#x)" point to ids that have the figure's name before them. */
static void add_reference(struct inliner *in, const char *name, const char *value)
{
	const char *hash = strchr(value, '#');

	text_printf(in->out, " %s=\"%.*s#%s-%s\"", name, (int)(hash - value), value, in->name,
		    hash + 1);
}

static void rewrite(struct inliner *in, const struct tag *tag, const struct attribute *attribute)
{
	const char *name = attribute->name, *value = attribute->value;

	if (strcmp(name, "id") == 0)
		text_printf(in->out, " id=\"%s-%s\"", in->name, value);
	else if (strcmp(name, "xlink:href") == 0 && value[0] == '#')
		add_reference(in, "href", value);
	else if (strstr(value, "url(#"))
		add_reference(in, name, value);
	else if (strcmp(name, "font-family") == 0) {
		if (strstr(value, "Bold"))
			add_attribute(in, "font-weight", "bold");
	} else if (strcmp(name, "flood-color") == 0)
		add_attribute(in, name, svg_paint_of(value).value);
	else if (strcmp(name, "fill") == 0 || strcmp(name, "stroke") == 0 ||
		 strcmp(name, "color") == 0)
		add_paint(in, tag, attribute);
	else
		add_attribute(in, name, value);
}

static void add_svg(struct inliner *in, const struct tag *tag)
{
	const char *box = value_of(tag, "viewBox");

	text_printf(in->out, "<svg viewBox=\"%s\" role=\"img\" aria-label=\"", box ? box : "");
	html_add_text(in->out, in->label);
	text_add(in->out, "\">");
}

static void add_hover(struct inliner *in, const char *script)
{
	struct text words = {0};

	gnuplot_hover_text(in->chart,
			   strtoul(strstr(script, HOVER_PREFIX) + strlen(HOVER_PREFIX), NULL, 10),
			   &words);
	text_add(in->out, "<g class=\"hover\"><title>");
	html_add_text(in->out, text_string(&words));
	text_add(in->out, "</title>");
	text_release(&words);
}

static void add_tag(struct inliner *in, const struct tag *tag)
{
	const char *script = value_of(tag, "onmousemove");

	if (tag->name[0] == '?' || tag->name[0] == '!')
		return;
	if (strcmp(tag->name, "svg") == 0) {
		add_svg(in, tag);
		return;
	}
	if (script && strstr(script, HOVER_PREFIX)) {
		add_hover(in, script);
		return;
	}
	text_printf(in->out, "<%s", tag->name);
	for (size_t i = 0; i < tag->n; i++)
		rewrite(in, tag, &tag->attributes[i]);
	text_add(in->out, tag->closed ? "/>" : ">");
}

/* What follows an element whose start ends at `end`, where gnuplot wrote it in vain: titles and
 * descriptions of its own, and groups of nothing.  NULL: it is wanted. */
static const char *skip(const struct tag *tag, const char *end)
{
	const char *next = end + 1 + strspn(end + 1, " \t\r\n");

	if (strcmp(tag->name, "title") == 0 || strcmp(tag->name, "desc") == 0) {
		next = strstr(end, "</");
		next = next ? strchr(next, '>') : NULL;
		return next ? next + 1 : NULL;
	}
	if (strcmp(tag->name, "g") == 0 && strncmp(next, "</g>", 4) == 0)
		return next + 4;
	return NULL;
}

void svg_inline(const char *svg, const struct chart *chart, const char *name, const char *label,
		struct text *out)
{
	struct inliner in = {chart, name, label, out};

	while (*svg) {
		size_t plain = strcspn(svg, "<");
		const char *end = svg[plain] ? tag_end(svg + plain) : NULL, *next;
		struct tag tag;

		if (svg[plain] && svg[plain + 1] != '?' && plain > strspn(svg, " \t\r\n"))
			text_add_bytes(out, svg, plain);
		if (!end)
			break;
		read_tag(&tag, svg + plain + 1, end);
		next = skip(&tag, end);
		if (!next)
			add_tag(&in, &tag);
		svg = next ? next : end + 1;
		free(tag.copy);
	}
	text_add_char(out, '\n');
}
