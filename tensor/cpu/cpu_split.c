/* SPDX-License-Identifier: MIT
 *
 * A product on several threads: c is cut into a grid of windows, each a product of its own on one
 * thread.  The inner size is never cut, so that there are no sums to add up.
 */
#include "tensor/cpu/cpu_backend.h"

#define GRAIN	   32  /* rows and columns that windows begin at multiples of */
#define PACKING	   16  /* multiplications that packing an element costs as much as */
#define PART_LEAST 5e5 /* multiplications; below, a thread costs more than it brings */

struct grid {
	size_t rows, columns; /* windows */
};

struct split {
	const struct backend *backend;
	const struct product *product;
	struct grid grid;
};

struct product product_window(const struct product *p, size_t row, size_t m, size_t column,
			      size_t n)
{
	struct product window = *p;

	window.m = m;
	window.n = n;
	window.a += row * (p->a_transposed ? 1 : p->a_row);
	window.b += column * (p->b_transposed ? p->b_row : 1);
	window.c += row * p->c_row + column;
	return window;
}

/* The largest share of n, in whole grains. */
static size_t largest_share(size_t n, size_t shares)
{
	size_t grains = (n + GRAIN - 1) / GRAIN;

	return (grains + shares - 1) / shares * GRAIN;
}

/* What the largest window costs, per step of the inner size. */
static size_t grid_cost(const struct product *p, struct grid grid)
{
	size_t m = largest_share(p->m, grid.rows), n = largest_share(p->n, grid.columns);

	return m * n + PACKING * (m + n);
}

static struct grid choose_grid(const struct product *p, size_t threads)
{
	struct grid best = {1, 1};

	for (size_t rows = 1; rows <= threads; rows++) {
		struct grid grid = {rows, threads / rows};

		if (grid_cost(p, grid) < grid_cost(p, best))
			best = grid;
	}
	return best;
}

static void multiply_window(void *context, size_t i)
{
	const struct split *s = context;
	const struct product *p = s->product;
	const struct cpu_state *state = s->backend->state;
	size_t r = i / s->grid.columns, c = i % s->grid.columns;
	size_t row = cpu_share(p->m, s->grid.rows, r, GRAIN);
	size_t column = cpu_share(p->n, s->grid.columns, c, GRAIN);
	struct product window =
		product_window(p, row, cpu_share(p->m, s->grid.rows, r + 1, GRAIN) - row, column,
			       cpu_share(p->n, s->grid.columns, c + 1, GRAIN) - column);

	if (window.m > 0 && window.n > 0)
		state->multiply(&window, cpu_scratch(s->backend));
}

void cpu_multiply(const struct backend *backend, const struct product *p)
{
	const struct cpu_state *state = backend->state;
	double useful = (double)p->m * (double)p->n * (double)p->k / PART_LEAST;
	size_t threads = cpu_threads_inside() ? 1 : (size_t)backend->threads;
	struct split split = {.backend = backend, .product = p, .grid = {1, 1}};

	if (useful < (double)threads)
		threads = (size_t)useful;
	if (threads > 1)
		split.grid = choose_grid(p, threads);
	if (split.grid.rows * split.grid.columns > 1)
		cpu_threads_run(state->threads, split.grid.rows * split.grid.columns,
				multiply_window, &split);
	else
		state->multiply(p, cpu_scratch(backend));
}
