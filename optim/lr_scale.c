/* SPDX-License-Identifier: MIT */
#include "optim/lr_scale.h"

#include <math.h>

#include "tensor/ops.h"

const struct key_choice lr_scale_choices[] = {
#define X(id, name, alias, formula, source) [LR_SCALE_##id] = {name, alias, formula},
	LR_SCALES(X)
#undef X
		{NULL, NULL, NULL},
};

const struct lr_scale_rule lr_scale_rules[N_LR_SCALES] = {
#define X(id, name, alias, formula, source) [LR_SCALE_##id] = {name, alias, formula, source},
	LR_SCALES(X)
#undef X
};

static double over_rms(double update_rms, const struct tensor *o)
{
	double rms = sqrt(op_sum_squares(o) / (double)tensor_size(o));

	return rms == 0 ? 0 : update_rms / rms; /* NaN stays NaN */
}

double lr_scale_factor(enum lr_scale rule, const struct tensor *o, double d_model,
		       double update_rms)
{
	double rows = (double)o->dim[0], columns = (double)o->dim[1];

	switch (rule) {
	case LR_SCALE_MATCH_RMS:
		return update_rms * sqrt(fmax(rows, columns));
	case LR_SCALE_UPDATE_NORM:
		return over_rms(update_rms, o);
	case LR_SCALE_HIDDEN_RMS:
		return update_rms * sqrt(d_model);
	case LR_SCALE_JORDAN:
		return sqrt(fmax(1, rows / columns));
	case LR_SCALE_SPECTRAL:
		return sqrt(rows / columns);
	case LR_SCALE_NONE:
		return 1;
	case N_LR_SCALES:
		break;
	}
	return (double)NAN;
}
