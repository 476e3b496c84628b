/* SPDX-License-Identifier: MIT */
#include "plots/style.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const struct {
	const char *ending;
	enum figure_format format;
} formats[] = {{".png", FORMAT_PNG}, {".svg", FORMAT_SVG}, {".pdf", FORMAT_PDF}};

/* Okabe and Ito's order, most different first; yellow is too light for lines. */
static const unsigned colours[] = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
				   0xe69f00, 0x56b4e9, 0x000000};
static const unsigned neutral = 0x5f5f5f;

/* Filled types of gnuplot; the open one is the number below. */
static const int points[] = {7, 5, 9, 13, 11, 15};

#define NEUTRAL_DASH "(4,4)"
static const char *const dashes[] = {"1", "(12,4)", "(12,4,2,4)", "(4,4)", "(2,3)", "(18,6)"};

int figure_format_of(const char *path, enum figure_format *format, struct error *err)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	struct suggestion near;
	char hint[128];

	suggestion_start(&near, dot ? dot : "");
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (text_ends_with(path, formats[i].ending)) {
			*format = formats[i].format;
			return 0;
		}
		suggestion_offer(&near, formats[i].ending);
	}
	return error_set(err, ERR_USAGE,
			 "cannot draw into '%s': the name must end with .png, .svg or .pdf%s", path,
			 dot ? suggestion_text(&near, hint, sizeof(hint)) : "");
}

const char *style_colour(int arm, double strength, char buffer[STYLE_COLOUR_SIZE])
{
	unsigned full = arm < 0 ? neutral : colours[(size_t)arm % ARRAY_SIZE(colours)];
	unsigned mixed = 0;

	for (int shift = 16; shift >= 0; shift -= 8) {
		double channel = (full >> shift) & 255;

		mixed = mixed << 8 | (unsigned)lround(255 + strength * (channel - 255));
	}
	snprintf(buffer, STYLE_COLOUR_SIZE, "#%06x", mixed & 0xffffff);
	return buffer;
}

int style_point(int arm, bool open, enum figure_format format)
{
	size_t at = arm < 0 ? 0 : (size_t)arm;

	if (format == FORMAT_TERMINAL)
		return (int)(at % 26) + 1;
	return points[at % ARRAY_SIZE(points)] - (open ? 1 : 0);
}

const char *style_dash(int arm)
{
	return arm < 0 ? NEUTRAL_DASH : dashes[(size_t)arm % ARRAY_SIZE(dashes)];
}

static void add_superscript(struct text *out, int exponent)
{
	static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
	char plain[16];

	snprintf(plain, sizeof(plain), "%d", exponent);
	for (const char *at = plain; *at; at++)
		text_add(out, *at == '-' ? "⁻" : digits[*at - '0']);
}

const char *style_number(double value, bool ascii, char buffer[SHORT_TEXT])
{
	int exponent = value != 0 ? (int)floor(log10(fabs(value)) + 1e-9) : 0;
	double mantissa = value / pow(10, exponent);
	struct text out = {0};

	if (exponent >= -4 && exponent < 4)
		text_printf(&out, "%.4g", value);
	else if (ascii)
		text_printf(&out, "%.3ge%d", mantissa, exponent);
	else {
		if (fabs(mantissa - 1) > 1e-6)
			text_printf(&out, "%.3g×", mantissa);
		text_add(&out, "10");
		add_superscript(&out, exponent);
	}
	snprintf(buffer, SHORT_TEXT, "%s", text_string(&out));
	text_release(&out);
	return buffer;
}

const char *style_doubling(double value, char buffer[SHORT_TEXT])
{
	static const char units[] = {'k', 'M', 'G', 'T'};
	int unit = -1;

	while (unit + 1 < (int)sizeof(units) && fmod(value, 1024) == 0 && value > 0) {
		value /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(buffer, SHORT_TEXT, "%.4g", value);
	else
		snprintf(buffer, SHORT_TEXT, "%.4g%c", value, units[unit]);
	return buffer;
}
