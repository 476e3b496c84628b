/* SPDX-License-Identifier: MIT
 *
 * Fits of laws of targets: one for each arm, size and target loss.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/fit_passes.h"
#include "results/targets.h"

/* "adamw, N = 1.2M, L = 3.42". */
static const char *target_group(struct fit_report *report, const struct target_point *point)
{
	const struct study *study = &report->study;
	char size[SHORT_TEXT + 8] = "", loss[32] = "", number[SHORT_TEXT];

	if (study->n_sizes > 1 && isfinite(point->params))
		snprintf(size, sizeof(size), ", N = %s", format_si(number, point->params));
	if (isfinite(point->target))
		snprintf(loss, sizeof(loss), ", L = %.4g", point->target);
	return arena_printf(&report->arena, "%s%s%s", study->arms[point->arm].name, size, loss);
}

/* Of the losses that were asked for, one after another; the caller frees them. */
static size_t find_points(const struct fit_report *report, struct target_point **found)
{
	const struct fit_options *options = &report->options;
	size_t n = 0;

	if (!options->n_targets)
		return targets_find(&report->study, report->points, options->target, found);
	*found = NULL;
	for (size_t t = 0; t < options->n_targets; t++) {
		struct target_point *more;
		size_t n_more =
			targets_find(&report->study, report->points, options->targets[t], &more);

		*found = xrealloc(*found, (n + n_more + 1) * sizeof(**found));
		for (size_t i = 0; i < n_more; i++)
			(*found)[n++] = more[i];
		free(more);
	}
	return n;
}

size_t fit_count_targets(const struct fit_report *report)
{
	struct target_point *points;
	size_t n = find_points(report, &points);

	free(points);
	return n;
}

int fit_of_targets(struct fit_report *report, const struct law *kind, struct error *err)
{
	struct target_point *points;
	size_t n = find_points(report, &points);
	int result = 0;

	for (size_t i = 0; i < n && !result; i++) {
		const struct target_point *point = &points[i];

		if (i && point->arm == points[i - 1].arm && point->size == points[i - 1].size &&
		    target_same(point->target, points[i - 1].target))
			continue;
		report->laws[report->n_laws] =
			(struct fit_law){.law = kind,
					 .group = target_group(report, point),
					 .arms = {point->arm},
					 .n_arms = 1,
					 .target = point->target,
					 .size = point->size};
		result = fit_one(report, err);
	}
	if (n == 0 && fit_asked(report))
		text_printf(&report->refused,
			    "%s: no target to fit: it needs rows that give batch_tokens and steps "
			    "to a loss, or 3 batches at one size (--target L names a loss)\n",
			    kind->name);
	free(points);
	return result;
}
