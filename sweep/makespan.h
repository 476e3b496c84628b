/* SPDX-License-Identifier: MIT
 *
 * How long a list of jobs takes on several workers.
 */
#ifndef SWEEP_MAKESPAN_H
#define SWEEP_MAKESPAN_H

#include <stddef.h>
#include <stdint.h>

#define MAKESPAN_NOTHING SIZE_MAX

struct makespan_job {
	double seconds;
	double priority; /* the highest starts first */
	size_t after;	 /* the job that it waits for, or MAKESPAN_NOTHING */
	double after_s;	 /* seconds that that one must have run */
};

/* Seconds until the last job ends where each free worker takes the job of the highest priority that
 * may start, as the pool does.  No job waits, over others, for itself. */
double makespan(const struct makespan_job *jobs, size_t n, size_t workers);

#endif
