/* SPDX-License-Identifier: MIT
 *
 * Canonical JSON: named values in any order become one text, names sorted, dotted names nested.
 * Equal contents give equal bytes, so that their hash is an identity.
 */
#ifndef SWEEP_CANONICAL_H
#define SWEEP_CANONICAL_H

#include "base/key.h"

struct canonical_item;

/* Zero-initialised is empty and ready; values live in the arena, names with who gave them. */
struct canonical {
	struct arena *arena;
	struct canonical_item *items;
	size_t n, capacity;
};

void canonical_release(struct canonical *c);

/* `name` is dotted; names that are prefixes of others ("a" and "a.b") may not meet. */
void canonical_real(struct canonical *c, const char *name, double value); /* %.17g */
void canonical_integer(struct canonical *c, const char *name, int64_t value);
void canonical_text(struct canonical *c, const char *name, const char *value);

/* Every key of a table, below `prefix`. */
void canonical_keys(struct canonical *c, const char *prefix, const struct key *keys, size_t n,
		    const void *options);

/* Appends the object; items whose name starts with a prefix of `without` (ends with NULL, or
 * NULL) are left out. */
void canonical_print(struct canonical *c, const char *const *without, struct text *out);

#endif
