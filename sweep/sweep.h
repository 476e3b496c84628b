/* SPDX-License-Identifier: MIT
 *
 * A sweep: a file read, multiplied out and resolved into trials.
 */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "sweep/trial.h"
#include "sweep/trial_index.h"

struct spec;
struct corpus_source;
struct known_corpus;

/* Cells that are no trials, and why. */
struct sweep_dropped {
	const char *reason; /* "require: steps from 40" */
	size_t n;
};

struct sweep {
	const char *file; /* as messages call it */
	const char *name;
	int64_t seed;
	const char *text;      /* the file, and the settings of the command line as comments */
	struct trial **trials; /* in the order of the plan; each stays where it is */
	size_t n_trials, capacity;
	struct sweep_dropped *dropped;
	size_t n_dropped, dropped_capacity;
	const char **warnings; /* for people, one line each */
	size_t n_warnings, warnings_capacity;
	struct trial_index index;
	struct trial_index whole_budgets; /* of arms that are tuned by halving */
	struct model_sizes models;
	/* for trials that are added later */
	struct spec *spec;
	const struct corpus_source *source;
	struct known_corpus *corpora;
	struct arena arena; /* all strings and options */
};

/* Finds out the facts of a corpus; strings live in the arena. */
struct corpus_source {
	int (*find)(const struct corpus_options *options, struct arena *arena,
		    struct corpus_facts *facts, struct error *err);
};

/* The source that opens corpora. */
extern const struct corpus_source corpus_source_files;

/* Loads a file or, by name, a preset; applies settings "path=value" in their order.  ERR_USAGE
 * with "file:line:column: ", ERR_IO, ERR_DATA (corpus). */
int sweep_load(struct sweep **sweep, const char *path_or_preset, const char *const *settings,
	       size_t n_settings, struct error *err);

/* The same from memory; `file` is what messages call it and where the default name comes from. */
int sweep_read(struct sweep **sweep, const char *file, const char *text, size_t size,
	       const char *const *settings, size_t n_settings, const struct corpus_source *source,
	       struct error *err);

/* One cell of a sweep, and what tuning has set in it. */
struct cell_choice {
	size_t cell;
	const struct tuned_value *values;
	size_t n_values;
	const char *origin; /* of the trial, where it is a further one; NULL: the grid */
};

/* Loads a file and builds the trial of one cell alone (struct trial), or none where there is no
 * such cell.  Time does not depend on the size of the sweep.  Messages call the file `called`, or,
 * "" or NULL, by its path. */
int sweep_load_cell(struct sweep **sweep, const char *path_or_preset, const char *called,
		    const char *const *settings, size_t n_settings,
		    const struct cell_choice *choice, struct error *err);

/* Adds the trial of a cell with other values of tuned keys.  `trial` receives it, or the one of the
 * same arm that is the same, or NULL where the sweep drops it.  ERR_USAGE. */
int sweep_extend(struct sweep *sweep, const struct cell_choice *choice, struct trial **trial,
		 struct error *err);

/* What a cell would be, without adding it and without the bounds of `require`; `is_left` is false
 * where a rule excludes it.  What the trial points to lives in the arena, and in the choice.
 * ERR_USAGE. */
int sweep_resolve_cell(struct sweep *sweep, const struct cell_choice *choice, struct arena *arena,
		       struct trial *trial, bool *is_left, struct error *err);

void sweep_free(struct sweep *sweep); /* NULL is fine */

/* The first trial of that key, or NULL. */
const struct trial *sweep_find(const struct sweep *sweep, const char *key);

#endif
