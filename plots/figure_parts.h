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

/* One entry an arm in the legend, each with its own colour. */
void figure_add_legend(struct chart *chart, const struct figure_arms *arms,
		       const struct chart_look *look);

/* Entropies and compressors in nats/token, by the bytes of a token that the rows tell (1 where
 * they do not). */
void figure_add_references(const struct figure_input *input, struct chart *chart,
			   struct chart_panel *panel);

/* ERR_DATA: no arm is the baseline, or nothing stands against it; with the arms there are. */
int figure_no_baseline(const struct figure_input *input, struct error *err);

/* "model FLOPs, exact causal count": how C is counted. */
const char *figure_flops_convention(const struct figure_input *input);

/* "4×10¹¹", for captions. */
void text_add_number(struct text *out, double value);

#endif
