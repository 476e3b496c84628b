/* SPDX-License-Identifier: MIT
 *
 * How figures look: file formats, colours, point and dash types, sizes.
 *
 * Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart; every
 * arm also has its own point and dash type, so that a figure survives a grey printer.
 */
#ifndef PLOTS_STYLE_H
#define PLOTS_STYLE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* FORMAT_PAGE: svg to lie in a page, without ground and with values to hover over. */
enum figure_format { FORMAT_PNG, FORMAT_SVG, FORMAT_PDF, FORMAT_TERMINAL, FORMAT_PAGE };

/* By the ending of a file name.  ERR_USAGE, with the endings there are. */
int figure_format_of(const char *path, enum figure_format *format, struct error *err);

#define STYLE_NEUTRAL	  (-1) /* the arm of what belongs to no arm: grey */
#define STYLE_COLOUR_SIZE 8

/* "#rrggbb" of an arm, mixed with white: strength 1 is the full colour, 0 white. */
const char *style_colour(int arm, double strength, char buffer[STYLE_COLOUR_SIZE]);

/* gnuplot's point type of an arm, filled or open; in a terminal the letter A, B, ... */
int style_point(int arm, bool open, enum figure_format format);

/* gnuplot's dash type of an arm: "1" is solid; what is neutral has short dashes. */
const char *style_dash(int arm);

/* A number for a tick or a caption: "0.003", "25", "2×10¹²" ("2e12" where `ascii`). */
const char *style_number(double value, bool ascii, char buffer[SHORT_TEXT]);

/* A power of two as sweep files write it: "512", "64k", "1M". */
const char *style_doubling(double value, char buffer[SHORT_TEXT]);

#endif
