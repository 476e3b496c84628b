/* SPDX-License-Identifier: MIT
 *
 * How entries of the sweep file become settings and axes; for the files spec*.c alone.
 */
#ifndef SWEEP_SPEC_READER_H
#define SWEEP_SPEC_READER_H

#include "sweep/spec.h"

struct reader {
	struct spec *spec;
	const struct optimizer_type *type; /* names are this optimizer's; NULL: the sections' */
	int arm;			   /* for whom: an arm or ALL_ARMS */
	struct part *part;		   /* where settings and axes go, unless... */
	struct settings *point;		   /* ...they go to one point: no axis may start here */
	bool tuned;			   /* axes are tuned */
};

/* Reads `path: value`; `name` is where the path stands.  Sections recurse, lists and spacings
 * become axes. */
int reader_entry(struct reader *r, const char *path, const struct node *name,
		 const struct node *value, struct error *err);

/* Adds an axis whose points are read by reader_entry() from the values in each of n lists:
 * point i sets paths[k] to lists[k].items[i]. */
int reader_axis(struct reader *r, const char *const *paths, const struct node *const *names,
		const struct values *lists, size_t n, struct error *err);

/* What a path names for this reader (spec_names.c): a key, a section, or the beginning of one. */
bool reader_key(const struct reader *r, const char *path, struct target *target);
const struct section *reader_section(const struct reader *r, const char *path);
bool reader_knows(const struct reader *r, const char *path);

/* Finds the key of a path, in shorthand too ("model.size" is "model.size.shape"). */
bool reader_find(const struct reader *r, const char *path, struct target *target);

/* "unknown key 'x'; did you mean 'y'?" for the first part of the path that is unknown. */
int reader_unknown(const struct reader *r, const char *path, const struct node *name,
		   struct error *err);

/* Prepares a reader for a path of zip, exclude and when, which may start with a label; returns
 * the rest of the path. */
const char *reader_for_path(struct reader *r, struct spec *spec, const char *path);

/* A value as key_set() takes it: a scalar's text, or "[a, b]"; NULL for any other node. */
const char *node_value_text(const struct node *node, struct arena *arena);

/* Checks a value against its key. */
int reader_check(const struct reader *r, const struct target *target, const char *text,
		 const struct node *at, struct error *err);

/* The canonical form of a value, the same for equal values. */
int reader_canonical(const struct reader *r, const struct target *target, const char *text,
		     const struct node *at, const char **canonical, struct error *err);

/* {law: ".."} (spec_law.c). */
bool node_is_law(const struct node *node);
int reader_law(struct reader *r, const struct target *target, const struct node *node,
	       struct setting *setting, struct error *err);

/* {bracket: {..}} (spec_tune.c). */
bool node_is_bracket(const struct node *node);
int reader_bracket(struct reader *r, const char *path, const struct target *target,
		   const struct node *name, const struct node *value, struct error *err);

/* `tune:` of the arm that is being read (spec_tune.c), and `inherit:` of all (spec_inherit.c). */
int spec_read_tune(struct reader *r, const struct node *tune, struct error *err);
int spec_read_inherit(struct spec *spec, struct error *err);

/* spec_arm.c */
int spec_read_arms(struct spec *spec, const struct node *node, struct error *err);

/* spec_rule.c */
int spec_read_zip(struct spec *spec, const struct node *node, struct error *err);
int spec_read_exclude(struct spec *spec, const struct node *node, struct error *err);
int spec_read_when(struct spec *spec, const struct node *node, struct error *err);

#endif
