/* SPDX-License-Identifier: MIT
 *
 * Groups: what is tuned together.  For the files tuning*.c alone.
 *
 * A group is one size and budget of one arm, with whatever else its tuning keeps apart; its
 * replicas are the cells over which the loss of a setting is averaged, seeds above all.  A rule
 * looks at the settings whose losses are known and asks for further ones, a round at a time; it
 * remembers nothing, so that its decisions follow from the losses alone.
 */
#ifndef SWEEP_TUNING_GROUP_H
#define SWEEP_TUNING_GROUP_H

#include "sweep/cell.h"
#include "sweep/tuning_outcomes.h"

#define TUNING_MAX_AXES 16

struct tuning_group;

/* How an arm's next settings are found.  Asks for them (group_ask) and returns how many, 0 where
 * the group is decided, or a negative error.  Called when the loss of every setting is known. */
struct tuning_rule {
	const char *name;
	int (*next)(struct tuning_group *group, struct error *err);
	/* About how many settings it may still ask for. */
	size_t (*most_left)(const struct tuning_group *group);
};

extern const struct tuning_rule tuning_grid, tuning_bracket, tuning_halving, tuning_coordinate,
	tuning_inherit;

struct tuning_arm {
	struct sweep *sweep;
	const struct arm *arm;
	const struct tuning_rule *rule;
	struct arm_grid grid;
	size_t first_cell;
	const struct axis *axes[TUNING_MAX_AXES]; /* the tuned ones */
	size_t strides[TUNING_MAX_AXES]; /* from one of their points to the next, in cells */
	size_t n_axes;
	unsigned apart; /* enum tuning_per: what is tuned apart beside size and budget */
	const struct outcomes *outcomes;
	struct arena *arena; /* of the tuner */
};

/* Values of the axes: of a bracket the value, of a list the index. */
struct tuning_point {
	double at[TUNING_MAX_AXES];
	int64_t rung; /* of halving; the same for all settings of other rules */
};

struct tuned_setting {
	struct tuning_point point;
	const struct trial **trials; /* one for each replica */
	bool is_absent;		     /* no such trials: out of range, or dropped by a rule */
	double loss;		     /* mean over replicas; infinite: diverged */
};

enum group_state {
	GROUP_OPEN,
	GROUP_DECIDED,
	GROUP_BLOCKED, /* by a trial that failed */
};

struct tuning_group {
	struct tuning_arm *arm;
	const char *key;   /* the same for groups of a donor and an heir that belong together */
	const char *title; /* "muon 64x2", where that is no other group's */
	const char *long_title;
	bool is_ambiguous;
	int64_t d_model, n_layers; /* its size */
	enum group_state state;
	size_t *replicas; /* cells, with all tuned coordinates 0 */
	size_t n_replicas, replicas_capacity;
	struct tuned_setting *settings; /* in the order in which they were asked for */
	size_t n_settings, settings_capacity;
	size_t best; /* setting; where the group is decided and `has_best` */
	bool has_best;
	const struct tuning_group *donor; /* of an heir */
	const char *note;		  /* what a user should know of the result, or NULL */
	bool is_told;
};

/* Asks for a setting.  Returns 1, or 0 where the group has it already, or a negative error.  Where
 * no replica can have it, it is kept as absent. */
int group_ask(struct tuning_group *group, const struct tuning_point *point, const char *origin,
	      struct error *err);

/* Whether an error of a setting that was asked for only means that there is no such setting, which
 * a sweep that runs for hours should survive; then it is told and cleared. */
bool group_forgive(const struct tuning_group *group, int result, struct error *err);

/* The setting at this point, or NULL. */
struct tuned_setting *group_find(const struct tuning_group *group,
				 const struct tuning_point *point);

/* Whether a setting beats another: lower loss, then asked for earlier. */
bool setting_beats(const struct tuned_setting *a, const struct tuned_setting *b);

/* The name of an axis's key, "lr". */
const char *tuning_axis_name(const struct tuning_arm *arm, size_t axis);

/* The value of a bracket's key in a trial. */
double tuning_value_of(const struct tuning_arm *arm, size_t axis, const struct trial *trial);

/* The point of a trial, at the first rung, and its cell with all tuned coordinates 0; false where
 * it is of another arm. */
bool tuning_find_point(const struct tuning_arm *arm, const struct trial *trial,
		       struct tuning_point *point, size_t *base_cell);

/* What a replica would be at a point, without adding it and without the bounds of `require`; of
 * an heir, what it would be with the tuned values of `like`, another trial of the arm.  The arena
 * and `is_left` as in sweep_resolve_cell(). */
int group_resolve(const struct tuning_group *group, const struct tuning_point *point,
		  size_t replica, const struct trial *like, struct arena *arena,
		  struct trial *trial, bool *is_left, struct error *err);

/* Adds a setting whose trials are there already. */
struct tuned_setting *group_add(struct tuning_group *group, const struct tuning_point *point);

/* What the axes have at a setting, as values of a cell; strings live in the arm's arena. */
size_t tuning_values(const struct tuning_group *group, const struct tuned_setting *setting,
		     struct tuned_value **values);

#endif
