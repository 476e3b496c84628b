/* SPDX-License-Identifier: MIT
 *
 * What figures are drawn from: rows, and the study and the laws made of them.  `plot` and
 * `report` share it.
 */
#ifndef CMD_MATERIAL_H
#define CMD_MATERIAL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "cmd/reference_lines.h"
#include "plots/figure.h"
#include "results/fit.h"
#include "results/observation.h"

/* Zero-initialised is empty and ready. */
struct material {
	struct observations rows;
	struct fit_report report;
	bool fitted;
	struct study study;	    /* where nothing was fitted */
	struct study_point *points; /* of `study`; NULL: no row is final */
	struct reference_line lines[REFERENCE_LINES_MAX];
	struct text unfitted; /* why nothing was */
};

void material_release(struct material *m);

/* Fits the rows.  That nothing can be fitted is no error: `unfitted` tells why. */
int material_fit(struct material *m, const struct fit_options *fit, struct error *err);

/* Points without laws.  Where no row is final this is an error only if `needed`. */
int material_select(struct material *m, const struct study_options *study, bool needed,
		    struct error *err);

/* What a figure is given; it borrows the material and the options. */
struct figure_input material_input(struct material *m, const struct fit_options *fit);

#endif
