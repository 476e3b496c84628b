/* SPDX-License-Identifier: MIT
 *
 * Labels are placed in their order.  Each takes the side with the smallest cost: of leaving the
 * panel, of lying on a label that is already there, on points and on lines.  A label for which
 * other labels leave no side is left out.
 */
#include "plots/gnuplot_labels.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "plots/gnuplot_script.h"

#define OUTSIDE_COST 100.0
#define LABEL_COST   50.0
#define POINT_COST   1.0
#define LINE_COST    0.2 /* for each of its corners */
#define BESIDE_CM    0.12
#define ABOVE_CM     0.24

/* Inside a panel, cm from its lower left corner. */
struct box {
	double left, right, bottom, top;
};

struct labelling {
	const struct chart_panel *panel;
	double width, height; /* of the panel, cm */
	struct chart_range x, y;
	struct box *taken; /* by labels */
	size_t n_taken;
};

static const struct side {
	double dx, dy;
	bool to_the_left; /* the text ends there */
} sides[] = {{BESIDE_CM, 0, false}, {0, ABOVE_CM, false}, {0, ABOVE_CM, true},
	     {0, -ABOVE_CM, false}, {0, -ABOVE_CM, true}, {-BESIDE_CM, 0, true}};

static double x_cm(const struct labelling *l, double x)
{
	return l->width * chart_range_share(l->x, l->panel->x.log, x);
}

static double y_cm(const struct labelling *l, double y)
{
	return l->height * chart_range_share(l->y, l->panel->y.log, y);
}

static struct box box_at(const struct labelling *l, const struct chart_label *label,
			 const struct side *side)
{
	double width = text_letters_cm(text_letters(label->text), FONT_CAPTION);
	double height = text_line_cm(FONT_CAPTION);
	double x = x_cm(l, label->x) + side->dx, y = y_cm(l, label->y) + side->dy;

	return (struct box){.left = side->to_the_left ? x - width : x,
			    .right = side->to_the_left ? x : x + width,
			    .bottom = y - height / 2,
			    .top = y + height / 2};
}

static bool overlap(const struct box *a, const struct box *b)
{
	return a->left < b->right && b->left < a->right && a->bottom < b->top && b->bottom < a->top;
}

static double cost_of_series(const struct labelling *l, const struct chart_series *series,
			     const struct box *box)
{
	bool line = series->look.mark == CHART_LINE;
	double cost = 0;

	for (size_t i = 0; series->look.mark != CHART_BAND && i < series->n; i++) {
		double x = x_cm(l, series->rows[i].x), y = y_cm(l, series->rows[i].y);

		if (x > box->left && x < box->right && y > box->bottom && y < box->top)
			cost += line ? LINE_COST : POINT_COST;
	}
	return cost;
}

static bool is_taken(const struct labelling *l, const struct box *box)
{
	for (size_t i = 0; i < l->n_taken; i++)
		if (overlap(box, &l->taken[i]))
			return true;
	return false;
}

static double cost_of(const struct labelling *l, const struct box *box)
{
	double cost = 0;

	if (box->left < 0 || box->right > l->width || box->top > l->height || box->bottom < 0)
		cost += OUTSIDE_COST;
	if (is_taken(l, box))
		cost += LABEL_COST;
	for (size_t i = 0; i < l->panel->n_series; i++)
		cost += cost_of_series(l, l->panel->series[i], box);
	return cost;
}

/* NULL: every side is taken. */
static const struct side *choose_side(struct labelling *l, const struct chart_label *label)
{
	const struct side *best = NULL;
	double least = HUGE_VAL;
	struct box box;

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		double cost;

		box = box_at(l, label, &sides[i]);
		cost = cost_of(l, &box);
		if (cost < least) {
			least = cost;
			best = &sides[i];
		}
	}
	box = box_at(l, label, best);
	if (is_taken(l, &box))
		return NULL;
	l->taken[l->n_taken++] = box;
	return best;
}

static void add_label(struct labelling *l, const struct chart_label *label, struct text *out)
{
	const struct side *side = choose_side(l, label);

	if (!side)
		return;
	text_add(out, "set label ");
	gnuplot_add_quoted(out, label->text);
	text_printf(out, " at graph %.4f, graph %.4f %s front font ',%d'\n",
		    (x_cm(l, label->x) + side->dx) / l->width,
		    (y_cm(l, label->y) + side->dy) / l->height,
		    side->to_the_left ? "right" : "left", FONT_CAPTION);
}

static void add_terminal_label(const struct labelling *l, const struct chart_label *label,
			       struct text *out)
{
	double width = text_letters_cm(text_letters(label->text), FONT_CAPTION);

	text_add(out, "set label ");
	gnuplot_add_quoted(out, label->text);
	text_printf(out, " at %.10g,%.10g %s front\n", label->x, label->y,
		    x_cm(l, label->x) + width < l->width ? "left offset 0.7,0"
							 : "right offset 0.3,0.55");
}

void gnuplot_add_labels(const struct chart_panel *panel, bool terminal,
			const struct chart_layout *layout, struct chart_range x,
			struct chart_range y, struct text *out)
{
	struct labelling l = {.panel = panel,
			      .width = layout->panel_width,
			      .height = layout->panel_height,
			      .x = x,
			      .y = y,
			      .taken = xcalloc(panel->n_labels + 1, sizeof(struct box))};

	for (size_t i = 0; i < panel->n_labels; i++) {
		if (terminal)
			add_terminal_label(&l, &panel->labels[i], out);
		else
			add_label(&l, &panel->labels[i], out);
	}
	free(l.taken);
}
