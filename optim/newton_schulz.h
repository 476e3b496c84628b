/* SPDX-License-Identifier: MIT
 *
 * Newton-Schulz: the orthogonal factor of a matrix, roughly, by products alone.
 *
 *     X_0 = M / |M|_F,   X_{k+1} = (a I + b A + c A^2) X_k,   A = X_k X_k^T      (A, Eq 2)
 *
 * Every singular value s goes through a s + b s^3 + c s^5 and the singular vectors stay.  Where
 * there are more rows than columns A is X^T X and the polynomial stands on the right, so that the
 * square products are on the smaller side m, and n is the other.  Two ways lead to the same O:
 *
 * - plain: X_k itself.  An iteration costs 4 m^2 n + 2 m^3 FLOPs, and 3 m^2 n + m^3 where symmetric
 *   products are computed by half;
 * - Gram: X_k = Q_k X_0 with Q_k(m,m) a polynomial of A_0 = X_0 X_0^T, so that
 *   Q_{k+1} = Z_k Q_k and A_{k+1} = A_k Z_k^2 with Z_k = a I + b A_k + c A_k^2, all symmetric and
 *   commuting; only A_0 and Q X_0 are as long as n (Gram Newton-Schulz, Dao lab 2026).  It is
 *   cheaper from n = 1.4 m on.
 *
 * With products of bfloat16 the plain way is taken for every shape: what is rounded in A_k would
 * grow by a^2 an iteration on the other, without bounds where the spectrum is steep.  The plain one
 * is off by 1 to 3 % of |O|_F where singular values fall no faster than 1/i, and its orthogonality
 * error is that of the exact iteration within 1 %; singular values under 2^-9 of the largest come
 * out with errors of their own size (fall as 1/i^2: 10 to 30 % of |O|_F).
 */
#ifndef OPTIM_NEWTON_SCHULZ_H
#define OPTIM_NEWTON_SCHULZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/key.h"
#include "tensor/tensor.h"

#define NS_MAX_STEPS 20

enum ns_coefficients { NS_JORDAN, NS_POLAR_EXPRESS, NS_YOU };
extern const struct key_choice ns_coefficients_choices[];

struct ns_polynomial {
	double a, b, c;
};

/* The polynomial of iteration k = 0, 1, ..; past the end of a table its last one is repeated. */
struct ns_polynomial ns_polynomial(enum ns_coefficients set, int64_t k);

/* Workspace for matrices of any shape up to what it was taken for: two copies of the matrix and
 * squares on its smaller side. */
#define NS_SQUARES 4
struct newton_schulz {
	struct tensor x[2], squares[NS_SQUARES];
};

void newton_schulz_take(struct newton_schulz *ns, struct slab *slab, size_t largest_matrix,
			size_t largest_square);

/* The window into the workspace to write M(rows, columns) into... */
struct tensor newton_schulz_input(const struct newton_schulz *ns, size_t rows, size_t columns);
/* ...and O(rows, columns), made from it; both are good until the next call.  O is zero where M
 * is zero, and NaN where M has a NaN. */
struct tensor newton_schulz_run(const struct newton_schulz *ns, enum ns_coefficients set,
				int64_t steps, size_t rows, size_t columns);

/* |O O^T - I|_F / sqrt(m), on the smaller side m, of what newton_schulz_run() returned. */
double newton_schulz_error(const struct newton_schulz *ns, const struct tensor *o);

/* What newton_schulz_run() spends, symmetric products counted by half where they are computed by
 * half (SYMMETRIC_LEAST_HALVED); and what the plain iteration with whole products would. */
double newton_schulz_flops(enum precision precision, enum ns_coefficients set, int64_t steps,
			   size_t rows, size_t columns);
double newton_schulz_plain_flops(int64_t steps, size_t rows, size_t columns);

#endif
