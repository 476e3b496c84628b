/* SPDX-License-Identifier: MIT
 *
 * How long a list of jobs takes on several workers.
 */
#ifndef SWEEP_MAKESPAN_H
#define SWEEP_MAKESPAN_H

#include <stddef.h>

/* Seconds until the last job ends where the longest that is left is always started next, as the
 * pool does.  Sorts `seconds`, the longest first. */
double makespan(double *seconds, size_t n, size_t workers);

#endif
