/* SPDX-License-Identifier: MIT */
#include "optim/schedule.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>

#include "base/memory.h"

#define EXPONENTIAL_FLOOR 0.01 /* an exponential cannot run to zero */

static const struct key_choice kinds[] = {
	[SCHEDULE_WSD] = {"wsd", NULL, "warm-up, stable, decay at the end"},
	[SCHEDULE_COSINE] = {"cosine", NULL, "half a cosine from the warm-up to the end"},
	[SCHEDULE_LINEAR] = {"linear", NULL, "a straight line from the warm-up to the end"},
	[SCHEDULE_CONSTANT] = {"constant", NULL, "no decay"},
	{NULL, NULL, NULL},
};

static const struct key_choice shapes[] = {
	[DECAY_LINEAR] = {"linear", NULL, "1 - (1-r) x"},
	[DECAY_COSINE] = {"cosine", NULL, "r + (1-r) (1 + cos(pi x)) / 2"},
	[DECAY_SQRT] = {"sqrt", NULL, "1 - (1-r) sqrt(x)"},
	[DECAY_EXPONENTIAL] = {"exponential", NULL, "max(r, 0.01)^x"},
	{NULL, NULL, NULL},
};

#define SCHEDULE_KEY(key_name, key_type, field) \
	.name = key_name, .type = key_type, .offset = offsetof(struct schedule_config, field)

const struct key schedule_keys[] = {
	{SCHEDULE_KEY("kind", KEY_CHOICE, kind), .choices = kinds, .fallback = "wsd",
	 .help = "how the learning rate runs"},
	{SCHEDULE_KEY("warmup", KEY_REAL, warmup), .min = 0, .max = 1, .fallback = "0.05",
	 .help = "fraction of the steps that warm up"},
	{SCHEDULE_KEY("warmup_steps", KEY_INTEGER, warmup_steps), .min = 0, .max = HUGE_VAL,
	 .fallback = "0", .unit = "steps", .help = "warm-up as steps, instead of a fraction"},
	{SCHEDULE_KEY("warmup_tokens", KEY_INTEGER, warmup_tokens), .min = 0, .max = HUGE_VAL,
	 .fallback = "0", .unit = "tokens", .help = "warm-up as tokens, instead of a fraction"},
	{SCHEDULE_KEY("decay", KEY_REAL, decay), .min = 0, .max = 1, .fallback = "0.2",
	 .help = "wsd: fraction of the steps that decay"},
	{SCHEDULE_KEY("decay_shape", KEY_CHOICE, decay_shape), .choices = shapes,
	 .fallback = "linear", .help = "wsd: how they decay, x from 0 to 1, r = final_lr_ratio"},
	{SCHEDULE_KEY("final_lr_ratio", KEY_REAL, final_lr_ratio), .min = 0, .max = 1,
	 .fallback = "0", .help = "what the learning rate runs to, as a share of the peak"},
};
const size_t n_schedule_keys = ARRAY_SIZE(schedule_keys);

/* In steps, before rounding. */
static double warmup_length(const struct schedule_config *config, int64_t steps,
			    double batch_tokens)
{
	if (config->warmup_tokens > 0)
		return (double)config->warmup_tokens / batch_tokens;
	if (config->warmup_steps > 0)
		return (double)config->warmup_steps;
	return config->warmup * (double)steps;
}

static double decay_length(const struct schedule_config *config, int64_t steps)
{
	return config->kind == SCHEDULE_WSD ? config->decay * (double)steps : 0;
}

int schedule_check(const struct schedule_config *config, int64_t steps, double batch_tokens,
		   struct error *err)
{
	double warmup = warmup_length(config, steps, batch_tokens);
	double decay = decay_length(config, steps);
	double slack = 1e-9 * (double)steps; /* 0.1 + 0.9 may be a little above 1 */

	if (config->warmup_tokens > 0 && config->warmup_steps > 0)
		return error_set(err, ERR_USAGE,
				 "'warmup_steps' and 'warmup_tokens' are both given; keep one");
	if (ceil(warmup) >= (double)steps)
		return error_set(err, ERR_USAGE,
				 "a warm-up of %g steps leaves nothing of a trial of %" PRId64
				 " steps; shorten the warm-up or train longer",
				 ceil(warmup), steps);
	if (warmup + decay > (double)steps + slack)
		return error_set(err, ERR_USAGE,
				 "a warm-up of %g steps and a decay of %g steps do not fit into a "
				 "trial of %" PRId64 " steps; shorten one of them",
				 warmup, decay, steps);
	return 0;
}

static int64_t nearest(double x)
{
	return (int64_t)floor(x + 0.5);
}

struct schedule schedule_resolve(const struct schedule_config *config, int64_t steps,
				 double batch_tokens)
{
	double warmup = warmup_length(config, steps, batch_tokens);
	struct schedule schedule = {
		.kind = (enum schedule_kind)config->kind,
		.decay_shape = (enum decay_shape)config->decay_shape,
		.steps = steps,
		.final_lr_ratio = config->final_lr_ratio,
	};
	int64_t left;

	schedule.warmup_steps = config->warmup_tokens > 0 ? (int64_t)ceil(warmup) : nearest(warmup);
	left = steps > schedule.warmup_steps ? steps - schedule.warmup_steps : 0;
	schedule.decay_steps = nearest(decay_length(config, steps));
	if (schedule.decay_steps > left)
		schedule.decay_steps = left;
	return schedule;
}

static double cosine_factor(double x, double r)
{
	return r + (1 - r) * (1 + cos(acos(-1) * x)) / 2;
}

static double decay_factor(enum decay_shape shape, double x, double r)
{
	switch (shape) {
	case DECAY_LINEAR:
		return 1 - (1 - r) * x;
	case DECAY_COSINE:
		return cosine_factor(x, r);
	case DECAY_SQRT:
		return 1 - (1 - r) * sqrt(x);
	case DECAY_EXPONENTIAL:
		return pow(fmax(r, EXPONENTIAL_FLOOR), x);
	}
	return (double)NAN;
}

/* How far step s is from `first` to the end, 0 at first. */
static double progress(const struct schedule *schedule, int64_t first, int64_t s)
{
	return (double)(s - first) / (double)(schedule->steps - first);
}

double schedule_factor(const struct schedule *schedule, int64_t s)
{
	int64_t warmup = schedule->warmup_steps, decay = schedule->steps - schedule->decay_steps;
	double r = schedule->final_lr_ratio;

	assert(s >= 0 && s < schedule->steps);
	if (s < warmup)
		return (double)(s + 1) / (double)warmup;
	switch (schedule->kind) {
	case SCHEDULE_WSD:
		return s < decay ? 1
				 : decay_factor(schedule->decay_shape, progress(schedule, decay, s),
						r);
	case SCHEDULE_COSINE:
		return cosine_factor(progress(schedule, warmup, s), r);
	case SCHEDULE_LINEAR:
		return decay_factor(DECAY_LINEAR, progress(schedule, warmup, s), r);
	case SCHEDULE_CONSTANT:
		return 1;
	}
	return (double)NAN;
}
