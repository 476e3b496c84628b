/* SPDX-License-Identifier: MIT
 *
 * Operations on several threads: each is a call of the same operation on slices of its rows.  An
 * operation is added by two functions, one that says what is cut and one that calls it on a
 * slice, and a line at the foot; what is not in the table runs on the calling thread.  Sums over
 * rows are kept apart by slice and added in order, so that their bits depend on the number of
 * threads and on nothing else.
 */
#include <math.h>
#include <string.h>

#include "tensor/cpu/cpu_slices.h"

/* --- elementwise --- */

static void apply_fill(const struct slice *s)
{
	s->ops->fill(&s->t[0], s->call->a);
}

static void fill(const struct tensor *x, double value)
{
	slices_run_flat(&(struct sliced){.apply = apply_fill, .tensors = {x}, .a = value});
}

static void apply_copy(const struct slice *s)
{
	s->ops->copy(&s->t[0], &s->t[1]);
}

/* Where the two overlap, one thread copies. */
static void copy(const struct tensor *y, const struct tensor *x)
{
	const struct cpu_state *state = y->backend->state;
	size_t bytes = tensor_size(x) * sizeof(float);
	const char *to = host_data(y), *from = host_data(x);

	if (to < from + bytes && from < to + bytes)
		state->serial.copy(y, x);
	else
		slices_run_flat(&(struct sliced){.apply = apply_copy, .tensors = {y, x}});
}

static void apply_axpby(const struct slice *s)
{
	s->ops->axpby(&s->t[0], s->call->a, &s->t[1], s->call->b);
}

static void axpby(const struct tensor *y, double a, const struct tensor *x, double b)
{
	slices_run_flat(&(struct sliced){.apply = apply_axpby, .tensors = {y, x}, .a = a, .b = b});
}

static void apply_sum_squares(const struct slice *s)
{
	struct cpu_state *state = s->t[0].backend->state;

	state->scratch[s->part].partial_sum = s->ops->sum_squares(&s->t[0]);
}

static double sum_squares(const struct tensor *x)
{
	const struct cpu_state *state = x->backend->state;
	struct sliced s = {.apply = apply_sum_squares, .tensors = {x}};
	size_t parts = slices_run_few(&s, tensor_size(x));
	double sum = 0;

	for (size_t i = 0; i < parts; i++)
		sum += state->scratch[i].partial_sum;
	return sum;
}

/* Norms whose inverse is far from the ends of float's range; others are left to one thread. */
static void normalize(const struct tensor *y, const struct tensor *x)
{
	const struct cpu_state *state = x->backend->state;
	double norm = sqrt(sum_squares(x));

	if (norm > 1e-30 && norm < 1e30)
		axpby(y, 1 / norm, x, 0);
	else
		state->serial.normalize(y, x);
}

/* --- optimizer steps --- */

static void apply_adamw(const struct slice *s)
{
	s->ops->adamw(&s->t[0], &s->t[1], &s->t[2], &s->t[3], s->call->step);
}

static void adamw(const struct tensor *w, const struct tensor *m, const struct tensor *v,
		  const struct tensor *g, const struct adamw_step *step)
{
	slices_run_flat(
		&(struct sliced){.apply = apply_adamw, .tensors = {w, m, v, g}, .step = step});
}

static void apply_momentum(const struct slice *s)
{
	s->ops->momentum(&s->t[0], &s->t[1], &s->t[2], s->call->a, s->call->b, s->call->flag);
}

static void momentum(const struct tensor *u, const struct tensor *m, const struct tensor *g,
		     double gradient_scale, double mu, bool nesterov)
{
	slices_run_flat(&(struct sliced){.apply = apply_momentum,
					 .tensors = {u, m, g},
					 .a = gradient_scale,
					 .b = mu,
					 .flag = nesterov});
}

/* --- rows --- */

static void apply_embedding_forward(const struct slice *s)
{
	s->ops->embedding_forward(&s->t[0], s->call->whole, &s->t[1]);
}

static void embedding_forward(const struct tensor *y, const struct tensor *table,
			      const struct tensor *ids)
{
	slices_run(&(struct sliced){.apply = apply_embedding_forward,
				    .tensors = {y, ids},
				    .whole = table},
		   tensor_size(ids));
}

static void apply_rmsnorm_forward(const struct slice *s)
{
	s->ops->rmsnorm_forward(&s->t[0], &s->t[1], &s->t[2], s->call->whole);
}

static void rmsnorm_forward(const struct tensor *y, const struct tensor *rstd,
			    const struct tensor *x, const struct tensor *gain)
{
	slices_run(&(struct sliced){.apply = apply_rmsnorm_forward,
				    .tensors = {y, rstd, x},
				    .whole = gain},
		   y->dim[0]);
}

static void apply_rmsnorm_branch(const struct slice *s)
{
	s->ops->rmsnorm_branch(&s->t[0], &s->t[1], &s->t[2], &s->t[3], s->call->whole);
}

