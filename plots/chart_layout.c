/* SPDX-License-Identifier: MIT */
#include "plots/chart_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/style.h"
#include "plots/ticks.h"

#define CM_PER_POINT (2.54 / 72)
#define LETTER_WIDTH 0.58 /* of DejaVu Sans, mean, in ems */
#define LINE_HEIGHT  1.25 /* in ems */
#define MANY_PANELS  6	  /* more are drawn smaller */
#define CATEGORY_CM  0.6  /* between categories */
#define SAMPLE_CM    1.2  /* a legend's sample and the space around it */
#define LEGEND_WIDER 1.1  /* gnuplot gives its entries more than their letters need */

double text_letters_cm(size_t letters, double points)
{
	return (double)letters * LETTER_WIDTH * points * CM_PER_POINT;
}

double text_line_cm(double points)
{
	return LINE_HEIGHT * points * CM_PER_POINT;
}

size_t text_letters(const char *text)
{
	size_t letters = 0;

	for (; *text; text++)
		letters += ((unsigned char)*text & 0xc0) != 0x80;
	return letters;
}

size_t text_wrap(const char *text, size_t letters, struct text *out)
{
	size_t lines = 0, used = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");
		struct text word = {0};
		size_t width;

		text_add_bytes(&word, text, length);
		width = text_letters(text_string(&word));
		if (used && used + 1 + width > letters) {
			text_add_char(out, '\n');
			lines++;
			used = 0;
		} else if (used)
			text_add_char(out, ' ');
		text_add(out, text_string(&word));
		used += width + (used > 0);
		text_release(&word);
		text += length;
		if (*text == '\n') {
			text_add_char(out, '\n');
			lines++;
			used = 0;
		}
		text += *text != '\0';
	}
	if (used) {
		text_add_char(out, '\n');
		lines++;
	}
	return lines;
}

static double levels_cm(const struct chart *chart)
{
	size_t widest = 0;

	for (size_t i = 0; i < chart->n_panels; i++)
		for (size_t k = 0; k < chart->panels[i]->n_levels; k++) {
			size_t letters = text_letters(chart->panels[i]->levels[k].name);

			if (letters > widest)
				widest = letters;
		}
	return widest ? text_letters_cm(widest, FONT_CAPTION) + 0.2 : 0;
}

/* Lines that the legend needs within `width`. */
static size_t legend_rows(const struct chart *chart, double width, size_t *columns)
{
	size_t widest = 0;

	*columns = 1;
	if (!chart->n_legend)
		return 0;
	for (size_t i = 0; i < chart->n_legend; i++) {
		size_t letters = text_letters(chart->legend[i].name);

		widest = letters > widest ? letters : widest;
	}
	*columns = (size_t)fmax(
		1,
		floor(width / (LEGEND_WIDER * text_letters_cm(widest, FONT_LEGEND) + SAMPLE_CM)));
	if (*columns > chart->n_legend)
		*columns = chart->n_legend;
	return (chart->n_legend + *columns - 1) / *columns;
}

/* The widest number at a tick of y. */
static size_t widest_number(const struct chart *chart)
{
	struct ticks *ticks = xmalloc(sizeof(*ticks));
	size_t widest = 0;

	for (size_t i = 0; i < chart->n_panels; i++) {
		const struct chart_panel *panel = chart->panels[i];
		struct chart_range x, y;
		char number[SHORT_TEXT];

		if (!chart_panel_range(panel, &x, &y))
			continue;
		ticks_choose(ticks, chart_range_padded(y, panel->y.log), panel->y.log, Y_TICKS);
		for (size_t k = 0; k < ticks->n; k++) {
			size_t letters =
				text_letters(style_number(ticks->list[k].at, false, number));

			if (!ticks->list[k].minor && letters > widest)
				widest = letters;
		}
	}
	free(ticks);
	return widest;
}

