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
	ns->gram = slab_vector(slab, largest_square);
	ns->polynomial = slab_vector(slab, largest_square);
}

static struct tensor window(const struct tensor *room, size_t rows, size_t columns)
{
	struct tensor head = tensor_rows(room, 0, rows * columns);

	return tensor_as_matrix(&head, rows, columns);
}

static struct tensor square_window(const struct tensor *room, const struct tensor *x)
{
	size_t m = x->dim[0] < x->dim[1] ? x->dim[0] : x->dim[1];

	return window(room, m, m);
}

static bool is_tall(const struct tensor *x)
{
	return x->dim[0] > x->dim[1];
}

/* x x^T, or x^T x where that is smaller. */
static void gram_of(const struct tensor *gram, const struct tensor *x)
{
	if (is_tall(x))
		op_matmul(gram, x, TRANSPOSED, x, PLAIN, 1, 0);
	else
		op_matmul(gram, x, PLAIN, x, TRANSPOSED, 1, 0);
}

/* y = (a I + b A + c A^2) x, or x (a I + b A + c A^2) where x is tall. */
static void iterate(const struct newton_schulz *ns, const struct tensor *y, const struct tensor *x,
		    struct ns_polynomial coefficients)
{
	struct tensor gram = square_window(&ns->gram, x);
	struct tensor polynomial = square_window(&ns->polynomial, x);

	gram_of(&gram, x);
	op_copy(&polynomial, &gram);
	op_matmul(&polynomial, &gram, PLAIN, &gram, PLAIN, coefficients.c, coefficients.b);
	op_add_identity(&polynomial, coefficients.a);
	if (is_tall(x))
		op_matmul(y, x, PLAIN, &polynomial, PLAIN, 1, 0);
	else
		op_matmul(y, &polynomial, PLAIN, x, PLAIN, 1, 0);
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
	for (int64_t k = 0; k < steps; k++) {
		struct tensor done = y;

		iterate(ns, &y, &x, ns_polynomial(set, k));
		y = x;
		x = done;
	}
	return x;
}

double newton_schulz_error(const struct newton_schulz *ns, const struct tensor *o)
{
	struct tensor gram = square_window(&ns->gram, o);

	gram_of(&gram, o);
	op_add_identity(&gram, -1);
	return sqrt(op_sum_squares(&gram) / (double)gram.dim[0]);
}

double newton_schulz_flops(int64_t steps, size_t rows, size_t columns)
{
	double m = (double)(rows < columns ? rows : columns);
	double n = (double)(rows < columns ? columns : rows);

	return (double)steps * (4 * m * m * n + 2 * m * m * m);
}
