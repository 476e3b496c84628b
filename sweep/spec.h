/* SPDX-License-Identifier: MIT
 *
 * The specification: a sweep file after every name was looked up and every value was read once.
 * What remains is to multiply the axes out (sweep.c).
 *
 * All of it lives in the arena that it was read into.
 */
#ifndef SWEEP_SPEC_H
#define SWEEP_SPEC_H

#include "sweep/expression.h"
#include "sweep/grid.h"
#include "sweep/keys.h"

#define ALL_ARMS (-1)

/* A key and the value that it gets. */
struct setting {
	struct target target;
	int arm;	  /* index of the arm that it is for, or ALL_ARMS */
	const char *text; /* the value as key_set() takes it; of a law, the formula */
	const struct node *at;
	const struct expression *law; /* NULL: a value */
	bool snapped;		      /* a batch goes to the nearest multiple of the context */
};

struct settings {
	struct setting *items;
	size_t n, capacity;
};

/* A tuned axis that grows from its first points towards the optimum, and refines around it. */
struct bracket {
	double from, factor;
	int64_t points;
	int64_t limit;	   /* values at which it no longer grows */
	double resolution; /* ratio of neighbours at which refining ends */
};

/* An axis: each of its points is a handful of settings, one for a plain axis. */
struct axis {
	const struct node *at;
	struct settings *points;
	size_t n;
	bool tuned;
	const struct bracket *bracket; /* NULL: its points are all */
	size_t start;		       /* where coordinate tuning starts */
};

struct part {
	struct settings fixed;
	struct axis *axes;
	size_t n_axes, axes_capacity;
};

enum tuning_method { TUNING_GRID, TUNING_HALVING, TUNING_COORDINATE };

/* Axes that a bracket averages over unless `per` names them. */
enum tuning_per {
	PER_BATCH = 1 << 0,
	PER_CONTEXT = 1 << 1,
	PER_SCHEDULE = 1 << 2,
	PER_SEEDS = 1 << 3,
};

/* How an arm is tuned. */
struct tuning {
	int method; /* enum tuning_method */
	int64_t rungs;
	double threshold; /* nats */
	unsigned per;	  /* enum tuning_per, of all its brackets */
	bool has_bracket;
	const struct arm *donor; /* whose tuned values it inherits; NULL: none */
	const struct node *at;	 /* `tune` or `inherit`; NULL: neither */
};

/* One entry of `optimizer:`. */
struct arm {
	const char *label;
	bool has_label; /* given by the user */
	const struct optimizer_type *type;
	const struct node *at;
	struct part part;
	struct tuning tuning;
};

/* "path: value" of exclude and when, true where the key has one of the values. */
struct condition {
	struct target target; /* key NULL: `optimizer`, by label or name */
	int arm;
	const char **wanted; /* canonical texts */
	size_t n_wanted;
};

/* One entry of `exclude:` or `when:`. */
struct rule {
	const struct node *at;
	struct condition *conditions;
	size_t n_conditions;
	struct settings set; /* of when */
	size_t n_matched;
};

struct rules {
	struct rule *items;
	size_t n;
};

struct spec {
	const struct node *root;
	struct part base;
	struct arm *arms;
	size_t n_arms;
	struct rules exclude, when;
	const char **files; /* data.files */
	size_t n_files;
	struct arena *arena;
};

/* ERR_USAGE with the place. */
int spec_read(struct spec *spec, const struct node *root, struct arena *arena, struct error *err);

/* The setting of a tuned key of an arm, named as under `tune:`; strings are borrowed.  ERR_USAGE.
 */
struct tuned_value;
int spec_tuned_setting(struct spec *spec, int arm, const struct tuned_value *value,
		       struct setting *setting, struct error *err);

/* Writes a setting's value into the options, unless it is a law.  The value was checked by
 * spec_read(). */
void setting_apply(const struct setting *setting, struct trial_options *options,
		   void *optimizer_options, struct arena *arena);

/* Whether a setting is for this arm. */
bool setting_is_for(const struct setting *setting, int arm);

bool target_equal(const struct target *a, const struct target *b);

/* Whether an arm's part sets this key, at whatever value. */
bool part_sets(const struct part *part, const struct target *target);

/* "lr", "train.batch_tokens": as it is written inside an optimizer. */
const char *setting_path(const struct setting *setting, struct arena *arena);

/* The node of a section as far down as the file has it; the root where it has none of it. */
const struct node *spec_section_node(const struct spec *spec, const char *path);

#endif
