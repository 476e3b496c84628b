/* SPDX-License-Identifier: MIT */
#include "plots/ticks.h"

#include <math.h>
#include <string.h>

static void add(struct ticks *ticks, struct chart_range range, double at, bool minor)
{
	double slack = 1e-9 * (fabs(range.low) + fabs(range.high));

	if (at < range.low - slack || at > range.high + slack || ticks->n == TICKS_MAX)
		return;
	ticks->list[ticks->n++] = (struct tick){at, minor};
	if (!minor)
		ticks->n_major++;
}

static void even(struct ticks *ticks, struct chart_range range, int wanted)
{
	static const double round_steps[] = {1, 2, 2.5, 5, 10};
	double rough = (range.high - range.low) / wanted;
	double power = pow(10, floor(log10(rough)));
	double step = 10 * power;
	long first, last;

	for (int i = 4; i >= 0; i--)
		if (round_steps[i] * power >= 0.999 * rough)
			step = round_steps[i] * power;
	*ticks = (struct ticks){.n = 0};
	first = lround(floor(range.low / (step / 2)));
	last = lround(ceil(range.high / (step / 2)));
	for (long i = first; i <= last; i++)
		add(ticks, range, (double)i * (step / 2), i % 2 != 0);
}

/* Labels at the digits listed in `labelled` of every decade. */
static void digits(struct ticks *ticks, struct chart_range range, const char *labelled)
{
	int first = (int)floor(log10(range.low)), last = (int)ceil(log10(range.high));

	*ticks = (struct ticks){.n = 0};
	for (int decade = first; decade <= last; decade++)
		for (int digit = 1; digit < 10; digit++)
			add(ticks, range, digit * pow(10, decade),
			    strchr(labelled, '0' + digit) == NULL);
}

static void decades(struct ticks *ticks, struct chart_range range, int wanted)
{
	int first = (int)ceil(log10(range.low)), last = (int)floor(log10(range.high));
	int every = (last - first + wanted) / wanted;

	*ticks = (struct ticks){.n = 0};
	for (int decade = first; decade <= last; decade++)
		add(ticks, range, pow(10, decade), decade % every != 0);
}

/* The rarest labels of which there are at least three. */
static void on_log_axis(struct ticks *ticks, struct chart_range range, size_t wanted)
{
	static const char *const choices[] = {"1", "13", "125", "12357"};

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		digits(ticks, range, choices[i]);
		if (ticks->n_major > wanted)
			break;
		if (ticks->n_major >= 3)
			return;
	}
	if (ticks->n_major > wanted)
		decades(ticks, range, (int)wanted);
	else
		even(ticks, range, (int)wanted);
}

void ticks_choose(struct ticks *ticks, struct chart_range range, bool log_axis, int wanted)
{
	if (log_axis)
		on_log_axis(ticks, range, (size_t)wanted);
	else
		even(ticks, range, wanted);
}

void ticks_choose_doubling(struct ticks *ticks, struct chart_range range, int wanted)
{
	int first = (int)ceil(log2(range.low)), last = (int)floor(log2(range.high));
	int every = last > first ? (last - first) / wanted + 1 : 1;

	*ticks = (struct ticks){.n = 0};
	for (int power = first; power <= last; power++)
		add(ticks, range, pow(2, power), (power - first) % every != 0);
	if (ticks->n_major < 2)
		ticks_choose(ticks, range, true, wanted);
}
