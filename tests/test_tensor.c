/* SPDX-License-Identifier: MIT
 *
 * Tensors, slabs, backends and parameter names.
 */
#include "base/memory.h"
#include "tensor/param.h"
#include "tensors.h"

static void sizes_are_products_and_no_tensor_is_empty(void **state)
{
	struct tensor t = {.rank = 3, .dim = {2, 3, 5}};

	(void)state;
	assert_int_equal(tensor_size(&t), 30);
	assert_int_equal(tensor_size(&no_tensor), 0);
	assert_false(tensor_exists(&no_tensor));
}

static void values_come_back_as_they_went_in(void **state)
{
	/* More than one bite of the transfer. */
	enum { N = 40001 };
	static const char *const names[] = {"ref", "ref64"};
	double *values = malloc(N * sizeof(*values));
	struct pool pool;

	(void)state;
	for (size_t b = 0; b < ARRAY_SIZE(names); b++) {
		struct tensor t;

		pool_open(&pool, names[b], 3);
		t = pool_take(&pool, DTYPE_REAL, DIMS(N));
		for (int i = 0; i < N; i++)
			values[i] = i * 0.25 - 7;
		tensor_write(&t, values);
		check_tensor(&t, values, N, 0, 1e-300);
		pool_close(&pool);
	}
	free(values);
}

static void reals_are_rounded_to_the_backend(void **state)
{
	struct pool pool;
	struct tensor t;
	double got;

	(void)state;
	pool_open(&pool, "ref", 0);
	assert_int_equal(backend_real_size(pool.backend), 4);
	t = pool_values(&pool, (const double[]){0.1}, DIMS(1));
	tensor_read(&t, &got);
	assert_true(got == (double)0.1f);
	pool_close(&pool);
	pool_open(&pool, "ref64", 0);
	assert_int_equal(backend_real_size(pool.backend), 8);
	t = pool_values(&pool, (const double[]){0.1}, DIMS(1));
	tensor_read(&t, &got);
	assert_true(got == 0.1);
	pool_close(&pool);
}

static void windows_and_views_share_the_elements(void **state)
{
	static const double counted[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	struct pool pool;
	struct tensor t, rows, window;

	(void)state;
	pool_open(&pool, "ref", 0);
	t = pool_values(&pool, counted, DIMS(3, 2, 2));
	rows = tensor_rows(&t, 1, 2);
	assert_int_equal(rows.rank, 3);
	check_tensor(&rows, counted + 4, 8, 0, 1e-300);
	rows = tensor_as_matrix(&t, 6, 2);
	window = tensor_rows(&rows, 5, 1);
	check_tensor(&window, counted + 10, 2, 0, 1e-300);
	op_fill(&window, 11);
	rows = tensor_as_vector(&t);
	window = tensor_rows(&rows, 10, 2);
	check_tensor(&window, ((const double[]){11, 11}), 2, 0, 1e-300);
	rows = tensor_rows(&t, 3, 0);
	assert_int_equal(tensor_size(&rows), 0);
	pool_close(&pool);
}

struct layout {
	struct tensor a, b, c, d, ints;
};

static void lay_out(struct layout *l, struct slab *slab)
{
	l->a = slab_vector(slab, 3);
	l->b = slab_matrix(slab, 3, 5);
	l->c = slab_matrix_joined(slab, 2, 5);
	l->ints = slab_take(slab, DTYPE_INT, DIMS(7));
	l->d = slab_take(slab, DTYPE_REAL, DIMS(2, 3, 4, 5));
}

static void measuring_and_real_layout_agree(void **state)
{
	static const char *const names[] = {"ref", "ref64"};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct layout measured, placed;
		struct slab slab = {0};
		size_t used;

		check_ok(backend_open(&slab.backend, names[i], NULL, &err), &err);
		lay_out(&measured, &slab);
		used = slab.used;
		assert_null(measured.d.buffer);
		assert_true(tensor_exists(&measured.d));
		check_ok(slab_allocate(&slab, &err), &err);
		assert_int_equal(slab.used, 0);
		lay_out(&placed, &slab);
		assert_int_equal(slab.used, used);
		assert_int_equal(slab.size, used);
		assert_int_equal(measured.b.offset, placed.b.offset);
		assert_int_equal(measured.d.offset, placed.d.offset);
		assert_int_equal(placed.d.offset % 64, 0);
		assert_true(op_sum_squares(&placed.d) == 0);
		slab_release(&slab);
		slab_release(&slab);
		backend_close(slab.backend);
	}
}

