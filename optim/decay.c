/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "optim/optimizer.h"

const struct key_choice decay_mode_choices[] = {
	[DECAY_LR_COUPLED] = {"lr_coupled", NULL, "w *= 1 - lr_t wd, as AdamW has it"},
	[DECAY_INDEPENDENT] = {"independent", NULL, "w *= 1 - (lr_t / lr) wd, whatever the peak"},
	[DECAY_LR_SQUARED] = {"lr_squared", NULL, "w *= 1 - (lr_t^2 / lr) wd (Muon-SW)"},
	{NULL, NULL, NULL},
};

double decay_amount(enum decay_mode mode, double weight_decay, double lr_peak, double schedule)
{
	switch (mode) {
	case DECAY_LR_COUPLED:
		return lr_peak * schedule * weight_decay;
	case DECAY_INDEPENDENT:
		return schedule * weight_decay;
	case DECAY_LR_SQUARED:
		return lr_peak * schedule * schedule * weight_decay;
	}
	return (double)NAN;
}

double optimizer_decay(const struct optimizer_common *common, double schedule)
{
	return decay_amount((enum decay_mode)common->decay_mode, common->weight_decay, common->lr,
			    schedule);
}

int optimizer_check_common(const void *options, struct error *err)
{
	const struct optimizer_common *common = options;
	double most = optimizer_decay(common, 1);

	if (most < 1)
		return 0;
	return error_set(err, ERR_USAGE,
			 "'weight_decay' %g with 'lr' %g and 'decay_mode' %s takes away %g %% of a "
			 "weight in one step; it must be below 100 %%",
			 common->weight_decay, common->lr,
			 decay_mode_choices[common->decay_mode].name, 100 * most);
}
