/* SPDX-License-Identifier: MIT
 *
 * How long a list of jobs takes on several workers.
 */
#ifndef SWEEP_MAKESPAN_H
#define SWEEP_MAKESPAN_H

#include <stddef.h>
#include <stdint.h>

/* Seconds until the last job ends where the longest that is left is always started next, as the
 * pool does. */
double makespan(const double *seconds, size_t n, size_t workers);

#define MAKESPAN_NOTHING SIZE_MAX

struct makespan_job {
	double seconds;
	double priority; /* the highest starts first */
	size_t after;	 /* the job that it waits for, or MAKESPAN_NOTHING */
	double after_s;	 /* seconds that that one must have run */
};

/* The same of jobs of which some wait for others; none waits, over others, for itself. */
double makespan_of_jobs(const struct makespan_job *jobs, size_t n, size_t workers);

#endif
