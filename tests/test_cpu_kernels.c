/* SPDX-License-Identifier: MIT
 *
 * What the kernels of the cpu backend promise beyond test_ops.c: NaN and infinity in every
 * operation, every variant of the instruction set that runs here against ref, and the same bits
 * from run to run.
 */
#include "tests/check.h"

#include "base/memory.h"
#include "tensor/cpu/cpu_backend.h"

static struct backend *open_variant(const char *variant)
{
	struct backend *backend;
	struct error err;

	setenv("MUON_SWEEP_CPU", variant, 1);
	check_ok(backend_open(&backend, "cpu", NULL, &err), &err);
	unsetenv("MUON_SWEEP_CPU");
	return backend;
}

static void unknown_variant_makes_the_backend_missing(void **state)
{
	struct backend *backend;
	struct error err;

	(void)state;
	setenv("MUON_SWEEP_CPU", "abacus", 1);
	assert_int_equal(backend_open(&backend, "cpu", NULL, &err), -ERR_DEVICE);
	unsetenv("MUON_SWEEP_CPU");
	check_contains(err.text, "MUON_SWEEP_CPU names no kernels that run here: 'abacus'");
}

/* Tensors of a small layer, whose inputs are the same on every backend. */
enum { B = 2, H = 4, K = 2, T = 97, D = 20, C = H * D, N = B * T, F = 45, V = 301 };

struct layer {
	struct slab slab;
	struct tensor x, copy, gain, dgain, y, dx, rstd, ids;
	struct tensor qkv, q, k, v, rope, attn, dattn, lse, max_logit, dq, dk, dv;
	struct tensor gate_up, dgate_up, h, logits, losses, m1, m2;
};

static void layout(struct layer *l)
{
	const size_t q_dim[] = {B, H, T, D}, k_dim[] = {B, K, T, D}, n = N;
	struct tensor *const flat[] = {&l->x,	 &l->copy,  &l->y,  &l->dx,
				       &l->attn, &l->dattn, &l->m1, &l->m2};
	struct tensor *const queries[] = {&l->q, &l->dq};
	struct tensor *const keys[] = {&l->k, &l->v, &l->dk, &l->dv};

	for (size_t i = 0; i < ARRAY_SIZE(flat); i++)
		*flat[i] = slab_matrix(&l->slab, N, C);
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++)
		*queries[i] = slab_take(&l->slab, DTYPE_REAL, 4, q_dim);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		*keys[i] = slab_take(&l->slab, DTYPE_REAL, 4, k_dim);
	l->gain = slab_vector(&l->slab, C);
	l->dgain = slab_vector(&l->slab, C);
	l->rstd = slab_vector(&l->slab, N);
	l->losses = slab_vector(&l->slab, N);
	l->ids = slab_take(&l->slab, DTYPE_INT, 1, &n);
	l->qkv = slab_matrix(&l->slab, N, (H + 2 * K) * D);
	l->rope = slab_matrix(&l->slab, T, D);
	l->lse = slab_take(&l->slab, DTYPE_REAL, 3, q_dim);
	l->max_logit = slab_vector(&l->slab, H);
	l->gate_up = slab_matrix(&l->slab, N, 2 * F);
	l->dgate_up = slab_matrix(&l->slab, N, 2 * F);
	l->h = slab_matrix(&l->slab, N, F);
	l->logits = slab_matrix(&l->slab, N, V);
}

static void wave(const struct tensor *t, double frequency)
{
	size_t n = tensor_size(t);
	double *values = xcalloc(n, sizeof(*values));

	for (size_t i = 0; i < n; i++)
		values[i] = 2 * sin(frequency * (double)i + 1);
	tensor_write(t, values);
	free(values);
}

