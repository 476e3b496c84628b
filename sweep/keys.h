/* SPDX-License-Identifier: MIT
 *
 * The key table of the sweep file: sections by path, each pointing to the keys that models,
 * optimizers, schedules and corpora export, or to the few that are the sweep's own.  It drives
 * reading, range checks, suggestions, the canonical form and `help spec`.
 */
#ifndef SWEEP_KEYS_H
#define SWEEP_KEYS_H

#include "base/key.h"
#include "models/corpus.h"
#include "models/model.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

struct sweep_options {
	const char *name;
	int64_t seed;
};

/* Either shape or params is given. */
struct size_options {
	const char *shape; /* "64x2": d_model x n_layers */
	double params;	   /* nearest total parameter count... */
	double aspect;	   /* ...among d_model = aspect x n_layers */
};

enum budget_count { COUNT_EXACT, COUNT_6N_TOTAL_D, COUNT_6N_HIDDEN_D };
enum budget_params { BUDGET_TOTAL, BUDGET_NON_EMBEDDING };

/* One of the four amounts is given, the others are 0. */
struct budget_options {
	double flops, tokens, tokens_per_param;
	int64_t steps;
	int count;  /* enum budget_count: what a FLOP of `flops` is */
	int params; /* enum budget_params: which N `tokens_per_param` multiplies */
};

struct train_options {
	int64_t batch_tokens;
	int64_t micro_batch_tokens; /* 0: chosen by trial_resolve() */
	double grad_clip;	    /* 0: none */
	int precision;		    /* enum precision */
	int backend;		    /* index of backend_choices: the tensor library's name */
};

/* `seed` stands for both unless init or data is given (not -1). */
struct seed_options {
	int64_t seed, init, data;
};

struct eval_options {
	int64_t points; /* probes per tenfold of steps */
	int64_t tokens; /* of a probe */
};

/* X(name, unit): what `require` may bound. */
#define REQUIREMENTS(X)               \
	X(steps, "steps")             \
	X(tokens, "tokens")           \
	X(tokens_per_param, "tokens") \
	X(epochs, "passes")           \
	X(params, "parameters")       \
	X(flops, "FLOPs")

struct require_options {
#define X(name, unit) double name[2];
	REQUIREMENTS(X)
#undef X
};

/* All that a sweep file sets of one trial, but its optimizer's own options. */
struct trial_options {
	struct sweep_options sweep;
	struct corpus_options data;
	const char *file; /* stands for the list data.files, which the reader fills */
	struct model_config model;
	struct size_options size;
	struct train_options train;
	struct schedule_config schedule;
	struct budget_options budget;
	struct seed_options seeds;
	struct eval_options eval;
	struct require_options require;
};

extern const struct key_choice precision_choices[], backend_choices[];

struct section {
	const char *path; /* "train.schedule"; "" for the top */
	const struct key *keys;
	const size_t *n_keys;
	size_t offset;	       /* of its struct in struct trial_options */
	const char *shorthand; /* the key that a bare value sets: "schedule: cosine"; or NULL */
	bool alternatives;     /* exactly one of the keys without a default is given */
	bool fixed;	       /* of the whole sweep: a list here is no axis */
	const char *example;   /* of the whole section, for messages */
	const char *help;
};

extern const struct section sections[];
extern const size_t n_sections;

/* A key where it lives: in a section of struct trial_options, or, section NULL, in the options
 * of an optimizer. */
struct target {
	const struct section *section;
	const struct key *key;
};

/* Finds "train.schedule.kind".  False where there is no such key. */
bool target_find(const char *path, struct target *target);
/* Finds "adamw.lr_ratio" among an optimizer's keys. */
bool target_find_option(const struct optimizer_type *type, const char *path, struct target *target);

/* The struct whose field key->offset means. */
void *target_struct(const struct target *target, struct trial_options *options,
		    void *optimizer_options);

/* The section of that path, or NULL. */
const struct section *section_find(const char *path);

/* Whether there are keys or sections below this path ("adamw" of Muon's "adamw.lr_ratio"). */
bool path_is_prefix(const struct optimizer_type *type, const char *path);

/* "; did you mean 'x'?" in a buffer, or "", for a word that is no name directly under `prefix`
 * ("" for the top) of the sections or, where type is not NULL, of the optimizer.  `more` are
 * further names, ending with NULL. */
const char *name_hint(const struct optimizer_type *type, const char *prefix, const char *word,
		      const char *const *more, char *buffer, size_t size);

/* Whether the key is data.files, the one list that is no axis. */
bool target_is_files(const struct target *target);

/* Fills every section with its defaults. */
void trial_options_init(struct trial_options *options, struct arena *arena);

#endif
