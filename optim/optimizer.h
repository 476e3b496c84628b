/* SPDX-License-Identifier: MIT
 *
 * Optimizers.  One is a `const struct optimizer_type` at the foot of its own file and an entry in
 * the table of optimizer.c; it exports its keys (sweep file, help, canonical form) and never sees
 * a model, only a struct param_list.
 *
 * Every optimizer has the keys "lr" and "weight_decay".
 */
#ifndef OPTIM_OPTIMIZER_H
#define OPTIM_OPTIMIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/key.h"
#include "tensor/param.h"

struct optimizer_step {
	int64_t step;          /* 1 for the first */
	double schedule;       /* factor of the peak learning rate at this step, 0..1 */
	double gradient_scale; /* gradients are multiplied by this first (clipping) */
	bool observe;          /* measure what optimizer_observed() tells */
};

/* What was measured at the last observed step, one per parameter; NAN where it has no meaning. */
struct param_observation {
	double update_rms;          /* RMS of the change without weight decay, lr divided out */
	double orthogonality_error; /* |O O^T - I|_F / sqrt(m), m the smaller side; Muon only */
};

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

	/* Takes state tensors from the slab; runs twice (see struct slab). */
	void (*layout)(struct optimizer *o, struct slab *slab);
	/* One update of all parameters. */
	void (*step)(struct optimizer *o, const struct optimizer_step *step);
	/* From shapes alone: params need no tensors. */
	struct optimizer_flops (*flops)(const void *options, const struct param *params, size_t n);
	/* Checks between keys; may be NULL.  ERR_USAGE. */
	int (*check)(const void *options, struct error *err);
};

struct optimizer {
	const struct optimizer_type *type;
	const void *options;       /* borrowed */
	struct param_list *params; /* borrowed */
	void *state;
	struct slab slab; /* state tensors, one allocation */
	struct param_observation *observed;
	int64_t orthogonalisations; /* calls of Newton-Schulz so far */
};

extern const struct optimizer_type *const optimizer_types[]; /* ends with NULL */
const struct optimizer_type *optimizer_find(const char *name);

/* `options` and `params` must outlive the optimizer.  ERR_NOMEM. */
int optimizer_new(struct optimizer **o, const struct optimizer_type *type, const void *options,
		  struct param_list *params, struct error *err);
void optimizer_free(struct optimizer *o); /* NULL is fine */
void optimizer_step(struct optimizer *o, const struct optimizer_step *step);
size_t optimizer_state_bytes(const struct optimizer *o);

/* How weight decay meets the learning rate; shared by all optimizers that decay. */
enum decay_mode {
	DECAY_LR_COUPLED, /* w *= 1 - lr_t wd (A Eq 3; AdamW as everyone has it) */
	DECAY_INDEPENDENT, /* w *= 1 - (lr_t / lr_peak) wd */
	DECAY_LR_SQUARED  /* w *= 1 - (lr_t^2 / lr_peak) wd (C10, Muon-SW) */
};
extern const struct key_choice decay_mode_choices[];
double decay_amount(enum decay_mode mode, double weight_decay, double lr_peak, double schedule);

#endif