/* Room for the names of categories, or for numbers and a title, left of the panels. */
static double left_cm(const struct chart *chart)
{
	const struct chart_panel *panel = chart->panels[0];
	size_t widest = 0;

	for (size_t i = 0; i < panel->n_categories; i++) {
		size_t letters = text_letters(panel->categories[i]);

		widest = letters > widest ? letters : widest;
	}
	return panel->n_categories
		       ? fmax(1.2, text_letters_cm(widest, FONT_TEXT) + 0.75)
		       : fmax(1.75, text_letters_cm(widest_number(chart), FONT_TEXT) + 1.15);
}

static void choose_grid(const struct chart *chart, struct chart_layout *layout)
{
	size_t n = chart->n_panels;

	layout->columns = n <= 3 ? n : n == 4 ? 2 : 3;
	layout->rows = (n + layout->columns - 1) / layout->columns;
	layout->panel_width = n == 1 ? 11.6 : n == 2 ? 6.6 : 5.0;
	layout->panel_height = n == 1 ? 7.0 : n == 2 ? 6.4 : 5.0;
	if (n > MANY_PANELS && chart->same_y) {
		layout->columns = 4;
		layout->rows = (n + 3) / 4;
		layout->panel_width = 3.8;
		layout->panel_height = 3.4;
	}
	if (chart->panels[0]->n_categories)
		layout->panel_height =
			fmax(2.4, CATEGORY_CM * (double)chart->panels[0]->n_categories);
	layout->gap_x = chart->same_y ? 0.5 : left_cm(chart) - 0.05;
	layout->gap_y = layout->rows > 1 ? 1.6 : 0;
}

double chart_layout_title_cm(const struct chart *chart)
{
	return chart->title[0] ? text_line_cm(FONT_TITLE) + 0.15 : 0;
}

void chart_layout_make(const struct chart *chart, struct chart_layout *layout)
{
	double titles = chart->panels[0]->title[0] ? text_line_cm(FONT_TEXT) : 0;
	double grid_width, grid_height;

	*layout = (struct chart_layout){.columns = 1};
	choose_grid(chart, layout);
	layout->left = left_cm(chart);
	if (chart->panels[0]->n_categories && layout->columns == 1)
		layout->panel_width = fmax(6, layout->panel_width - fmax(0, layout->left - 3));
	grid_width =
		(double)layout->columns * (layout->panel_width + layout->gap_x) - layout->gap_x;
	grid_height = (double)layout->rows * (layout->panel_height + layout->gap_y) - layout->gap_y;
	layout->right = 0.45 + levels_cm(chart);
	layout->width = layout->left + grid_width + layout->right;
	layout->caption_lines =
		text_wrap(text_string(&chart->caption),
			  (size_t)((layout->width - 0.7) / text_letters_cm(1, FONT_CAPTION)),
			  &layout->caption);
	layout->top = 0.3 + chart_layout_title_cm(chart) + titles;
	layout->top += (double)legend_rows(chart, layout->width - 0.7, &layout->legend_columns) *
		       text_line_cm(FONT_LEGEND);
	layout->top += chart->n_legend ? 0.15 : 0;
	layout->bottom = 1.25 + (double)layout->caption_lines * text_line_cm(FONT_CAPTION) + 0.15;
	layout->height = layout->top + grid_height + layout->bottom;
}

void chart_layout_release(struct chart_layout *layout)
{
	text_release(&layout->caption);
}

struct chart_box chart_layout_panel(const struct chart_layout *layout, size_t index)
{
	double column = (double)(index % layout->columns);
	double row = (double)(index / layout->columns);
	double left = layout->left + column * (layout->panel_width + layout->gap_x);
	double top = layout->height - layout->top - row * (layout->panel_height + layout->gap_y);

	return (struct chart_box){.left = left / layout->width,
				  .right = (left + layout->panel_width) / layout->width,
				  .bottom = (top - layout->panel_height) / layout->height,
				  .top = top / layout->height};
}
