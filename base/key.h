/* SPDX-License-Identifier: MIT
 *
 * Keys: a table that describes the fields of an options struct.  One table drives reading,
 * range checks, error messages, defaults, the canonical form that is hashed, and help.
 *
 * Fields by type: KEY_INTEGER int64_t; KEY_REAL double; KEY_BOOL bool; KEY_CHOICE int (the
 * index); KEY_TEXT const char * (owned by the arena given to key_set); KEY_PAIR double[2],
 * for instance betas; KEY_RANGE double[2], where null is an open end (-inf, +inf).
 */
#ifndef BASE_KEY_H
#define BASE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

enum key_type { KEY_INTEGER, KEY_REAL, KEY_BOOL, KEY_CHOICE, KEY_TEXT, KEY_PAIR, KEY_RANGE };

struct key_choice {
	const char *name;
	const char *alias; /* NULL: none */
	const char *help;
};

struct key {
	const char *name; /* may be dotted: "adamw.lr_ratio" */
	enum key_type type;
	size_t offset;
	double min, max;		  /* inclusive, for each number */
	bool above_min;			  /* min itself is out of range */
	const struct key_choice *choices; /* KEY_CHOICE: ends with a NULL name */
	const char *fallback;		  /* as a user would write it; NULL: must be given;
					   * "" for KEY_TEXT: empty */
	const char *unit;		  /* NULL: none */
	const char *help;
};

/* Reads `text` into the key's field of `options`.  Pairs and ranges are written "[a, b]".
 * ERR_USAGE with a message without place, for instance
 * "'lr' must be greater than 0, not '-1'" or "unknown choice 'ada' for 'name'; ...". */
int key_set(const struct key *key, void *options, const char *text, struct arena *arena,
	    struct error *err);

/* Sets every key that has a fallback. */
void keys_set_defaults(const struct key *keys, size_t n_keys, void *options, struct arena *arena);

/* NULL when there is none of that name. */
const struct key *keys_find(const struct key *keys, size_t n_keys, const char *name);

/* Adds the field's value in canonical JSON: %.17g numbers, null for an open end. */
void key_add_json(const struct key *key, const void *options, struct text *out);

/* Adds the field's value as a person would write it: %g numbers. */
void key_add_value(const struct key *key, const void *options, struct text *out);

/* "real > 0", "integer 1..64", "one of a, b, c": for help and errors. */
void key_describe(const struct key *key, struct text *out);

#endif
