/* SPDX-License-Identifier: MIT */
#include "optim/newton_schulz.h"

#include <math.h>

#include "tensor/ops.h"

const struct key_choice ns_coefficients_choices[] = {
	[NS_JORDAN] = {"jordan", NULL,
		       "3.4445, -4.7750, 2.0315 at every step: fast, to 0.68..1.13"},
	[NS_POLAR_EXPRESS] = {"polar_express", NULL, "best polynomial of each step (2505.16932)"},
	[NS_YOU] = {"you", NULL, "five tuned polynomials, to 0.98..1.03"},
	{NULL, NULL, NULL},
};

/* All polynomials of a table but the last are those of s / safety, so that rounding cannot push a
 * singular value out of where they converge. */
struct ns_table {
	int64_t n;
	double safety;
	struct ns_polynomial polynomials[8];
};

static const struct ns_table tables[] = {
	[NS_JORDAN] = {1, 1, {{3.4445, -4.7750, 2.0315}}},
	[NS_POLAR_EXPRESS] = {8,
			      1.01,
			      {{8.28721201814563, -23.595886519098837, 17.300387312530933},
			       {4.107059111542203, -2.9478499167379106, 0.5448431082926601},
			       {3.9486908534822946, -2.908902115962949, 0.5518191394370137},
			       {3.3184196573706015, -2.488488024314874, 0.51004894012372},
			       {2.300652019954817, -1.6689039845747493, 0.4188073119525673},
			       {1.891301407787398, -1.2679958271945868, 0.37680408948524835},
			       {1.8750014808534479, -1.2500016453999487, 0.3750001645474248},
			       {1.875, -1.25, 0.375}}},
	[NS_YOU] = {5,
		    1,
		    {{4.0848, -6.8946, 2.9270},
		     {3.9505, -6.3029, 2.6377},
		     {3.7418, -5.5913, 2.3037},
		     {2.8769, -3.1427, 1.2046},
		     {2.8366, -3.0525, 1.2012}}},
};

struct ns_polynomial ns_polynomial(enum ns_coefficients set, int64_t k)
{
	const struct ns_table *table = &tables[set];
	bool last = k >= table->n - 1;
	struct ns_polynomial p = table->polynomials[last ? table->n - 1 : k];
	double safety = last ? 1 : table->safety;

	return (struct ns_polynomial){p.a / safety, p.b / pow(safety, 3), p.c / pow(safety, 5)};
}

void newton_schulz_take(struct newton_schulz *ns, struct slab *slab, size_t largest_matrix,
			size_t largest_square)
{
	ns->x[0] = slab_vector(slab, largest_matrix);
	ns->x[1] = slab_vector(slab, largest_matrix);
	for (size_t i = 0; i < NS_SQUARES; i++)
		ns->squares[i] = slab_vector(slab, largest_square);
}

static struct tensor window(const struct tensor *room, size_t rows, size_t columns)
{
	struct tensor head = tensor_rows(room, 0, rows * columns);

	return tensor_as_matrix(&head, rows, columns);
}

static size_t shorter_side(size_t rows, size_t columns)
{
	return rows < columns ? rows : columns;
}

static struct tensor square_window(const struct newton_schulz *ns, size_t i, const struct tensor *x)
{
	size_t m = shorter_side(x->dim[0], x->dim[1]);

	return window(&ns->squares[i], m, m);
}

static bool is_tall(const struct tensor *x)
{
	return x->dim[0] > x->dim[1];
}

/* Whether the sides differ enough for the way over the Gram matrix, and what is multiplied is exact
 * enough: roundings to bfloat16 would grow beyond all bounds on it. */
static bool goes_over_gram(enum precision precision, size_t rows, size_t columns)
{
	size_t m = shorter_side(rows, columns), n = rows + columns - m;

	return precision == PRECISION_FP32 && 5 * n >= 7 * m;
}

/* x x^T, or x^T x where that is smaller. */
static void gram_of(const struct tensor *gram, const struct tensor *x)
{
	op_gram(gram, x, is_tall(x) ? TRANSPOSED : PLAIN, 1, 0);
}

/* z = a I + b A + c A^2 */
static void polynomial_of(const struct tensor *z, const struct tensor *gram,
			  struct ns_polynomial coefficients)
{
	op_copy(z, gram);
	op_gram(z, gram, PLAIN, coefficients.c, coefficients.b);
	op_add_identity(z, coefficients.a);
}

/* y = q x, or x q where x is tall. */
static void apply(const struct tensor *y, const struct tensor *q, const struct tensor *x)
{
	if (is_tall(x))
		op_matmul(y, x, PLAIN, q, PLAIN, 1, 0);
	else
		op_matmul(y, q, PLAIN, x, PLAIN, 1, 0);
}

static void swap(struct tensor *a, struct tensor *b)
{
	struct tensor kept = *a;

	*a = *b;
	*b = kept;
}

