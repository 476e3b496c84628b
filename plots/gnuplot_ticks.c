/* SPDX-License-Identifier: MIT */
#include "plots/gnuplot_ticks.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "plots/style.h"
#include "plots/ticks.h"

#define BETWEEN_LABELS_CM 0.1

static const char *tick_text(const struct gnuplot_axis *axis, bool terminal,
			     const struct tick *tick, char buffer[SHORT_TEXT])
{
	if (tick->minor || !axis->labels)
		return "";
	return axis->doubles ? style_doubling(tick->at, buffer)
			     : style_number(tick->at, terminal, buffer);
}

/* Whether a label stays on its side of the middle between two panels, and on the page. */
static bool within_panel(const struct chart_layout *layout, double at, double width)
{
	double middle = layout->columns > 1 ? layout->gap_x / 2 : layout->right;

	return at - width / 2 > -middle &&
	       at + width / 2 < layout->panel_width + fmin(middle, layout->right);
}

/* Labels along x that would touch the one before, or reach into the next panel, become small
 * ticks. */
static void keep_apart(const struct gnuplot_axis *axis, const struct chart_layout *layout,
		       struct ticks *ticks)
{
	double free_from = -HUGE_VAL;
	char number[SHORT_TEXT];

	for (size_t i = 0; i < ticks->n; i++) {
		struct tick *tick = &ticks->list[i];
		size_t letters = text_letters(tick_text(axis, false, tick, number));
		double width = text_letters_cm(letters, FONT_TEXT);
		double at =
			layout->panel_width * chart_range_share(axis->range, axis->log, tick->at);

		if (tick->minor)
			continue;
		if (at - width / 2 < free_from || !within_panel(layout, at, width))
			tick->minor = true;
		else
			free_from = at + width / 2 + BETWEEN_LABELS_CM;
	}
}

void gnuplot_add_ticks(const struct gnuplot_axis *axis, bool terminal,
		       const struct chart_layout *layout, struct text *out)
{
	struct ticks *ticks = xmalloc(sizeof(*ticks));
	char name = axis->name, number[SHORT_TEXT];

	if (axis->doubles)
		ticks_choose_doubling(ticks, axis->range, axis->wanted);
	else
		ticks_choose(ticks, axis->range, axis->log, axis->wanted);
	if (name == 'x' && !terminal)
		keep_apart(axis, layout, ticks);
	text_printf(out, "%s logscale %c\nset %crange [%.10g:%.10g]\nset %ctics %s (",
		    axis->log ? "set" : "unset", name, name, axis->range.low, axis->range.high,
		    name, terminal ? "mirror in" : "nomirror out scale 0.6,0.3");
	for (size_t i = 0; i < ticks->n; i++) {
		const struct tick *tick = &ticks->list[i];

		text_printf(out, "%s'%s' %.10g%s", i ? ", " : "",
			    tick_text(axis, terminal, tick, number), tick->at,
			    tick->minor ? " 1" : "");
	}
	text_add(out, ")\n");
	free(ticks);
}
