/* SPDX-License-Identifier: MIT
 *
 * `help spec`: the sweep file explained from the tables that read it.
 */
#ifndef SWEEP_SWEEP_HELP_H
#define SWEEP_SWEEP_HELP_H

#include "base/text.h"

void spec_describe(struct text *out);

#endif
