/* SPDX-License-Identifier: MIT
 *
 * What an orthogonalised update O of a matrix is multiplied by before the learning rate.  One
 * list gives the choices of the key, the help page and the formulas.
 */
#ifndef OPTIM_LR_SCALE_H
#define OPTIM_LR_SCALE_H

#include "base/key.h"
#include "tensor/tensor.h"

/* X(id, name, alias, formula, source); rows = fan-out, columns = fan-in, d = d_model. */
#define LR_SCALES(X)                                                                        \
	X(MATCH_RMS, "match_rms", "match_rms_adamw", "update_rms sqrt(max(rows, columns))", \
	  "arXiv 2502.16982, Eq 4: the update RMS of AdamW for any shape")                  \
	X(UPDATE_NORM, "update_norm", NULL, "update_rms / RMS(O)",                          \
	  "arXiv 2502.16982, Table 1: the RMS exactly, by measuring it")                    \
	X(HIDDEN_RMS, "hidden_rms", NULL, "update_rms sqrt(d_model)",                       \
	  "arXiv 2502.16982, Table 1: the baseline, one factor for all matrices")           \
	X(JORDAN, "jordan", "original", "sqrt(max(1, rows / columns))",                     \
	  "github.com/KellerJordan/Muon")                                                   \
	X(SPECTRAL, "spectral", NULL, "sqrt(rows / columns)",                               \
	  "arXiv 2310.17813: the spectral condition, lr keeps across widths")               \
	X(NONE, "none", NULL, "1", "arXiv 2502.16982, Eq 1: O as it is")

enum lr_scale {
#define X(id, ...) LR_SCALE_##id,
	LR_SCALES(X)
#undef X
		N_LR_SCALES
};

extern const struct key_choice lr_scale_choices[];

/* For `help lr-scales`. */
struct lr_scale_rule {
	const char *name, *alias, *formula, *source;
};
extern const struct lr_scale_rule lr_scale_rules[N_LR_SCALES];

/* The factor for O(rows, columns) in a model of width d_model; 0 where O is zero and the rule
 * divides by its size. */
double lr_scale_factor(enum lr_scale rule, const struct tensor *o, double d_model,
		       double update_rms);

#endif
