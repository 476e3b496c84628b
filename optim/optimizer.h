/* SPDX-License-Identifier: MIT
 *
 * Optimizers.  One is a `const struct optimizer_type` at the foot of its own file and an entry in
 * OPTIMIZERS; it exports its keys (sweep file, help, canonical form) and never sees a model, only
 * a struct param_list.  docs/optimizers.md tells how to add one.
 */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"
#include "base/memory.h"
#include "tensor/param.h"

struct optimizer_step {
	int64_t step;	       /* 1 for the first */
	double schedule;       /* factor of the peak learning rate at this step, 0..1 */
	double gradient_scale; /* gradients are multiplied by this first (clipping) */
	bool observe;	       /* measure what o->observed tells */
};

/* What was measured at the last observed step, one per parameter; NAN where it has no meaning. */
struct param_observation {
	double update_rms;	    /* RMS of the change without weight decay, lr divided out */
	double orthogonality_error; /* |O O^T - I|_F / sqrt(m), m the smaller side; Muon only */
};

/* Matrix products of orthogonalisation; elementwise work counts as nothing. */
struct optimizer_flops {
	double spent; /* per step, what is really done */
	double plain; /* per step, 5 (4 m^2 n + 2 m^3) per orthogonalised matrix (contract) */
};

struct optimizer;

struct optimizer_type {
	const char *name, *summary;
	const struct key *keys;
	size_t n_keys;
	size_t options_size;
	size_t state_size; /* the optimizer's own struct, zeroed before layout */

	/* Takes tensors: `state` for what lives from step to step, `work` for the rest.  Runs twice
	 * (see struct slab); arrays of tensors come from o->arena, once. */
	void (*layout)(struct optimizer *o, struct slab *state, struct slab *work);
	/* One update of all parameters.  Gradients are read, not changed. */
	void (*step)(struct optimizer *o, const struct optimizer_step *step);
	/* From shapes alone: params need no tensors.  The precision is the backend's. */
	struct optimizer_flops (*flops)(const void *options, const struct param *params, size_t n,
					enum precision precision);
	/* Checks between keys; may be NULL.  ERR_USAGE. */
	int (*check)(const void *options, struct error *err);
};

struct optimizer {
	const struct optimizer_type *type;
	const void *options;	   /* borrowed */
	struct param_list *params; /* borrowed */
	void *state;
	struct arena arena;
	struct slab state_slab, work_slab; /* one allocation each */
	struct param_observation *observed;
	int64_t orthogonalisations; /* calls of Newton-Schulz so far */
};

/* X(name): every optimizer, `optimizer_name` in name.c. */
#define OPTIMIZERS(X) \
	X(adamw)      \
	X(muon)       \
	X(sgd)

#define X(name) extern const struct optimizer_type optimizer_##name;
OPTIMIZERS(X)
#undef X

extern const struct optimizer_type *const optimizer_types[];   /* ends with NULL */
const struct optimizer_type *optimizer_find(const char *name); /* NULL: there is none */

/* `options` and `params` must outlive the optimizer.  ERR_NOMEM. */
int optimizer_new(struct optimizer **o, const struct optimizer_type *type, const void *options,
		  struct param_list *params, struct error *err);
void optimizer_free(struct optimizer *o); /* NULL is fine */
void optimizer_step(struct optimizer *o, const struct optimizer_step *step);

/* All that lives from step to step, but `observed` and `orthogonalisations`; may be no_tensor. */
struct tensor optimizer_state(const struct optimizer *o);

/* What optimizer_new() takes of a backend with reals of 4 bytes and so many lanes, in bytes;
 * nothing is allocated, and params need no tensors. */
struct optimizer_memory {
	size_t state; /* kept from step to step */
	size_t work;  /* needed within a step */
};
struct optimizer_memory optimizer_memory(const struct optimizer_type *type, const void *options,
					 const struct param_list *params, size_t lanes);

/* --- what all optimizers have --- */

/* How weight decay meets the learning rate. */
enum decay_mode {
	DECAY_LR_COUPLED,  /* w *= 1 - lr_t wd (A, Eq 3; AdamW as everyone has it) */
	DECAY_INDEPENDENT, /* w *= 1 - (lr_t / lr_peak) wd */
	DECAY_LR_SQUARED   /* w *= 1 - (lr_t^2 / lr_peak) wd (Muon-SW, 2607.23777) */
};
extern const struct key_choice decay_mode_choices[];

/* The first member of every options struct. */
struct optimizer_common {
	double lr; /* the peak */
	double weight_decay;
	int decay_mode; /* enum decay_mode */
};

/* The first fields of a key that sets `field` of an options struct. */
#define OPTION(key_name, key_type, options_struct, field) \
	.name = key_name, .type = key_type, .offset = offsetof(options_struct, field)

/* Their keys, for an options struct whose first member is `common`. */
/* clang-format off */
#define OPTIMIZER_COMMON_KEYS(options_struct)                                                      \
	{OPTION("lr", KEY_REAL, options_struct, common.lr),                                        \
	 .min = 0, .max = HUGE_VAL, .above_min = true, .help = "peak learning rate"},              \
	{OPTION("weight_decay", KEY_REAL, options_struct, common.weight_decay),                    \
	 .min = 0, .max = HUGE_VAL, .fallback = "0.1",                                             \
	 .help = "decoupled weight decay, of all parameters"},                                     \
	{OPTION("decay_mode", KEY_CHOICE, options_struct, common.decay_mode),                      \
	 .choices = decay_mode_choices, .fallback = "lr_coupled",                                  \
	 .help = "how weight decay follows the learning rate"}
/* clang-format on */

/* What a weight loses in a step: w is multiplied by 1 minus this. */
double decay_amount(enum decay_mode mode, double weight_decay, double lr_peak, double schedule);

/* The same for an optimizer's options. */
double optimizer_decay(const struct optimizer_common *common, double schedule);

/* For optimizers without matrix products: zero. */
struct optimizer_flops optimizer_flops_none(const void *options, const struct param *params,
					    size_t n, enum precision precision);

/* Refuses a decay that takes away a whole weight in one step.  ERR_USAGE. */
int optimizer_check_common(const void *options, struct error *err);

#endif
