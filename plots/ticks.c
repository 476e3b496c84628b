/* SPDX-License-Identifier: MIT */
#include "plots/ticks.h"

#include <math.h>

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
	first = lround(floor(range.low / (step / 2)));
	last = lround(ceil(range.high / (step / 2)));
	for (long i = first; i <= last; i++)
		add(ticks, range, (double)i * (step / 2), i % 2 != 0);
}

static void decades(struct ticks *ticks, struct chart_range range, int first, int last, int wanted)
{
	int every = (last - first + wanted - 1) / wanted;

	for (int decade = first - 1; decade <= last + 1; decade++) {
		add(ticks, range, pow(10, decade), every > 1 && decade % every != 0);
		for (int digit = 2; digit < 10 && every <= 1; digit++)
			add(ticks, range, digit * pow(10, decade), true);
	}
}

static void one_two_five(struct ticks *ticks, struct chart_range range, int first, int last)
{
	for (int decade = first; decade <= last; decade++)
		for (int digit = 1; digit < 10; digit++)
			add(ticks, range, digit * pow(10, decade),
			    digit != 1 && digit != 2 && digit != 5);
}

void ticks_choose(struct ticks *ticks, struct chart_range range, bool log_axis, int wanted)
{
	int first, last;

	*ticks = (struct ticks){.n = 0};
	if (!log_axis) {
		even(ticks, range, wanted);
		return;
	}
	first = (int)floor(log10(range.low));
	last = (int)ceil(log10(range.high));
	decades(ticks, range, first, last, wanted);
	if (ticks->n_major >= 3)
		return;
	*ticks = (struct ticks){.n = 0};
	one_two_five(ticks, range, first, last);
	if (ticks->n_major >= 3)
		return;
	*ticks = (struct ticks){.n = 0};
	even(ticks, range, wanted);
}