static void joined_matrices_are_one_matrix(void **state)
{
	struct error err = ERROR_INIT;
	struct layout l;
	struct slab slab = {0};
	struct tensor both, window;

	(void)state;
	check_ok(backend_open(&slab.backend, "ref", NULL, &err), &err);
	lay_out(&l, &slab);
	check_ok(slab_allocate(&slab, &err), &err);
	lay_out(&l, &slab);
	assert_int_equal(l.c.offset, l.b.offset + 15 * sizeof(float));
	both = l.b;
	both.dim[0] += l.c.dim[0];
	op_fill(&l.b, 1);
	op_fill(&l.c, 2);
	assert_true(op_sum_squares(&both) == 15 + 4 * 10);
	window = tensor_rows(&both, 3, 2);
	assert_int_equal(window.offset, l.c.offset);
	slab_release(&slab);
	backend_close(slab.backend);
}

static void a_slab_without_memory_is_an_error(void **state)
{
	struct error err = ERROR_INIT;
	struct slab slab = {0};

	(void)state;
	check_ok(backend_open(&slab.backend, "ref", NULL, &err), &err);
	slab_vector(&slab, 1000);
	memory_fail_after(1);
	assert_int_equal(slab_allocate(&slab, &err), -ERR_NOMEM);
	memory_fail_after(0);
	check_contains(err.text, "no memory for 3.9 KiB of tensors");
	assert_null(slab.buffer);
	check_ok(slab_allocate(&slab, &err), &err);
	slab_release(&slab);
	backend_close(slab.backend);
	backend_close(NULL);
}

static void unknown_backends_are_refused_with_a_suggestion(void **state)
{
	struct error err = ERROR_INIT;
	struct backend *backend;

	(void)state;
	assert_int_equal(backend_open(&backend, "reff", NULL, &err), -ERR_USAGE);
	assert_null(backend);
	assert_string_equal(err.text, "unknown backend 'reff'; did you mean 'ref'?");
	assert_int_equal(backend_open(&backend, "abacus", NULL, &err), -ERR_USAGE);
	check_contains(err.text, "unknown backend 'abacus'; known are ");
}

static void the_list_names_every_backend(void **state)
{
	struct backend_info list[8];
	size_t n = backend_list(list, ARRAY_SIZE(list)), found = 0;

	(void)state;
	assert_true(n >= 2 && n <= ARRAY_SIZE(list));
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(list[i].description) > 0);
		if (strcmp(list[i].name, "ref") == 0 || strcmp(list[i].name, "ref64") == 0)
			found += list[i].available;
	}
	assert_int_equal(found, 2);
	assert_int_equal(backend_list(list, 0), n);
}

static void roles_have_names_and_groups(void **state)
{
	(void)state;
	assert_string_equal(param_role_name(ROLE_mlp_gate), "mlp_gate");
	assert_string_equal(param_group_name(param_role_group(ROLE_attn_o)), "hidden");
	assert_string_equal(param_group_name(param_role_group(ROLE_embedding)), "embedding");
	assert_string_equal(param_group_name(param_role_group(ROLE_head)), "head");
	assert_string_equal(param_group_name(param_role_group(ROLE_norm)), "norm");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_products_and_no_tensor_is_empty),
		cmocka_unit_test(values_come_back_as_they_went_in),
		cmocka_unit_test(reals_are_rounded_to_the_backend),
		cmocka_unit_test(windows_and_views_share_the_elements),
		cmocka_unit_test(measuring_and_real_layout_agree),
		cmocka_unit_test(joined_matrices_are_one_matrix),
		cmocka_unit_test(a_slab_without_memory_is_an_error),
		cmocka_unit_test(unknown_backends_are_refused_with_a_suggestion),
		cmocka_unit_test(the_list_names_every_backend),
		cmocka_unit_test(roles_have_names_and_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
