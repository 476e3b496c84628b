/* SPDX-License-Identifier: MIT
 *
 * What `fit` and `plot` share: where observations come from, which of them, and how they are
 * fitted.
 */
#ifndef CMD_STUDY_OPTIONS_H
#define CMD_STUDY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"
#include "cmd/command.h"
#include "results/fit.h"
#include "results/observation.h"

/* Embed it in a command's options. Texts that were not given are "". */
struct study_flags {
	const char *csv, *where, *map, *sweep, *group_by; /* which rows */
	const char *laws, *baseline;
	int loss, envelope, params, flops, count_optimizer, loss_column; /* indices of choices */
	double delta;
	int64_t bootstrap, seed;
};

extern const struct key_choice study_losses[], study_envelopes[], study_params[], study_flops[],
	study_yes_no[], study_loss_columns[];

#define STUDY_KEY(name, type, base, field, min, max, choices, fallback, unit, help)             \
	{                                                                                       \
		name, type, (base) + offsetof(struct study_flags, field), min, max, 0, choices, \
			fallback, unit, help                                                    \
	}

/* Entries for a command's table of keys; `base` is the offset of its struct study_flags. */
#define STUDY_KEYS(base)                                                                          \
	STUDY_KEY("csv", KEY_TEXT, base, csv, 0, 0, NULL, "", "FILE",                             \
		  "rows of a CSV ('-': standard input) instead of the store"),                    \
		STUDY_KEY("sweep", KEY_TEXT, base, sweep, 0, 0, NULL, "", "NAME",                 \
			  "only the trials of this sweep"),                                       \
		STUDY_KEY("where", KEY_TEXT, base, where, 0, 0, NULL, "", "SQL",                  \
			  "only rows that fulfil a condition over the columns"),                  \
		STUDY_KEY("map", KEY_TEXT, base, map, 0, 0, NULL, "", "NAME=COLUMN",              \
			  "read NAME from another column of the CSV; several with commas"),       \
		STUDY_KEY("group-by", KEY_TEXT, base, group_by, 0, 0, NULL, "", "COLUMN",         \
			  "columns that make an arm; default: group, label or optimizer"),        \
		STUDY_KEY("by", KEY_TEXT, base, group_by, 0, 0, NULL, "", "COLUMN",               \
			  "the same as --group-by"),                                              \
		STUDY_KEY("law", KEY_TEXT, base, laws, 0, 0, NULL, "", "NAME",                    \
			  "laws with commas; default: every law whose columns are there"),        \
		STUDY_KEY("loss", KEY_CHOICE, base, loss, 0, 0, study_losses, "own", "NAME",      \
			  "what a fit minimises"),                                                \
		STUDY_KEY("delta", KEY_REAL, base, delta, 1e-12, 1e3, NULL, "1e-3", "X",          \
			  "of huber, on ln L"),                                                   \
		STUDY_KEY("envelope", KEY_CHOICE, base, envelope, 0, 0, study_envelopes, "hull",  \
			  "KIND", "what law envelope takes for the lower edge"),                  \
		STUDY_KEY("bootstrap", KEY_INTEGER, base, bootstrap, 0, 1000000, NULL, "1000",    \
			  "N", "replicates; 0: no intervals"),                                    \
		STUDY_KEY("seed", KEY_INTEGER, base, seed, 0, 0x1p53, NULL, "1", "S",             \
			  "of the bootstrap: same seed, same numbers"),                           \
		STUDY_KEY("baseline", KEY_TEXT, base, baseline, 0, 0, NULL, "", "NAME",           \
			  "the arm that others are compared with; default: adamw"),               \
		STUDY_KEY("params", KEY_CHOICE, base, params, 0, 0, study_params, "all", "KIND",  \
			  "which parameters N counts"),                                           \
		STUDY_KEY("flops", KEY_CHOICE, base, flops, 0, 0, study_flops, "exact", "KIND",   \
			  "how C is counted"),                                                    \
		STUDY_KEY("count-optimizer", KEY_CHOICE, base, count_optimizer, 0, 0,             \
			  study_yes_no, "no", "yes", "C includes what the optimizer spent"),      \
		STUDY_KEY("loss-column", KEY_CHOICE, base, loss_column, 0, 0, study_loss_columns, \
			  "val_loss", "NAME", "which loss is fitted")

/* The options of a fit.  Texts stay the flags'. */
struct fit_options study_fit_options(const struct study_flags *flags);

/* Appends the rows that the flags ask for: final ones, with `curves` every recorded evaluation.
 * Rows of a CSV that lack a `needed` column (ends with NULL; may be NULL) are left out, told on
 * stderr and counted.  Errors of csv_observations() and of the store; ERR_DATA: no row is left. */
int study_load(const struct command_line *line, const struct study_flags *flags, bool curves,
	       const char *const *needed, struct observations *set, size_t *n_dropped,
	       struct error *err);

/* Adds " --name value" for every flag whose value is not its default, quoted for a shell: what
 * gives the same rows and fits again. */
void study_add_flags(const struct study_flags *flags, struct text *out);

#endif
