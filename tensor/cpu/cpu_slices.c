/* SPDX-License-Identifier: MIT */
#include "tensor/cpu/cpu_slices.h"

#define SLICES_PER_THREAD 4	/* so that a thread that is held up holds up little */
#define SLICE_LEAST	  16384 /* elements; below, a thread costs more than it brings */
#define FLAT_GRAIN	  64	/* elements */

static struct tensor slice_of(const struct tensor *t, const struct sliced *s, size_t part)
{
	size_t first = cpu_share(s->rows, s->parts, part, s->grain), times;
	size_t n = cpu_share(s->rows, s->parts, part + 1, s->grain) - first;
	struct tensor view = *t;

	if (!tensor_exists(t))
		return *t;
	if (view.dim[0] % s->rows != 0)
		view = tensor_as_matrix(t, s->rows, tensor_size(t) / s->rows);
	times = view.dim[0] / s->rows;
	return tensor_rows(&view, first * times, n * times);
}

static void run_slice(void *context, size_t part)
{
	const struct sliced *s = context;
	const struct cpu_state *state = s->tensors[0]->backend->state;
	struct slice slice = {.call = s, .ops = &state->serial, .part = part};

	for (size_t i = 0; i < SLICED_MAX && s->tensors[i]; i++)
		slice.t[i] = slice_of(s->tensors[i], s, part);
	s->apply(&slice);
}

static size_t run(struct sliced *s, size_t rows, size_t grain, size_t most)
{
	const struct cpu_state *state = s->tensors[0]->backend->state;
	size_t parts = cpu_threads_inside() ? 1 : tensor_size(s->tensors[0]) / SLICE_LEAST;

	s->rows = rows;
	s->grain = grain;
	s->parts = parts < most ? parts : most;
	if (s->parts > rows)
		s->parts = rows;
	if (s->parts <= 1) {
		s->parts = 1;
		run_slice(s, 0);
	} else {
		cpu_threads_run(state->threads, s->parts, run_slice, s);
	}
	return s->parts;
}

static size_t threads_of(const struct sliced *s)
{
	return (size_t)s->tensors[0]->backend->threads;
}

void slices_run(struct sliced *s, size_t rows)
{
	run(s, rows, 1, SLICES_PER_THREAD * threads_of(s));
}

void slices_run_flat(struct sliced *s)
{
	run(s, tensor_size(s->tensors[0]), FLAT_GRAIN, SLICES_PER_THREAD * threads_of(s));
}

size_t slices_run_few(struct sliced *s, size_t rows)
{
	return run(s, rows, rows == tensor_size(s->tensors[0]) ? FLAT_GRAIN : 1, threads_of(s));
}

struct cpu_scratch *slices_scratch(const struct sliced *s, size_t part)
{
	const struct backend *backend = s->tensors[0]->backend;
	const struct cpu_state *state = backend->state;

	return s->parts == 1 ? cpu_scratch(backend) : &state->scratch[part];
}

struct tensor slices_tensor(struct buffer *buffer, const struct tensor *like, void *memory)
{
	struct tensor t = *like;

	*buffer = (struct buffer){memory, tensor_size(like) * sizeof(float)};
	t.buffer = buffer;
	t.offset = 0;
	return t;
}
