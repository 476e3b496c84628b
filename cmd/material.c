/* SPDX-License-Identifier: MIT */
#include "cmd/material.h"

#include <stdlib.h>

#include "base/memory.h"

void material_release(struct material *m)
{
	if (m->fitted)
		fit_report_release(&m->report);
	else
		study_release(&m->study);
	free(m->points);
	text_release(&m->unfitted);
	observations_release(&m->rows);
}

int material_fit(struct material *m, const struct fit_options *fit, struct error *err)
{
	int result = fit_study(&m->rows, fit, &m->report, err);

	m->fitted = result == 0;
	if (result == -ERR_FIT)
		text_add(&m->unfitted, err->text);
	return result == -ERR_FIT ? 0 : result;
}

int material_select(struct material *m, const struct study_options *study, bool needed,
		    struct error *err)
{
	int result = study_build(&m->study, &m->rows, study, err);

	if (result)
		return result == -ERR_FIT && !needed ? 0 : result;
	m->points = xcalloc(m->study.n_cells + 1, sizeof(*m->points));
	study_select(&m->study, NULL, m->points);
	return 0;
}

struct figure_input material_input(struct material *m, const struct fit_options *fit)
{
	return (struct figure_input){
		.rows = &m->rows,
		.study = m->fitted   ? &m->report.study
			 : m->points ? &m->study
				     : NULL,
		.points = m->fitted ? m->report.points : m->points,
		.report = m->fitted ? &m->report : NULL,
		.unfitted = m->unfitted.data,
		.counting = &fit->study,
		.baseline = fit->baseline,
		.references = m->lines,
		.n_references = reference_lines(&m->rows, m->lines),
	};
}
