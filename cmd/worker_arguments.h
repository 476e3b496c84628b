/* SPDX-License-Identifier: MIT */
#ifndef CMD_WORKER_ARGUMENTS_H
#define CMD_WORKER_ARGUMENTS_H

#include "cmd/command.h"
#include "sweep/trial.h"

/* PROGRAM worker SPEC --threads T MORE... -s SETTING..., with the settings of the line; `more` and
 * the result end with NULL.  The trial's own words are to be appended. */
const char *const *worker_arguments(struct command_line *line, const char *spec, int threads,
				    const char *const *more);

/* A trial's own words, up to NULL: its key, its cell, the fingerprint of its corpus, what tuning
 * has set in it, and the steps at which other trials branch off. */
const char *const *worker_trial_arguments(const struct trial *trial, const int64_t *forks,
					  size_t n_forks, struct arena *arena);

#endif
