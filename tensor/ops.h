/* SPDX-License-Identifier: MIT
 *
 * Operations on tensors.  Each is a plain function that checks shapes (assert: a wrong shape is
 * our mistake) and hands over to the backend of its tensors.  Arguments: outputs, inputs, sizes.
 *
 * Letters: B sequences, T context, N = B T rows (positions), C width, V vocabulary, H query heads,
 * K key and value heads (K divides H), D width of a head, F width of the MLP.  dx is the gradient
 * of the loss with respect to x.  "Adds" means that a gradient is added to what is there,
 * otherwise outputs are overwritten.  No operation allocates.
 */
#ifndef TENSOR_OPS_H
#define TENSOR_OPS_H

#include <stdbool.h>
#include <stddef.h>

#include "tensor/tensor.h"

/* --- elementwise and reductions, any shape, equal sizes --- */

void op_fill(const struct tensor *x, double value);
void op_copy(const struct tensor *y, const struct tensor *x);
/* y = a x + b y; with b = 0 what was in y (NaN too) does not matter. */
void op_axpby(const struct tensor *y, double a, const struct tensor *x, double b);
/* Sum of squares in double; reads back, so it waits for the device. */
double op_sum_squares(const struct tensor *x);
/* y = x / |x|_F; zero where x is zero.  The norm is taken relative to the largest element, so
 * that neither tiny (1e-30) nor huge gradients under- or overflow.  x and y may be the same. */
void op_normalize(const struct tensor *y, const struct tensor *x);
/* x(m,m) += a I */
void op_add_identity(const struct tensor *x, double a);

/* --- products --- */

enum transpose { PLAIN, TRANSPOSED };

/* c = alpha op(a) op(b) + beta c, c(m,n), inner size k.  With beta = 0 what was in c does not
 * matter.  c may not overlap a or b. */
void op_matmul(const struct tensor *c, const struct tensor *a, enum transpose ta,
	       const struct tensor *b, enum transpose tb, double alpha, double beta);

/* Symmetric products of at least so many rows are computed by half and mirrored where operations
 * are in fp32; all others are whole products, which are faster there. */
#define SYMMETRIC_LEAST_HALVED 72

/* c(m,m) = alpha op(a) op(a)^T + beta c with c symmetric. */
void op_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	     double beta);

/* c = a b, all (m,m), of symmetric a and b that commute, so that c is symmetric too.  c may not
 * overlap a or b. */
void op_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b);

/* --- embedding --- */

/* y(N,C) = table(V,C)[ids(N)] */
void op_embedding_forward(const struct tensor *y, const struct tensor *table,
			  const struct tensor *ids);
/* Adds to dtable. */
void op_embedding_backward(const struct tensor *dtable, const struct tensor *dy,
			   const struct tensor *ids);

/* --- RMSNorm: y = gain x / sqrt(mean(x^2) + eps), rows of C --- */

#define RMSNORM_EPS 1e-6

/* y(N,C), rstd(N) = 1/sqrt(mean + eps), x(N,C), gain(C) */
void op_rmsnorm_forward(const struct tensor *y, const struct tensor *rstd, const struct tensor *x,
			const struct tensor *gain);
/* The same, and copy(N,C) = x. */
void op_rmsnorm_branch(const struct tensor *copy, const struct tensor *y, const struct tensor *rstd,
		       const struct tensor *x, const struct tensor *gain);
/* Adds to dx and to dgain. */
void op_rmsnorm_backward(const struct tensor *dx, const struct tensor *dgain,
			 const struct tensor *dy, const struct tensor *x, const struct tensor *gain,
			 const struct tensor *rstd);

/* --- heads --- */

/* Splits qkv(N, (H+2K) D), whose rows are [q heads | k heads | v heads], into q(B,H,T,D),
 * k(B,K,T,D), v(B,K,T,D).  With rope(T,D), whose rows are [cos_0..cos_{D/2-1} | sin_0..], q and k
 * are rotated by position: pair (i, i + D/2), as Su et al. 2021 in the half-split layout of Llama
 * in Hugging Face.  rope may be no_tensor: no rotation. */
void op_split_heads_forward(const struct tensor *q, const struct tensor *k, const struct tensor *v,
			    const struct tensor *qkv, const struct tensor *rope);
void op_split_heads_backward(const struct tensor *dqkv, const struct tensor *dq,
			     const struct tensor *dk, const struct tensor *dv,
			     const struct tensor *rope);

/* Rotates x(B,H,T,D) in place; `inverse` rotates back, which is also the gradient. */
void op_rope(const struct tensor *x, const struct tensor *rope, bool inverse);

/* --- causal attention, head h of q with key head h / (H/K) --- */

/* y(N, H D) = softmax(scale q k^T + causal mask) v, heads side by side; lse(B,H,T) = log of the
 * sum of exponentials; max_logit(H) = max(what was there, largest kept scale q.k of the batch).
 * Masked products are not computed and T x T is never kept. */
void op_attention_forward(const struct tensor *y, const struct tensor *lse,
			  const struct tensor *max_logit, const struct tensor *q,
			  const struct tensor *k, const struct tensor *v, double scale);
/* dq, dk, dv as q, k, v. */
void op_attention_backward(const struct tensor *dq, const struct tensor *dk,
			   const struct tensor *dv, const struct tensor *dy, const struct tensor *y,
			   const struct tensor *lse, const struct tensor *q, const struct tensor *k,
			   const struct tensor *v, double scale);

/* --- MLP --- */

/* h(N,F) = silu(gate) up, gate_up(N,2F) = [gate | up] */
void op_swiglu_forward(const struct tensor *h, const struct tensor *gate_up);
void op_swiglu_backward(const struct tensor *dgate_up, const struct tensor *dh,
			const struct tensor *gate_up);
/* h = gelu(x), tanh form (Hendrycks and Gimpel 2016) */
void op_gelu_forward(const struct tensor *h, const struct tensor *x);
void op_gelu_backward(const struct tensor *dx, const struct tensor *dh, const struct tensor *x);

/* --- loss --- */

/* losses(N) = -log softmax(logits(N,V))[targets(N)], nats */
void op_cross_entropy_forward(const struct tensor *losses, const struct tensor *logits,
			      const struct tensor *targets);
/* The same, and replaces logits by scale times the gradient of the sum of the losses. */
void op_cross_entropy_backward(const struct tensor *losses, const struct tensor *logits,
			       const struct tensor *targets, double scale);

/* --- optimizer steps --- */

struct adamw_step {
	double gradient_scale; /* the gradient is multiplied by this first (clipping) */
	double lr;	       /* of this step */
	double decay;	       /* w is multiplied by 1 - decay first */
	double beta1, beta2, eps;
	double correction1, correction2; /* 1 - beta1^t, 1 - beta2^t */
};

/* m = beta1 m + (1-beta1) g;  v = beta2 v + (1-beta2) g^2;
 * w = (1-decay) w - lr (m/correction1) / (sqrt(v/correction2) + eps)
 * (Loshchilov and Hutter 2019, eps outside the root). */
void op_adamw(const struct tensor *w, const struct tensor *m, const struct tensor *v,
	      const struct tensor *g, const struct adamw_step *step);

/* momentum = mu momentum + s g (a sum, not a mean: A, Eq 1);
 * u = nesterov ? mu momentum + s g : momentum. */
void op_momentum(const struct tensor *u, const struct tensor *momentum, const struct tensor *g,
		 double gradient_scale, double mu, bool nesterov);

#endif
