/* SPDX-License-Identifier: MIT
 *
 * Settings of the command line: -s path=value changes the tree before it is read, so that a
 * setting means exactly what the same line in the file would.
 */
#ifndef SWEEP_OVERRIDE_H
#define SWEEP_OVERRIDE_H

#include "sweep/yaml.h"

/* Applies "train.batch_tokens=4k".  The value is YAML: a list or {log: [..]} is an axis.  A path
 * "optimizer.LABEL.key" goes to the arms of that label or, where there is none, of that name;
 * a key that the arm tunes is no longer tuned, and the other way round.  One of several
 * alternatives ("train.budget.flops") takes the place of the others.  ERR_USAGE with the place
 * "-s path=value". */
int override_apply(struct node *root, const char *setting, struct arena *arena, struct error *err);

#endif
