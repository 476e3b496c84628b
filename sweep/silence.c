/* SPDX-License-Identifier: MIT */
#include "sweep/silence.h"

#include <math.h>

#define LEAST_S	   300.0
#define OF_LONGEST 20
#define OF_COST	   2

void silence_start(struct silence *silence, double given_s, double cost_s)
{
	*silence = (struct silence){.given_s = given_s, .cost_s = fmax(0, cost_s)};
}

void silence_goes_on(struct silence *silence, double seconds)
{
	silence->lasts_s += seconds;
}

void silence_ends(struct silence *silence)
{
	silence->longest_s = fmax(silence->longest_s, silence->lasts_s);
	silence->lasts_s = 0;
}

double silence_limit_s(const struct silence *silence)
{
	if (silence->given_s > 0)
		return silence->given_s;
	return fmax(LEAST_S, fmax(OF_LONGEST * silence->longest_s, OF_COST * silence->cost_s));
}

bool silence_is_too_long(const struct silence *silence)
{
	return silence->lasts_s > silence_limit_s(silence);
}
