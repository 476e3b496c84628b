/* SPDX-License-Identifier: MIT */
#include "results/robust.h"

#include <math.h>

static struct robust_value square(double r)
{
	return (struct robust_value){0.5 * r * r, r, 1, 1};
}

static struct robust_value huber(double r, double delta)
{
	double size = fabs(r);

	if (size <= delta)
		return (struct robust_value){0.5 * r * r, r, 1, 1};
	return (struct robust_value){delta * (size - 0.5 * delta), copysign(delta, r), 0,
				     delta / size};
}

static struct robust_value absolute(double r)
{
	double size = fabs(r);

	return (struct robust_value){size, r == 0 ? 0 : copysign(1, r), 0, size > 0 ? 1 / size : 1};
}

struct robust_value robust_at(const struct robust *robust, double r)
{
	switch (robust->kind) {
	case ROBUST_HUBER:
		return huber(r, robust->delta);
	case ROBUST_LAD:
		return absolute(r);
	case ROBUST_LSQ_LOG:
	case ROBUST_LSQ:
		break;
	}
	return square(r);
}

const char *robust_name(enum robust_kind kind)
{
	static const char *const names[] = {"huber", "lad", "lsq_log", "lsq"};

	return names[kind];
}