static void layer_open(struct layer *l, struct backend *backend)
{
	int32_t ids[N];
	struct error err;

	memset(l, 0, sizeof(*l));
	l->slab.backend = backend;
	layout(l);
	check_ok(slab_allocate(&l->slab, &err), &err);
	layout(l);
	for (int i = 0; i < N; i++)
		ids[i] = i * 7 % V;
	tensor_write_ints(&l->ids, ids);
	wave(&l->x, 0.7);
	wave(&l->gain, 0.3);
	wave(&l->qkv, 1.3);
	wave(&l->rope, 0.9);
	wave(&l->dattn, 2.1);
	wave(&l->gate_up, 1.7);
	wave(&l->logits, 3.3);
}

static void layer_run(struct layer *l)
{
	const struct adamw_step step = {0.5, 1e-2, 1e-3, 0.9, 0.95, 1e-8, 0.1, 0.05};

	op_rmsnorm_branch(&l->copy, &l->y, &l->rstd, &l->x, &l->gain);
	op_rmsnorm_backward(&l->dx, &l->dgain, &l->y, &l->x, &l->gain, &l->rstd);
	op_split_heads_forward(&l->q, &l->k, &l->v, &l->qkv, &l->rope);
	op_attention_forward(&l->attn, &l->lse, &l->max_logit, &l->q, &l->k, &l->v, 0.2);
	op_attention_backward(&l->dq, &l->dk, &l->dv, &l->dattn, &l->attn, &l->lse, &l->q, &l->k,
			      &l->v, 0.2);
	op_split_heads_backward(&l->qkv, &l->dq, &l->dk, &l->dv, &l->rope);
	op_swiglu_forward(&l->h, &l->gate_up);
	op_swiglu_backward(&l->dgate_up, &l->h, &l->gate_up);
	op_cross_entropy_backward(&l->losses, &l->logits, &l->ids, 0.5);
	op_normalize(&l->attn, &l->attn);
	op_adamw(&l->x, &l->m1, &l->m2, &l->dx, &step);
}

static const struct result {
	const char *name;
	size_t offset;
} results[] = {
#define RESULT(name)                                \
	{                                           \
#name, offsetof(struct layer, name) \
	}
	RESULT(y),	   RESULT(dx),	 RESULT(dgain),	 RESULT(q),	 RESULT(lse),
	RESULT(qkv),	   RESULT(attn), RESULT(dq),	 RESULT(dk),	 RESULT(dv),
	RESULT(dgate_up),  RESULT(h),	 RESULT(logits), RESULT(losses), RESULT(x),
	RESULT(max_logit), RESULT(copy),
#undef RESULT
};

static double *read_result(const struct layer *l, const struct result *r, size_t *n)
{
	const struct tensor *t = (const struct tensor *)((const char *)l + r->offset);
	double *values = xcalloc(tensor_size(t), sizeof(*values));

	*n = tensor_size(t);
	tensor_read(t, values);
	return values;
}

typedef void comparison(const double *got, const double *want, size_t n);

static void compare_layers(const struct layer *got, const struct layer *want, comparison *compare)
{
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		size_t n;
		double *a = read_result(got, &results[i], &n);
		double *b = read_result(want, &results[i], &n);

		compare(a, b, n);
		free(a);
		free(b);
	}
}

static void close_enough(const double *got, const double *want, size_t n)
{
	check_close(got, want, n, 3e-5, 3e-5);
}

static void same_bits(const double *got, const double *want, size_t n)
{
	assert_memory_equal(got, want, n * sizeof(*got));
}

static void every_variant_agrees_with_ref_and_repeats_its_bits(void **state)
{
	struct backend *reference;
	struct layer want;
	struct error err;

	(void)state;
	check_ok(backend_open(&reference, "ref", NULL, &err), &err);
	layer_open(&want, reference);
	layer_run(&want);
	for (const struct cpu_variant *v = cpu_variants; v->name; v++) {
		struct backend *backend;
		struct layer first, second;

		if (!v->supported())
			continue;
		print_message("  %s\n", v->name);
		backend = open_variant(v->name);
		layer_open(&first, backend);
		layer_open(&second, backend);
		layer_run(&first);
		layer_run(&second);
		compare_layers(&first, &want, close_enough);
		compare_layers(&second, &first, same_bits);
		slab_release(&first.slab);
		slab_release(&second.slab);
		backend_close(backend);
	}
	slab_release(&want.slab);
	backend_close(reference);
}

