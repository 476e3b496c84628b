/* SPDX-License-Identifier: MIT
 *
 * What decides how long a trial takes, and what was measured of it: a row of the calibration.
 */
#ifndef SWEEP_COST_SHAPE_H
#define SWEEP_COST_SHAPE_H

#include <stdbool.h>

#include "sweep/trial.h"

/* X(field, use): numbers of a trial and of how it runs, and which parts of its time they decide. */
#define COST_SHAPE_NUMBERS(X)                                                      \
	X(d_model, ALL)                                                            \
	X(n_layers, ALL)                                                           \
	X(head_dim, NOT_STEP)                                                      \
	X(kv_heads, ALL)                                                           \
	X(ffn_hidden, ALL)                                                         \
	X(mlp, ALL) /* enum mlp_kind */                                            \
	X(qk_norm, ALL)                                                            \
	X(context, NOT_STEP)                                                       \
	X(vocab, ALL)                                                              \
	X(params, ALL)                                                             \
	X(memory, NOT_STEP)	 /* bytes of weights, gradients and activations */ \
	X(micro_batch, NOT_STEP) /* tokens computed at a time */                   \
	X(optimizer_flops, STEP) /* of a step */                                   \
	X(threads, ALL)                                                            \
	X(jobs, ALL) /* trials at once */

enum cost_use { COST_ALL, COST_NOT_STEP, COST_STEP };

#define COST_SHAPE_TEXTS(X) \
	X(optimizer)        \
	X(precision)        \
	X(backend)

#define COST_SHAPE_TEXT 24 /* bytes of a text, terminator included */

/* Unused bytes are zero, so that memcmp() tells whether two are equal. */
struct cost_shape {
#define X(field, use) double field;
	COST_SHAPE_NUMBERS(X)
#undef X
#define X(field) char field[COST_SHAPE_TEXT];
	COST_SHAPE_TEXTS(X)
#undef X
};

/* X(field): what a trial's time is the sum of, in seconds; NAN where not measured. */
#define COST_PARTS(X)                                                       \
	X(start) /* from the start of its process to its first step */      \
	X(token) /* forward, backward and the rest of a step, of a token */ \
	X(step)	 /* the optimizer, of a step */                             \
	X(eval)	 /* of a token of the held-out sets */

struct cost_parts {
#define X(field) double field;
	COST_PARTS(X)
#undef X
};

enum cost_part {
#define X(field) COST_PART_##field,
	COST_PARTS(X)
#undef X
		N_COST_PARTS
};

#define COST_ONE(...) +1
enum { N_COST_NUMBERS = 0 COST_SHAPE_NUMBERS(COST_ONE) };

extern const enum cost_use cost_number_uses[N_COST_NUMBERS];

struct cost_row {
	struct cost_shape shape;
	struct cost_parts parts;
	double measured_s; /* how long it was measured for: its weight */
};

struct cost_shape cost_shape_of(const struct trial *trial, int threads, int jobs);
bool cost_shape_equal(const struct cost_shape *a, const struct cost_shape *b);

/* The fields as arrays, in the order of the lists above. */
const double *cost_shape_numbers(const struct cost_shape *shape);
double *cost_parts_array(struct cost_parts *parts);

/* The row of a trial that ended well: its last evaluation row, the seconds until it began to train
 * and until its end.  False where it was too short to tell anything. */
bool cost_row_of_trial(struct cost_row *row, const struct trial *trial, int threads, int jobs,
		       const struct evaluation_row *last, double start_s, double whole_s);

/* How much of each part a trial needs: 1 start, its tokens, its steps, its tokens of evaluation. */
struct cost_parts cost_amounts(const struct trial *trial);
/* The same of a trial that goes on after that step. */
struct cost_parts cost_amounts_from(const struct trial *trial, int64_t step);

/* Seconds of so much of each part, of which one takes so long. */
double cost_seconds(const struct cost_parts *times, const struct cost_parts *amounts);

/* Tokens of the held-out sets, which the evaluation at the end goes through. */
double cost_final_tokens(const struct trial *trial);

#endif
