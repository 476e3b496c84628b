/* SPDX-License-Identifier: MIT
 *
 * The fast backend of the host: products by the BLAS, everything else by kernels for the best
 * instruction set here.  What it does not override is ref's.
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
	snprintf(description, size, "%s kernels, %s", variant->name, text_string(&blas));
	text_release(&blas);
	return true;
}

struct cpu_scratch *cpu_scratch(const struct backend *backend)
{
	const struct cpu_state *state = backend->state;

	return &state->scratch[0];
}

static int cpu_open(struct backend *backend, struct error *err)
{
	struct cpu_state *state = xcalloc(1, sizeof(*state));

	backend->state = state;
	state->multiply = blas_multiply;
	state->scratch = aligned_take((size_t)backend->threads * sizeof(*state->scratch));
	if (!state->scratch) {
		free(state);
		return error_set(err, ERR_NOMEM, "no memory for backend 'cpu'");
	}
	backend->ops = ref_ops_f32;
	backend->ops.matmul = cpu_matmul;
	backend->ops.gram = cpu_gram;
	backend->ops.matmul_commuting = cpu_matmul_commuting;
	cpu_variant_choose()->install(&backend->ops);
	blas_set_threads(backend->threads);
	return 0;
}

static void cpu_close(struct backend *backend)
{
	struct cpu_state *state = backend->state;

	aligned_release(state->scratch);
	free(state);
}

const struct backend_type backend_cpu = {
	.name = "cpu",
	.real_size = sizeof(float),
	.probe = cpu_probe,
	.open = cpu_open,
	.close = cpu_close,
	.sync = host_sync,
	.allocate = host_allocate,
	.release = host_release,
	.read = host_read,
	.write = host_write,
};
