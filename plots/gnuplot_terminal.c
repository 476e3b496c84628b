/* SPDX-License-Identifier: MIT */
#include "plots/gnuplot_terminal.h"

#include "plots/chart_layout.h"

#define PNG_DPI		240.0
#define SVG_DPI		96.0
#define FONT_DPI	96.0 /* at which the cairo terminals' font sizes are points */
#define POINTS_PER_INCH 72.0
#define CM_PER_INCH	2.54

/* gnuplot may be built without cairo: libgd draws PNGs too, less finely. */
static void add_png(double width_cm, double height_cm, struct text *out)
{
	double width = width_cm / CM_PER_INCH * PNG_DPI;
	double height = height_cm / CM_PER_INCH * PNG_DPI, scale = PNG_DPI / FONT_DPI;

	text_printf(out,
		    "if (strstrt(GPVAL_TERMINALS, ' pngcairo ')) {\n"
		    "set terminal pngcairo noenhanced size %.0f,%.0f font 'Sans,%d' "
		    "fontscale %.4g linewidth %.4g pointscale %.4g\n} else {\n"
		    "set terminal png noenhanced truecolor size %.0f,%.0f font '%.0f' "
		    "linewidth %.4g\n}\n",
		    width, height, FONT_TEXT, scale, scale, scale, width, height, FONT_TEXT * scale,
		    scale);
}

static void add_svg(double width_cm, double height_cm, bool in_page, struct text *out)
{
	double scale = SVG_DPI / POINTS_PER_INCH;

	text_printf(out,
		    "set terminal svg noenhanced size %.0f,%.0f font 'sans-serif,%d' "
		    "fontscale %.4g linewidth %.4g%s\n",
		    width_cm / CM_PER_INCH * SVG_DPI, height_cm / CM_PER_INCH * SVG_DPI, FONT_TEXT,
		    scale, scale, in_page ? "" : " background '#ffffff'");
}

static void add_pdf(double width_cm, double height_cm, struct text *out)
{
	text_printf(out,
		    "set terminal pdfcairo noenhanced size %.2fcm,%.2fcm font 'Sans,%d' "
		    "fontscale %.4g linewidth 1.6 pointscale 0.95\n",
		    width_cm, height_cm, FONT_TEXT, POINTS_PER_INCH / FONT_DPI);
}

void gnuplot_add_terminal(const struct gnuplot_target *target, double width_cm, double height_cm,
			  struct text *out)
{
	switch (target->format) {
	case FORMAT_PNG:
		add_png(width_cm, height_cm, out);
		break;
	case FORMAT_SVG:
	case FORMAT_PAGE:
		add_svg(width_cm, height_cm, target->format == FORMAT_PAGE, out);
		break;
	case FORMAT_PDF:
		add_pdf(width_cm, height_cm, out);
		break;
	case FORMAT_TERMINAL:
		text_printf(out, "set terminal dumb noenhanced %s size %d,%d\n",
			    target->colour ? "ansi256" : "mono", target->columns, target->lines);
	}
}
