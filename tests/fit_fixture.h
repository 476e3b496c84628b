/* SPDX-License-Identifier: MIT
 *
 * Fits of sets of observations that must succeed.
 */
#ifndef TESTS_FIT_FIXTURE_H
#define TESTS_FIT_FIXTURE_H

#include "tests/check.h"

#include "results/fit.h"

/* The defaults, but for the names of laws (NULL: those that suit) and the number of replicates. */
static inline struct fit_options asking(const char *names, int bootstrap)
{
	struct fit_options options = fit_options_default();

	options.laws = names;
	options.bootstrap = bootstrap;
	return options;
}

static inline struct fit_report fit_set(const struct observations *set, struct fit_options options)
{
	struct fit_report report;
	struct error err = ERROR_INIT;

	check_ok(fit_study(set, &options, &report, &err), &err);
	return report;
}

static inline void release(struct fit_report *report, struct observations *set)
{
	fit_report_release(report);
	observations_release(set);
}

#endif