static size_t count_nan(const struct tensor *t)
{
	size_t n = tensor_size(t), count = 0;
	double *values = xcalloc(n, sizeof(*values));

	tensor_read(t, values);
	for (size_t i = 0; i < n; i++)
		count += isnan(values[i]) != 0;
	free(values);
	return count;
}

/* Puts one number where every row of the results depends on it or a known part does. */
static void poison(const struct tensor *t, size_t i, double value)
{
	size_t n = tensor_size(t);
	double *values = xcalloc(n, sizeof(*values));

	tensor_read(t, values);
	values[i] = value;
	tensor_write(t, values);
	free(values);
}

static void nan_reaches_what_depends_on_it(const char *variant)
{
	struct backend *backend = open_variant(variant);
	struct layer l;

	layer_open(&l, backend);
	poison(&l.x, 3, (double)NAN);
	poison(&l.qkv, (size_t)(40 * (H + 2 * K) * D), (double)NAN); /* q of row 40, head 0 */
	poison(&l.gate_up, 5, (double)NAN);
	poison(&l.logits, 2 * V + 300, (double)NAN);
	poison(&l.dattn, 60 * C, (double)NAN);
	op_rmsnorm_forward(&l.y, &l.rstd, &l.x, &l.gain);
	assert_int_equal(count_nan(&l.y), C);
	op_split_heads_forward(&l.q, &l.k, &l.v, &l.qkv, &no_tensor);
	op_attention_forward(&l.attn, &l.lse, &l.max_logit, &l.q, &l.k, &l.v, 0.2);
	assert_int_equal(count_nan(&l.attn), D);
	assert_int_equal(count_nan(&l.lse), 1);
	op_swiglu_forward(&l.h, &l.gate_up);
	assert_int_equal(count_nan(&l.h), 1);
	op_cross_entropy_forward(&l.losses, &l.logits, &l.ids);
	assert_int_equal(count_nan(&l.losses), 1);
	op_cross_entropy_backward(&l.losses, &l.logits, &l.ids, 1);
	assert_int_equal(count_nan(&l.losses), 1);
	assert_int_equal(count_nan(&l.logits), V);
	op_normalize(&l.y, &l.x);
	assert_int_equal(count_nan(&l.y), N * C);
	assert_true(isnan(op_sum_squares(&l.x)));
	slab_release(&l.slab);
	backend_close(backend);
}

static void nan_reaches_what_depends_on_it_in_every_variant(void **state)
{
	(void)state;
	for (const struct cpu_variant *v = cpu_variants; v->name; v++)
		if (v->supported())
			nan_reaches_what_depends_on_it(v->name);
}

static void extreme_logits_give_finite_losses(void **state)
{
	struct backend *backend = open_variant("baseline");
	double losses[N];
	struct layer l;

	(void)state;
	layer_open(&l, backend);
	op_axpby(&l.logits, 0, &l.logits, 0);
	for (size_t i = 0; i < N; i++)
		poison(&l.logits, i * V + 1, i % 2 ? 1e30 : -1e30);
	op_cross_entropy_forward(&l.losses, &l.logits, &l.ids);
	tensor_read(&l.losses, losses);
	check_near(losses[0], log(V - 1), 1e-6, 0);
	check_near(losses[1], 1e30, 1e-6, 0);
	slab_release(&l.slab);
	backend_close(backend);
}

static void blas_says_what_it_is(void **state)
{
	struct text text = {0};

	(void)state;
	backend_describe_blas(&text);
	assert_true(text.length > 4);
	text_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_variant_makes_the_backend_missing),
		cmocka_unit_test(every_variant_agrees_with_ref_and_repeats_its_bits),
		cmocka_unit_test(nan_reaches_what_depends_on_it_in_every_variant),
		cmocka_unit_test(extreme_logits_give_finite_losses),
		cmocka_unit_test(blas_says_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
