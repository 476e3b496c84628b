/* SPDX-License-Identifier: MIT
 *
 * What every test includes: cmocka with its prerequisites, and checks of numbers in which
 * NaN never passes (cmocka's own assert_float_equal lets it).
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* |got - want| <= atol + rtol |want| */
#define check_near(got, want, rtol, atol) \
	check_near_at((got), (want), (rtol), (atol), #got, __FILE__, __LINE__)

/* The call succeeds; else its message is shown. */
#define check_ok(call, err) check_ok_at((call), (err), #call, __FILE__, __LINE__)

/* `got` contains `part`. */
#define check_contains(got, part) check_contains_at((got), (part), __FILE__, __LINE__)

static inline void check_near_at(double got, double want, double rtol, double atol,
				 const char *what, const char *file, int line)
{
	if (!(fabs(got - want) <= atol + rtol * fabs(want))) {
		print_error("%s is %.17g, not %.17g (rtol %g, atol %g)\n", what, got, want, rtol,
			    atol);
		_fail(file, line);
	}
}

static inline void check_ok_at(int result, const struct error *err, const char *what,
			       const char *file, int line)
{
	if (result < 0) {
		print_error("%s: %s\n", what, err->text);
		_fail(file, line);
	}
}

static inline void check_contains_at(const char *got, const char *part, const char *file, int line)
{
	if (!strstr(got, part)) {
		print_error("'%s' does not contain '%s'\n", got, part);
		_fail(file, line);
	}
}

/* How often `part` stands in `text`. */
static inline size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* The worst of n differences, relative to atol + rtol |want|; NaN fails. */
static inline void check_close_at(const double *got, const double *want, size_t n, double rtol,
				  double atol, const char *file, int line)
{
	double worst = 0;
	size_t where = 0;

	for (size_t i = 0; i < n; i++) {
		double gap = fabs(got[i] - want[i]);
		double off = gap == 0 ? 0 : gap / (atol + rtol * fabs(want[i]));

		if (!(off <= worst)) {
			worst = off;
			where = i;
			if (isnan(off))
				break;
		}
	}
	if (!(worst <= 1)) {
		print_error("worst at %zu of %zu: %.9g, not %.9g (rtol %g, atol %g)\n", where, n,
			    got[where], want[where], rtol, atol);
		_fail(file, line);
	}
}
#define check_close(got, want, n, rtol, atol) \
	check_close_at((got), (want), (n), (rtol), (atol), __FILE__, __LINE__)

#endif
