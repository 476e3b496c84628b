/* SPDX-License-Identifier: MIT
 *
 * Operations without a position in a network: elementwise, reductions, products and optimizer
 * steps.  Shapes are asserted here, once for all backends.
 */
#include "tensor/ops.h"

#include <assert.h>

#include "tensor/backend_impl.h"
#include "tensor/shape.h"

static bool is_like(const struct tensor *t, const struct tensor *like)
{
	return shape_is_real(t, like->backend, tensor_size(like));
}

void op_fill(const struct tensor *x, double value)
{
	assert(is_like(x, x));
	x->backend->ops.fill(x, value);
}

void op_copy(const struct tensor *y, const struct tensor *x)
{
	assert(is_like(y, y) && is_like(x, y));
	y->backend->ops.copy(y, x);
}

void op_axpby(const struct tensor *y, double a, const struct tensor *x, double b)
{
	assert(is_like(y, y) && is_like(x, y));
	y->backend->ops.axpby(y, a, x, b);
}

double op_sum_squares(const struct tensor *x)
{
	assert(is_like(x, x));
	return x->backend->ops.sum_squares(x);
}

void op_normalize(const struct tensor *y, const struct tensor *x)
{
	assert(is_like(y, y) && is_like(x, y));
	y->backend->ops.normalize(y, x);
}

void op_add_identity(const struct tensor *x, double a)
{
	assert(shape_is_matrix(x, x->backend, x->dim[0], x->dim[0]));
	x->backend->ops.add_identity(x, a);
}

/* Whether op(t) is a matrix (rows, columns). */
static bool is_operand(const struct tensor *t, const struct backend *backend,
		       enum transpose transpose, size_t rows, size_t columns)
{
	return transpose == TRANSPOSED ? shape_is_matrix(t, backend, columns, rows)
				       : shape_is_matrix(t, backend, rows, columns);
}

void op_matmul(const struct tensor *c, const struct tensor *a, enum transpose ta,
	       const struct tensor *b, enum transpose tb, double alpha, double beta)
{
	struct backend *backend = c->backend;
	size_t m = c->dim[0], n = c->dim[1];
	size_t k = a->dim[ta == TRANSPOSED ? 0 : 1];

	assert(shape_is_matrix(c, backend, m, n));
	assert(is_operand(a, backend, ta, m, k));
	assert(is_operand(b, backend, tb, k, n));
	backend->ops.matmul(c, a, ta, b, tb, alpha, beta);
}

void op_gram(const struct tensor *c, const struct tensor *a, enum transpose ta, double alpha,
	     double beta)
{
	const struct backend_ops *ops = &c->backend->ops;

	assert(shape_is_matrix(c, c->backend, c->dim[0], c->dim[0]));
	assert(is_operand(a, c->backend, ta, c->dim[0], a->dim[ta == TRANSPOSED ? 0 : 1]));
	if (ops->gram)
		ops->gram(c, a, ta, alpha, beta);
	else
		ops->matmul(c, a, ta, a, ta == PLAIN ? TRANSPOSED : PLAIN, alpha, beta);
}

void op_matmul_commuting(const struct tensor *c, const struct tensor *a, const struct tensor *b)
{
	const struct backend_ops *ops = &c->backend->ops;
	size_t m = c->dim[0];

	assert(shape_is_matrix(c, c->backend, m, m) && shape_is_matrix(a, c->backend, m, m) &&
	       shape_is_matrix(b, c->backend, m, m));
	if (ops->matmul_commuting)
		ops->matmul_commuting(c, a, b);
	else
		ops->matmul(c, a, PLAIN, b, PLAIN, 1, 0);
}

void op_adamw(const struct tensor *w, const struct tensor *m, const struct tensor *v,
	      const struct tensor *g, const struct adamw_step *step)
{
	assert(is_like(w, w) && is_like(m, w) && is_like(v, w) && is_like(g, w));
	w->backend->ops.adamw(w, m, v, g, step);
}

void op_momentum(const struct tensor *u, const struct tensor *momentum, const struct tensor *g,
		 double gradient_scale, double mu, bool nesterov)
{
	assert(is_like(u, u) && is_like(momentum, u) && is_like(g, u));
	u->backend->ops.momentum(u, momentum, g, gradient_scale, mu, nesterov);
}
