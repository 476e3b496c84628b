/* SPDX-License-Identifier: MIT */
#include "plots/svg_paint.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/style.h"

#define N_ARMS 8
#define NEAR   2.0 /* levels of 255 that rounding may have moved a channel */

static bool read_colour(const char *text, double rgb[3])
{
	unsigned r, g, b;
	bool found = true;

	if (strcmp(text, "black") == 0)
		r = g = b = 0;
	else if (strcmp(text, "white") == 0)
		r = g = b = 255;
	else
		found = sscanf(text, "rgb(%u ,%u ,%u )", &r, &g, &b) == 3 ||
			(strlen(text) == 7 && sscanf(text, "#%2x%2x%2x", &r, &g, &b) == 3);
	if (found) {
		rgb[0] = r;
		rgb[1] = g;
		rgb[2] = b;
	}
	return found;
}

/* How strong the full colour is in a mix with white; NAN where it is no such mix. */
static double strength_in(const double mix[3], const double full[3])
{
	double most = 0, strength;

	for (int i = 0; i < 3; i++)
		most = fmax(most, 255 - full[i]);
	strength = 0;
	for (int i = 0; i < 3; i++)
		if (255 - full[i] >= most)
			strength = (255 - mix[i]) / most;
	for (int i = 0; i < 3; i++)
		if (fabs(255 - strength * (255 - full[i]) - mix[i]) > NEAR)
			return (double)NAN;
	return strength > 1 ? (double)NAN : strength;
}

static struct svg_paint grey(double level)
{
	struct svg_paint paint = {"currentColor", (255 - level) / 255};

	if (level > 255 - NEAR) {
		strcpy(paint.value, "var(--page)");
		paint.opacity = 1;
	}
	return paint;
}

struct svg_paint svg_paint_of(const char *colour)
{
	struct svg_paint paint = {"", 1};
	char name[STYLE_COLOUR_SIZE];
	double rgb[3], full[3];

	snprintf(paint.value, sizeof(paint.value), "%s", colour);
	if (!read_colour(colour, rgb))
		return paint;
	if (fabs(rgb[0] - rgb[1]) <= NEAR && fabs(rgb[1] - rgb[2]) <= NEAR)
		return grey(rgb[0]);
	for (int arm = 0; arm < N_ARMS; arm++) {
		read_colour(style_colour(arm, 1, name), full);
		if (isfinite(strength_in(rgb, full))) {
			snprintf(paint.value, sizeof(paint.value), "%s", name);
			paint.opacity = strength_in(rgb, full);
			break;
		}
	}
	return paint;
}
