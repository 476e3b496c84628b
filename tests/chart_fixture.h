/* SPDX-License-Identifier: MIT
 *
 * A made study with laws, for tests of figures.
 */
#ifndef TESTS_CHART_FIXTURE_H
#define TESTS_CHART_FIXTURE_H

#include "base/memory.h"
#include "plots/figure.h"
#include "tests/chart_checks.h"
#include "tests/study_fixture.h"

#define REPLICATES 60

struct chart_fixture {
	struct observations rows;
	struct fit_report report;
	struct figure_input input;
};

static inline void chart_fixture_init(struct chart_fixture *f, const struct plan *plan,
				      const char *named)
{
	*f = (struct chart_fixture){.input = {.baseline = "adamw"}};
	f->report = fit_plan(&f->rows, plan, asking(named, REPLICATES));
	f->input.rows = &f->rows;
	f->input.study = &f->report.study;
	f->input.points = f->report.points;
	f->input.report = &f->report;
	f->input.counting = &f->report.options.study;
}

static inline void chart_fixture_release(struct chart_fixture *f)
{
	release(&f->report, &f->rows);
}

#endif
