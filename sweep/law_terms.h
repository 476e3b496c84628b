/* SPDX-License-Identifier: MIT
 *
 * The terms that a {law: ".."} of the sweep file may use.
 */
#ifndef SWEEP_LAW_TERMS_H
#define SWEEP_LAW_TERMS_H

/* X(name, help) */
#define LAW_TERMS(X)                                                   \
	X(N, "parameters")                                             \
	X(N_hidden, "parameters without embedding, head and norms")    \
	X(D, "tokens of the budget, before they are rounded to steps") \
	X(C, "model FLOPs of the budget, exact count")                 \
	X(B, "batch_tokens")                                           \
	X(d_model, "width")                                            \
	X(n_layers, "depth")                                           \
	X(context, "tokens of a sequence")

enum law_term {
#define X(name, help) LAW_##name,
	LAW_TERMS(X)
#undef X
		LAW_N_TERMS
};

#endif
