/* SPDX-License-Identifier: MIT
 *
 * Rules: straight thin lines across a panel that belong to no arm, such as the one at zero.
 */
#ifndef PLOTS_RULE_H
#define PLOTS_RULE_H

#include <stdbool.h>

#include "plots/chart.h"

/* As long as the series that the panel has so far are wide or high; the panel's range includes
 * it.  Nothing where the panel is empty. */
void chart_add_rule_across(struct chart *chart, struct chart_panel *panel, const char *name,
			   double y, bool dashed);
void chart_add_rule_upright(struct chart *chart, struct chart_panel *panel, const char *name,
			    double x, bool dashed);

#endif
