/* SPDX-License-Identifier: MIT
 *
 * How many trials `run` trains at once, by the cores and the memory that there are.
 */
#ifndef CMD_RUN_JOBS_H
#define CMD_RUN_JOBS_H

#include "cmd/run_options.h"

struct sweep;

/* Sets o->jobs where it was not given. */
void run_jobs_by_cores(struct run_options *o);

/* Lowers o->jobs to what the memory holds, or, where they were given, warns. */
void run_jobs_by_memory(struct run_options *o, const struct sweep *sweep);

/* Warns where they share cores; no more run than the sweep has. */
void run_jobs_warn(const struct run_options *options, size_t n_trials);

#endif
