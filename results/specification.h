/* SPDX-License-Identifier: MIT
 *
 * Specifications: what a ratio becomes under each other choice that a referee could defend, one
 * choice changed at a time.  The first is the choice that was made.
 */
#ifndef RESULTS_SPECIFICATION_H
#define RESULTS_SPECIFICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "results/bootstrap.h"

struct specification {
	size_t baseline, challenger; /* arms */
	const char *choice; /* "as asked", "largest budget dropped"; static or the report's */
	double flops;	    /* where: C of the baseline */
	double ratio;	    /* NAN: not to be had */
	struct interval interval;
	const char *why_not; /* NULL: there is a ratio */
};

#endif
