/* SPDX-License-Identifier: MIT
 *
 * Telling what was not read from a CSV.
 */
#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "results/csv.h"

#define FAULTS_NAMED 5

void csv_report_release(struct csv_report *report)
{
	free(report->faults);
	free(report->ignored);
	arena_release(&report->arena);
	*report = (struct csv_report){0};
}

/* "line 7: loss 'x' is no number; line 9: ...; and 3 more". */
static size_t name_faults(const struct csv_report *report, bool dropped, struct text *out)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_faults; i++) {
		const struct csv_fault *fault = &report->faults[i];
		const char *quote = fault->value[0] ? "'" : "";

		if (fault->dropped != dropped || n++ >= FAULTS_NAMED)
			continue;
		text_printf(out, "%sline %ld: %s %s%s%s%s%s", n > 1 ? "; " : "", fault->line,
			    fault->column, quote, fault->value, quote, quote[0] ? " " : "",
			    fault->why);
	}
	if (n > FAULTS_NAMED)
		text_printf(out, "; and %zu more", n - FAULTS_NAMED);
	return n;
}

void csv_report_log(const struct csv_report *report, const char *path)
{
	struct text names = {0}, dropped = {0}, unread = {0};
	size_t n_unread = name_faults(report, false, &unread);

	for (size_t i = 0; i < report->n_ignored; i++)
		text_printf(&names, "%s'%s'", i ? ", " : "", report->ignored[i]);
	if (report->n_ignored)
		log_info("%s: ignored column%s: %s", path, report->n_ignored == 1 ? "" : "s",
			 names.data);
	if (name_faults(report, true, &dropped))
		log_warn("%s: %zu of %zu rows left out: %s", path, report->n_dropped,
			 report->n_selected, dropped.data);
	if (n_unread)
		log_warn("%s: %zu value%s taken as missing: %s", path, n_unread,
			 n_unread == 1 ? "" : "s", unread.data);
	text_release(&names);
	text_release(&dropped);
	text_release(&unread);
}
