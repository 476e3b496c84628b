/* SPDX-License-Identifier: MIT
 *
 * Points that a law misses by far more than it misses the others, by name.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/fit_passes.h"
#include "results/warnings.h"

#define NORMAL_MAD  1.4826
#define FAR	    4	 /* robust standard deviations */
#define LEAST_FAR   1e-3 /* of ln L: less than that nobody would call an outlier */
#define LEAST_EXTRA 3	 /* points beyond the parameters, to tell what is usual */

struct missed {
	double by; /* ln(observed / fitted) */
	const struct law_point *point;
};

static int by_size(const void *a, const void *b)
{
	double x = fabs(((const struct missed *)a)->by), y = fabs(((const struct missed *)b)->by);

	return (x < y) - (x > y);
}

/* What a point of a sample is of, where it can be told from the others by its numbers. */
static const struct study_point *find_point(const struct fit_report *report,
					    const struct fit_law *law,
					    const struct law_point *point)
{
	for (size_t i = 0; i < report->study.n_cells; i++) {
		const struct study_point *from = &report->points[i];

		if (from->arm == law->arms[point->arm] && from->loss == point->loss &&
		    from->compute == point->flops)
			return from;
	}
	return NULL;
}

/* "line 7", "trial 3f2a..", or where several trials make the point its place. */
static void name_point(const struct fit_report *report, const struct fit_law *law,
		       const struct missed *missed, struct naming *names)
{
	const struct study_point *point =
		naming_full(names) ? NULL : find_point(report, law, missed->point);
	const struct study_cell *cell = point ? &report->study.cells[point->cell] : NULL;
	const struct observation *row = cell ? report->study.trials[cell->first].row : NULL;
	double percent = 100 * expm1(missed->by);
	char place[PLACE_SIZE];

	if (row && cell->n_trials == 1 && row->line > 0)
		naming_add(names, "line %ld by %+.2g %%", row->line, percent);
	else if (row && cell->n_trials == 1 && row->trial_key)
		naming_add(names, "trial %.12s by %+.2g %%", row->trial_key, percent);
	else
		naming_add(names, "%s by %+.2g %%",
			   place_text(place, missed->point->params, missed->point->flops), percent);
}

/* Residuals of n points by falling size; returns their robust standard deviation.  The p smallest
 * do not count: a robust fit of p parameters goes through about as many points. */
static double take_residuals(const struct sample *sample, const struct fit_law *law,
			     const double *fitted, struct missed *missed)
{
	size_t n = sample->data.n, kept = n - law->n_parameters;

	for (size_t i = 0; i < n; i++) {
		const struct law_point *point = &sample->points[i];

		missed[i] = (struct missed){log(law_response(law->law, point) / fitted[i]), point};
	}
	qsort(missed, n, sizeof(*missed), by_size);
	return NORMAL_MAD * 0.5 * (fabs(missed[(kept - 1) / 2].by) + fabs(missed[kept / 2].by));
}

static void warn_outliers_of(struct fit_report *report, struct fit_law *law)
{
	struct sample sample;
	struct missed *missed;
	struct naming names = {0};
	double *fitted, limit;
	size_t n = 0;

	fit_law_sample(report, law, report->points, &sample);
	missed = xmalloc((sample.data.n + 1) * sizeof(*missed));
	fitted = xmalloc((sample.data.n + 1) * sizeof(*fitted));
	if (sample.data.n >= law->n_parameters + LEAST_EXTRA &&
	    law_fitted(law->law, &sample.data, &law->fit, fitted)) {
		limit = fmax(FAR * take_residuals(&sample, law, fitted, missed), LEAST_FAR);
		while (n < sample.data.n && fabs(missed[n].by) > limit)
			n++;
		for (size_t i = 0; i < n; i++)
			name_point(report, law, &missed[i], &names);
	}
	if (n > 0)
		text_printf(&law->warnings,
			    "%zu of %zu points lie more than %d robust standard deviations (%.2g "
			    "%%) from the fit: look at them (%s)\n",
			    n, sample.data.n, FAR, 100 * limit, naming_end(&names));
	naming_release(&names);
	free(missed);
	free(fitted);
	sample_release(&sample);
}

/* The law of all points where there is one, else that of the frontier. */
void warn_outliers(struct fit_report *report)
{
	for (size_t i = 0; i < report->n_laws; i++) {
		struct fit_law *law = &report->laws[i];
		bool curve = law->n_arms == 1 && law == fit_report_curve(report, law->arms[0]) &&
			     !fit_report_law(report, law_chinchilla.name, law->arms[0]);

		if (law->law == &law_chinchilla || curve)
			warn_outliers_of(report, law);
	}
}
