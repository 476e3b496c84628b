/* SPDX-License-Identifier: MIT
 *
 * What figures share: the order and look of arms, the lines of entropies and compressors, the
 * words of captions.
 */
#ifndef PLOTS_FIGURE_PARTS_H
#define PLOTS_FIGURE_PARTS_H

#include "plots/chart.h"
#include "plots/figure.h"

/* The arms of a figure: the baseline first, the others by name, so that an arm has the same
 * colour in every figure.  Names are borrowed. */
struct figure_arms {
	const char **names;
	size_t n, capacity;
};

/* The arms of the study; without one, those of the rows. */
void figure_arms_init(struct figure_arms *arms, const struct figure_input *input);
void figure_arms_release(struct figure_arms *arms);

/* The colour of a name; one that is not there is added at the end. */
int figure_arm(struct figure_arms *arms, const char *name);

/* One entry an arm in the legend, each with its own colour; none where rows name no arm. */
void figure_add_legend(struct chart *chart, const struct figure_arms *arms,
		       const struct chart_look *look);

/* Entropies and compressors in nats/token, by the bytes of a token that the rows tell (1 where
 * they do not). */
void figure_add_references(const struct figure_input *input, struct chart *chart,
			   struct chart_panel *panel);

/* Values within half a per cent, as sizes and batches of one plan are; or both unknown. */
bool figure_same(double a, double b);

/* The different sizes of the points, rising; `sizes` has room for study->n_cells.  How many. */
size_t figure_sizes(const struct figure_input *input, double *sizes);

/* "N = 140k", or "" of an unknown size. */
const char *figure_size_title(struct chart *chart, double size);

/* From the smallest to the largest compute of the points. */
struct chart_range figure_budgets(const struct figure_input *input);

/* The strength of a colour by the place of a value in the logarithm of a range: 0.4 at its low
 * end, 1 at its high end. */
double figure_strength(struct chart_range range, double value);

/* ERR_DATA: no arm is the baseline, or nothing stands against it; with the arms there are. */
int figure_no_baseline(const struct figure_input *input, struct error *err);

/* "model FLOPs, exact causal count": how C is counted. */
const char *figure_flops_convention(const struct figure_input *input);

/* "4×10¹¹", for captions. */
void text_add_number(struct text *out, double value);

#endif
