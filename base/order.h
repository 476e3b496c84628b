/* SPDX-License-Identifier: MIT
 *
 * What comes first.
 */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>

static inline size_t size_smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* For qsort() of doubles, none of them NaN. */
int double_ascending(const void *a, const void *b);

#endif
