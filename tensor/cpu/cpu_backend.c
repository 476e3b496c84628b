/* SPDX-License-Identifier: MIT
 *
 * The fast backend of the host: products by the BLAS or by kernels of our own, everything else by
 * kernels, for the best instruction set here.  What it does not override is ref's.  With several
 * threads, operations are cut into parts that run on one thread each (cpu_parallel.c), and products
 * too (cpu_split.c).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tensor/cpu/cpu_backend.h"

static bool cpu_probe(char *description, size_t size)
{
	const struct cpu_variant *variant = cpu_variant_choose();
	struct text blas = {0};

	if (!variant) {
		snprintf(description, size, "MUON_SWEEP_CPU names no kernels that run here: '%s'",
			 getenv("MUON_SWEEP_CPU"));
		return false;
	}
	backend_describe_blas(&blas);
	snprintf(description, size, "%s kernels, %s; bf16 by %s", variant->name, text_string(&blas),
		 variant->bf16);
	text_release(&blas);
	return true;
}

struct cpu_scratch *cpu_scratch(const struct backend *backend)
{
	const struct cpu_state *state = backend->state;

	return &state->scratch[cpu_thread_index()];
}

static void install_operations(struct backend *backend)
{
	const struct cpu_variant *variant = cpu_variant_choose();
	struct cpu_state *state = backend->state;
	bool bf16 = backend->precision == PRECISION_BF16;

	state->multiply = bf16 ? variant->multiply_bf16 : variant->multiply;
	backend->ops = ref_ops_f32;
	variant->install(&backend->ops);
	state->serial = backend->ops;
	backend->ops.matmul = cpu_matmul;
	if (!bf16) { /* in bf16 a whole product is faster than half of one and its mirror */
		backend->ops.gram = cpu_gram;
		backend->ops.matmul_commuting = cpu_matmul_commuting;
	}
	if (state->threads)
		cpu_parallel_install(&backend->ops);
}

static void cpu_close(struct backend *backend)
{
	struct cpu_state *state = backend->state;

	cpu_threads_stop(state->threads);
	aligned_release(state->bf16);
	aligned_release(state->scratch);
	free(state);
}

/* What every thread has for itself. */
static bool take_scratch(struct cpu_state *state, size_t threads, enum precision precision)
{
	state->scratch = aligned_take(threads * sizeof(*state->scratch));
	if (!state->scratch)
		return false;
	if (precision == PRECISION_FP32)
		return true;
	state->bf16 = aligned_take(threads * sizeof(*state->bf16));
	for (size_t i = 0; i < threads && state->bf16; i++)
		state->scratch[i].bf16 = &state->bf16[i];
	return state->bf16;
}

static size_t cpu_memory(const struct backend_options *options)
{
	size_t bf16 = options->precision == PRECISION_BF16 ? sizeof(union bf16_room) : 0;

	return (size_t)options->threads * (sizeof(struct cpu_scratch) + bf16);
}

static int cpu_open(struct backend *backend, struct error *err)
{
	struct cpu_state *state = xcalloc(1, sizeof(*state));
	int rc = 0;

	backend->state = state;
	if (!take_scratch(state, (size_t)backend->threads, backend->precision))
		rc = error_set(err, ERR_NOMEM, "no memory for backend 'cpu'");
	blas_use_one_thread();
	if (!rc && backend->threads > 1)
		rc = cpu_threads_start(&state->threads, backend->threads, blas_use_one_thread, err);
	if (rc)
		cpu_close(backend);
	else
		install_operations(backend);
	return rc;
}

struct each {
	void (*work)(void *context, size_t i, size_t lane);
	void *context;
};

static void do_each(void *context, size_t i)
{
	const struct each *each = context;

	each->work(each->context, i, (size_t)cpu_thread_index());
}

static void cpu_each(struct backend *backend, size_t n,
		     void (*work)(void *context, size_t i, size_t lane), void *context)
{
	const struct cpu_state *state = backend->state;

	cpu_threads_run(state->threads, n, do_each, &(struct each){work, context});
}

const struct backend_type backend_cpu = {
	.name = "cpu",
	.real_size = sizeof(float),
	.has_bf16 = true,
	.probe = cpu_probe,
	.open = cpu_open,
	.close = cpu_close,
	.memory = cpu_memory,
	.each = cpu_each,
	.sync = host_sync,
	.allocate = host_allocate,
	.release = host_release,
	.read = host_read,
	.write = host_write,
};
