/* SPDX-License-Identifier: MIT
 *
 * Both ways take 5 steps with Jordan's polynomial, as Muon does by default.
 */
#include "cmd/bench_orthogonal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/random.h"
#include "optim/newton_schulz.h"
#include "tensor/ops.h"

#define STEPS 5
#define SET   NS_JORDAN

struct bench_orthogonal {
	struct param_list params; /* of the whole model, without tensors */
	struct slab slab;
	struct newton_schulz ns;
	struct tensor source; /* random, as large as the largest matrix */
};

/* Every layer has the same matrices: the first stands for all. */
static bool is_measured(const struct param *p)
{
	return p->layer == 0 && param_role_group(p->role) == GROUP_HIDDEN;
}

static size_t shorter_side(const struct param *p)
{
	return p->rows < p->columns ? p->rows : p->columns;
}

static void layout(struct bench_orthogonal *o)
{
	size_t matrix = 0, side = 0;

	for (size_t i = 0; i < o->params.n; i++) {
		const struct param *p = &o->params.items[i];

		if (!is_measured(p))
			continue;
		matrix = param_size(p) > matrix ? param_size(p) : matrix;
		side = shorter_side(p) > side ? shorter_side(p) : side;
	}
	newton_schulz_take(&o->ns, &o->slab, matrix, side * side);
	o->source = slab_vector(&o->slab, matrix);
}

static void draw(const struct tensor *t)
{
	struct random random = random_stream(0, 0);
	double *values = xcalloc(tensor_size(t), sizeof(*values));

	for (size_t i = 0; i < tensor_size(t); i++)
		values[i] = random_normal(&random);
	tensor_write(t, values);
	free(values);
}

int bench_orthogonal_new(struct bench_orthogonal **out, const struct bench_config *config,
			 struct backend *backend, struct error *err)
{
	struct bench_orthogonal *o = xcalloc(1, sizeof(*o));
	int result;

	o->slab.backend = backend;
	model_params_describe(&config->model, &o->params);
	layout(o);
	result = slab_allocate(&o->slab, err);
	if (result) {
		bench_orthogonal_free(o);
		return result;
	}
	layout(o);
	draw(&o->source);
	*out = o;
	return 0;
}

void bench_orthogonal_free(struct bench_orthogonal *o)
{
	if (!o)
		return;
	param_list_release(&o->params);
	slab_release(&o->slab);
	free(o);
}

static struct tensor prepare(struct bench_orthogonal *o, const struct param *p)
{
	struct tensor x = newton_schulz_input(&o->ns, p->rows, p->columns);
	struct tensor source = tensor_rows(&o->source, 0, param_size(p));

	op_copy(&x, &source);
	return x;
}

static struct tensor square(const struct tensor *room, size_t m)
{
	struct tensor head = tensor_rows(room, 0, m * m);

	return tensor_as_matrix(&head, m, m);
}

/* y = (a I + b A + c A^2) x with A = x x^T, or on the right with A = x^T x where x is tall. */
static void plain_step(const struct tensor *y, const struct tensor *x, const struct tensor *gram,
		       const struct tensor *z, struct ns_polynomial polynomial)
{
	bool tall = x->dim[0] > x->dim[1];

	op_matmul(gram, x, tall ? TRANSPOSED : PLAIN, x, tall ? PLAIN : TRANSPOSED, 1, 0);
	op_copy(z, gram);
	op_matmul(z, gram, PLAIN, gram, PLAIN, polynomial.c, polynomial.b);
	op_add_identity(z, polynomial.a);
	op_matmul(y, tall ? x : z, PLAIN, tall ? z : x, PLAIN, 1, 0);
}

static void run_plain(struct bench_orthogonal *o, const struct param *p)
{
	struct tensor x = prepare(o, p), other = tensor_rows(&o->ns.x[1], 0, param_size(p));
	struct tensor y = tensor_as_matrix(&other, p->rows, p->columns);
	struct tensor gram = square(&o->ns.squares[0], shorter_side(p));
	struct tensor z = square(&o->ns.squares[1], shorter_side(p));

	op_normalize(&x, &x);
	for (int64_t k = 0; k < STEPS; k++) {
		struct tensor kept = x;

		plain_step(&y, &x, &gram, &z, ns_polynomial(SET, k));
		x = y;
		y = kept;
	}
}

static void run_muon(struct bench_orthogonal *o, const struct param *p)
{
	prepare(o, p);
	newton_schulz_run(&o->ns, SET, STEPS, p->rows, p->columns);
}

/* Seconds of one way over all matrices. */
static double seconds_of(struct bench_orthogonal *o,
			 void (*run)(struct bench_orthogonal *o, const struct param *p))
{
	double start = clock_s();

	for (size_t i = 0; i < o->params.n; i++)
		if (is_measured(&o->params.items[i]))
			run(o, &o->params.items[i]);
	return clock_s() - start;
}

double bench_orthogonal_speedup(struct bench_orthogonal *o, double seconds)
{
	double plain = 0, muon = 0;

	do {
		muon += seconds_of(o, run_muon);
		plain += seconds_of(o, run_plain);
	} while (plain + muon < seconds);
	return plain / muon;
}