static void rmsnorm_branch(const struct tensor *copy, const struct tensor *y,
			   const struct tensor *rstd, const struct tensor *x,
			   const struct tensor *gain)
{
	slices_run(&(struct sliced){.apply = apply_rmsnorm_branch,
				    .tensors = {copy, y, rstd, x},
				    .whole = gain},
		   y->dim[0]);
}

/* Each slice makes a gradient of the gain of its own. */
static void apply_rmsnorm_backward(const struct slice *s)
{
	struct cpu_state *state = s->t[0].backend->state;
	struct buffer buffer;
	struct tensor dgain =
		slices_tensor(&buffer, s->call->whole, state->scratch[s->part].partial);

	memset(buffer.memory, 0, buffer.size);
	s->ops->rmsnorm_backward(&s->t[0], &dgain, &s->t[1], &s->t[2], s->call->whole, &s->t[3]);
}

static void rmsnorm_backward(const struct tensor *dx, const struct tensor *dgain,
			     const struct tensor *dy, const struct tensor *x,
			     const struct tensor *gain, const struct tensor *rstd)
{
	const struct cpu_state *state = dx->backend->state;
	struct sliced s = {
		.apply = apply_rmsnorm_backward, .tensors = {dx, dy, x, rstd}, .whole = gain};
	size_t c = tensor_size(gain), parts;
	float *sum = host_data(dgain);

	if (c > CPU_PARTIAL_MAX) {
		state->serial.rmsnorm_backward(dx, dgain, dy, x, gain, rstd);
		return;
	}
	parts = slices_run_few(&s, dx->dim[0]);
	for (size_t i = 0; i < parts; i++)
		for (size_t j = 0; j < c; j++)
			sum[j] += state->scratch[i].partial[j];
}

static void apply_swiglu_forward(const struct slice *s)
{
	s->ops->swiglu_forward(&s->t[0], &s->t[1]);
}

static void swiglu_forward(const struct tensor *h, const struct tensor *gate_up)
{
	slices_run(&(struct sliced){.apply = apply_swiglu_forward, .tensors = {h, gate_up}},
		   h->dim[0]);
}

static void apply_swiglu_backward(const struct slice *s)
{
	s->ops->swiglu_backward(&s->t[0], &s->t[1], &s->t[2]);
}

static void swiglu_backward(const struct tensor *dgate_up, const struct tensor *dh,
			    const struct tensor *gate_up)
{
	slices_run(&(struct sliced){.apply = apply_swiglu_backward,
				    .tensors = {dgate_up, dh, gate_up}},
		   dh->dim[0]);
}

static void apply_gelu_forward(const struct slice *s)
{
	s->ops->gelu_forward(&s->t[0], &s->t[1]);
}

static void gelu_forward(const struct tensor *h, const struct tensor *x)
{
	slices_run_flat(&(struct sliced){.apply = apply_gelu_forward, .tensors = {h, x}});
}

static void apply_gelu_backward(const struct slice *s)
{
	s->ops->gelu_backward(&s->t[0], &s->t[1], &s->t[2]);
}

static void gelu_backward(const struct tensor *dx, const struct tensor *dh, const struct tensor *x)
{
	slices_run_flat(&(struct sliced){.apply = apply_gelu_backward, .tensors = {dx, dh, x}});
}

static void apply_cross_entropy_forward(const struct slice *s)
{
	s->ops->cross_entropy_forward(&s->t[1], &s->t[0], &s->t[2]);
}

static void cross_entropy_forward(const struct tensor *losses, const struct tensor *logits,
				  const struct tensor *targets)
{
	slices_run(&(struct sliced){.apply = apply_cross_entropy_forward,
				    .tensors = {logits, losses, targets}},
		   logits->dim[0]);
}

static void apply_cross_entropy_backward(const struct slice *s)
{
	s->ops->cross_entropy_backward(&s->t[1], &s->t[0], &s->t[2], s->call->a);
}

static void cross_entropy_backward(const struct tensor *losses, const struct tensor *logits,
				   const struct tensor *targets, double scale)
{
	slices_run(&(struct sliced){.apply = apply_cross_entropy_backward,
				    .tensors = {logits, losses, targets},
				    .a = scale},
		   logits->dim[0]);
}

/* embedding_backward and add_identity are left out: they are too short to gain, and rows of an
 * embedding may be met by any token. */
void cpu_parallel_install(struct backend_ops *ops)
{
	ops->fill = fill;
	ops->copy = copy;
	ops->axpby = axpby;
	ops->sum_squares = sum_squares;
	ops->normalize = normalize;
	ops->adamw = adamw;
	ops->momentum = momentum;
	ops->embedding_forward = embedding_forward;
	ops->rmsnorm_forward = rmsnorm_forward;
	ops->rmsnorm_branch = rmsnorm_branch;
	ops->rmsnorm_backward = rmsnorm_backward;
	ops->swiglu_forward = swiglu_forward;
	ops->swiglu_backward = swiglu_backward;
	ops->gelu_forward = gelu_forward;
	ops->gelu_backward = gelu_backward;
	ops->cross_entropy_forward = cross_entropy_forward;
	ops->cross_entropy_backward = cross_entropy_backward;
	cpu_parallel_install_heads(ops);
}