static struct tensor run_plain(const struct newton_schulz *ns, enum ns_coefficients set,
			       int64_t steps, struct tensor x, struct tensor y)
{
	struct tensor gram = square_window(ns, 0, &x), z = square_window(ns, 1, &x);

	for (int64_t k = 0; k < steps; k++) {
		gram_of(&gram, &x);
		polynomial_of(&z, &gram, ns_polynomial(set, k));
		apply(&y, &z, &x);
		swap(&x, &y);
	}
	return x;
}

/* What rounding put into A grows by a^2 an iteration where a singular value is small.  Before it
 * has grown by GROWTH_MOST, X is made and A is taken from it anew: 3e4 roundings of 6e-8 are a
 * relative error of 2e-3 in the smallest singular values, those of Jordan's five steps 1e-3. */
#define GROWTH_MOST 3e4

/* Whether iteration k > 0 begins with a new A; `growth` is 1 before iteration 1. */
static bool begins_anew(enum ns_coefficients set, int64_t k, double *growth)
{
	double a = ns_polynomial(set, k - 1).a;
	bool anew = *growth * a * a > GROWTH_MOST;

	*growth = anew ? 1 : *growth * a * a;
	return anew;
}

/* The squares of run_gram(): A, Z, Q and one to write to. */
struct gram_squares {
	struct tensor gram, z, q, other;
};

/* A = x x^T, Q = Z its polynomial of iteration k. */
static void start_gram(struct gram_squares *s, const struct tensor *x,
		       struct ns_polynomial coefficients)
{
	gram_of(&s->gram, x);
	polynomial_of(&s->q, &s->gram, coefficients);
	op_copy(&s->z, &s->q);
}

/* A = A Z^2, Z its next polynomial, Q = Q Z. */
static void step_gram(struct gram_squares *s, struct ns_polynomial coefficients)
{
	op_gram(&s->other, &s->z, PLAIN, 1, 0);
	op_matmul_commuting(&s->z, &s->gram, &s->other);
	swap(&s->gram, &s->z);
	polynomial_of(&s->z, &s->gram, coefficients);
	op_matmul_commuting(&s->other, &s->q, &s->z);
	swap(&s->q, &s->other);
}

static struct tensor run_gram(const struct newton_schulz *ns, enum ns_coefficients set,
			      int64_t steps, struct tensor x, struct tensor y)
{
	struct gram_squares s = {square_window(ns, 0, &x), square_window(ns, 1, &x),
				 square_window(ns, 2, &x), square_window(ns, 3, &x)};
	double growth = 1;

	start_gram(&s, &x, ns_polynomial(set, 0));
	for (int64_t k = 1; k < steps; k++) {
		if (!begins_anew(set, k, &growth)) {
			step_gram(&s, ns_polynomial(set, k));
			continue;
		}
		apply(&y, &s.q, &x);
		swap(&x, &y);
		start_gram(&s, &x, ns_polynomial(set, k));
	}
	apply(&y, &s.q, &x);
	return y;
}

struct tensor newton_schulz_input(const struct newton_schulz *ns, size_t rows, size_t columns)
{
	return window(&ns->x[0], rows, columns);
}

struct tensor newton_schulz_run(const struct newton_schulz *ns, enum ns_coefficients set,
				int64_t steps, size_t rows, size_t columns)
{
	struct tensor x = window(&ns->x[0], rows, columns), y = window(&ns->x[1], rows, columns);

	op_normalize(&x, &x);
	if (goes_over_gram(backend_precision(x.backend), rows, columns))
		return run_gram(ns, set, steps, x, y);
	return run_plain(ns, set, steps, x, y);
}

double newton_schulz_error(const struct newton_schulz *ns, const struct tensor *o)
{
	struct tensor gram = square_window(ns, 0, o);

	gram_of(&gram, o);
	op_add_identity(&gram, -1);
	return sqrt(op_sum_squares(&gram) / (double)gram.dim[0]);
}

double newton_schulz_plain_flops(int64_t steps, size_t rows, size_t columns)
{
	double m = (double)shorter_side(rows, columns), n = (double)(rows + columns) - m;

	return (double)steps * (4 * m * m * n + 2 * m * m * m);
}

/* FLOPs of a symmetric product (m,m) with the inner size k, in units of m^2 k. */
static double symmetric_flops(enum precision precision, size_t m)
{
	return precision == PRECISION_BF16 || m < SYMMETRIC_LEAST_HALVED ? 2 : 1;
}

double newton_schulz_flops(enum precision precision, enum ns_coefficients set, int64_t steps,
			   size_t rows, size_t columns)
{
	double m = (double)shorter_side(rows, columns), n = (double)(rows + columns) - m;
	double symmetric = symmetric_flops(precision, shorter_side(rows, columns));
	double start = symmetric * (m * m * n + m * m * m), applied = 2 * m * m * n;
	double growth = 1, flops = start;

	if (!goes_over_gram(precision, rows, columns))
		return (double)steps * (start + applied);
	for (int64_t k = 1; k < steps; k++)
		flops += begins_anew(set, k, &growth) ? applied + start : symmetric * 4 * m * m * m;
	return flops + applied;
}
