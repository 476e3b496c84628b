/* SPDX-License-Identifier: MIT
 *
 * What `plan` and `run` say of the tuning.
 */
#ifndef CMD_TUNING_LINES_H
#define CMD_TUNING_LINES_H

#include "sweep/agenda.h"

/* On stdout: what was found, and what is still open. */
void tuning_print(const struct agenda *agenda);

/* The same as chatter. */
void tuning_log(const struct agenda *agenda);

#endif
