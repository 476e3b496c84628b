/* SPDX-License-Identifier: MIT
 *
 * Formulas that users write: "0.0127*C^-0.0575".
 *
 * Numbers (4e3, 128k, 2^18), variables, + - * / ^ ( ) and the functions sqrt, log (natural), exp,
 * min and max.  ^ binds more closely than a sign before it and to the right: -2^2 is -4.
 */
#ifndef SWEEP_EXPRESSION_H
#define SWEEP_EXPRESSION_H

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"

struct expression;

/* `variables` are names, ending with NULL; the expression lives in the arena.  ERR_USAGE with the
 * column inside the text. */
int expression_parse(const struct expression **expression, const char *text,
		     const char *const *variables, struct arena *arena, struct error *err);

/* The value, with one value for each variable; NAN or infinite where it has none. */
double expression_value(const struct expression *expression, const double *values);

/* Whether it depends on this variable. */
bool expression_uses(const struct expression *expression, int variable);

#endif
