/* SPDX-License-Identifier: MIT
 *
 * Threads inside an operation: every part runs once, every operation gives what one thread gives,
 * and the bits depend on the number of threads alone.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "tests/against_reference.h"

#include "tensor/cpu/cpu_threads.h"

static const int thread_counts[] = {2, 5};

/* --- the pool --- */

enum { MOST_PARTS = 1000 };

struct tally {
	atomic_int calls[MOST_PARTS];
	atomic_int highest_index;
};

static void count_part(void *context, size_t i)
{
	struct tally *tally = context;
	int index = cpu_thread_index(), highest = atomic_load(&tally->highest_index);

	atomic_fetch_add(&tally->calls[i], 1);
	while (index > highest &&
	       !atomic_compare_exchange_weak(&tally->highest_index, &highest, index))
		;
}

static void check_parts(struct cpu_threads *threads, int n_threads, size_t n)
{
	struct tally tally = {0};

	cpu_threads_run(threads, n, count_part, &tally);
	for (size_t i = 0; i < MOST_PARTS; i++)
		assert_int_equal(atomic_load(&tally.calls[i]), i < n);
	assert_in_range(atomic_load(&tally.highest_index), 0, n_threads - 1);
}

static void every_part_runs_once(void **state)
{
	static const size_t counts[] = {1, 2, 3, 4, 5, 16, 0, MOST_PARTS};

	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(thread_counts); t++) {
		struct cpu_threads *threads;
		struct error err;

		check_ok(cpu_threads_start(&threads, thread_counts[t], NULL, &err), &err);
		for (int round = 0; round < 200; round++) {
			check_parts(threads, thread_counts[t], counts[round % 8]);
			if (round % 50 == 49)
				usleep(1000); /* they fall asleep */
		}
		cpu_threads_stop(threads);
	}
}

static void shares_cover_everything_in_order(void **state)
{
	(void)state;
	for (size_t n = 0; n < 200; n += 7)
		for (size_t shares = 1; shares < 9; shares++) {
			assert_int_equal(cpu_share(n, shares, 0, 16), 0);
			assert_int_equal(cpu_share(n, shares, shares, 16), n);
			for (size_t i = 0; i < shares; i++)
				assert_true(cpu_share(n, shares, i, 16) <=
					    cpu_share(n, shares, i + 1, 16));
		}
}

/* --- whole pieces of work --- */

enum { PIECES = 100 };

struct lanes {
	size_t n;
	atomic_int calls[PIECES];
	atomic_bool busy[8], shared; /* lanes; whether two pieces had one at once */
};

static void do_piece(void *context, size_t i, size_t lane)
{
	struct lanes *lanes = context;

	atomic_fetch_add(&lanes->calls[i], 1);
	if (lane >= lanes->n || atomic_exchange(&lanes->busy[lane], true))
		atomic_store(&lanes->shared, true);
	else
		usleep(50);
	if (lane < lanes->n)
		atomic_store(&lanes->busy[lane], false);
}

static void check_pieces(const char *name, int threads, size_t n)
{
	const struct backend_options options = {.threads = threads};
	struct lanes lanes = {0};
	struct backend *backend;
	struct error err;

	check_ok(backend_open(&backend, name, &options, &err), &err);
	lanes.n = backend_lanes(backend);
	assert_in_range(lanes.n, 1, threads);
	backend_each(backend, n, do_piece, &lanes);
	for (size_t i = 0; i < PIECES; i++)
		assert_int_equal(atomic_load(&lanes.calls[i]), i < n);
	assert_false(atomic_load(&lanes.shared));
	backend_close(backend);
}

static void every_piece_is_done_once_on_a_lane_of_its_own(void **state)
{
	static const size_t counts[] = {0, 1, 3, PIECES};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		check_pieces("cpu", 1, counts[i]);
		check_pieces("cpu", 2, counts[i]);
		check_pieces("cpu", 5, counts[i]);
		check_pieces("ref", 2, counts[i]);
	}
}

/* --- operations --- */

static void run_flat(struct run *r)
{
	size_t n = r->size[0];
	struct tensor x = pool_random(&r->pool, DIMS(n)), y = pool_unset(&r->pool, DIMS(n));

	op_fill(&y, 0.25);
	keep(r, &y);
	op_copy(&y, &x);
	op_axpby(&y, -0.5, &x, 0.75);
	keep(r, &y);
	keep_number(r, op_sum_squares(&x));
	op_normalize(&y, &x);
	keep(r, &y);
	op_gelu_forward(&y, &x);
	keep(r, &y);
	op_gelu_backward(&y, &x, &x);
	keep(r, &y);
}

static void run_steps(struct run *r)
{
	const struct adamw_step step = {0.5, 1e-2, 1e-3, 0.9, 0.95, 1e-8, 0.1, 0.05};
	size_t n = r->size[0];
	struct tensor w = pool_random(&r->pool, DIMS(n)), g = pool_random(&r->pool, DIMS(n));
	struct tensor m = pool_random(&r->pool, DIMS(n)), u = pool_unset(&r->pool, DIMS(n));
	struct tensor v = pool_take(&r->pool, DTYPE_REAL, DIMS(n));

	op_momentum(&u, &m, &g, 0.5, 0.95, true);
	keep(r, &u);
	op_adamw(&w, &m, &v, &g, &step);
	keep(r, &w);
	keep(r, &m);
	keep(r, &v);
}

static void run_rows(struct run *r)
{
	size_t n = r->size[0], c = r->size[1];
	struct tensor x = pool_random(&r->pool, DIMS(n, c)), gain = pool_random(&r->pool, DIMS(c));
	struct tensor y = pool_unset(&r->pool, DIMS(n, c)), rstd = pool_unset(&r->pool, DIMS(n));
	struct tensor dx = pool_random(&r->pool, DIMS(n, c));
	struct tensor dgain = pool_random(&r->pool, DIMS(c));
	struct tensor joined = pool_random(&r->pool, DIMS(n, 2 * c));
	struct tensor djoined = pool_unset(&r->pool, DIMS(n, 2 * c));
	struct tensor ids = pool_ints(&r->pool, n, c < n ? c : n);

	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	keep(r, &y);
	keep(r, &rstd);
	op_rmsnorm_branch(&dx, &y, &rstd, &x, &gain);
	keep(r, &dx);
	keep(r, &y);
	op_rmsnorm_backward(&dx, &dgain, &y, &x, &gain, &rstd);
	keep(r, &dx);
	keep(r, &dgain);
	op_swiglu_forward(&y, &joined);
	keep(r, &y);
	op_swiglu_backward(&djoined, &x, &joined);
	keep(r, &djoined);
	op_embedding_forward(&y, &x, &ids);
	keep(r, &y);
	op_embedding_backward(&dx, &y, &ids);
	keep(r, &dx);
	op_cross_entropy_forward(&rstd, &x, &ids);
	keep(r, &rstd);
	op_cross_entropy_backward(&rstd, &x, &ids, 0.5);
	keep(r, &x);
}

static void run_heads(struct run *r)
{
	size_t b = r->size[0], h = r->size[1], k = r->size[2], t = r->size[3], d = r->size[4];
	struct tensor qkv = pool_random(&r->pool, DIMS(b * t, (h + 2 * k) * d));
	struct tensor q = pool_unset(&r->pool, DIMS(b, h, t, d));
	struct tensor key = pool_unset(&r->pool, DIMS(b, k, t, d));
	struct tensor v = pool_unset(&r->pool, DIMS(b, k, t, d));
	struct tensor dq = pool_unset(&r->pool, DIMS(b, h, t, d));
	struct tensor dk = pool_unset(&r->pool, DIMS(b, k, t, d));
	struct tensor dv = pool_unset(&r->pool, DIMS(b, k, t, d));
	struct tensor y = pool_unset(&r->pool, DIMS(b * t, h * d));
	struct tensor dy = pool_random(&r->pool, DIMS(b * t, h * d));
	struct tensor lse = pool_unset(&r->pool, DIMS(b, h, t));
	struct tensor most = pool_random(&r->pool, DIMS(h)), rope = pool_rope(&r->pool, t, d);

	op_split_heads_forward(&q, &key, &v, &qkv, &rope);
	op_rope(&q, &rope, false);
	keep(r, &q);
	op_attention_forward(&y, &lse, &most, &q, &key, &v, 0.2);
	keep(r, &y);
	keep(r, &lse);
	keep(r, &most);
	op_attention_backward(&dq, &dk, &dv, &dy, &y, &lse, &q, &key, &v, 0.2);
	keep(r, &dq);
	keep(r, &dk);
	keep(r, &dv);
	op_split_heads_backward(&qkv, &dq, &dk, &dv, &rope);
	keep(r, &qkv);
}

/* c(m,n), inner size k. */
static void run_products(struct run *r)
{
	size_t m = r->size[0], k = r->size[1], n = r->size[2];
	struct tensor a = pool_random(&r->pool, DIMS(m, k)), at = tensor_as_matrix(&a, k, m);
	struct tensor b = pool_random(&r->pool, DIMS(k, n)), bt = tensor_as_matrix(&b, n, k);
	struct tensor c = pool_random(&r->pool, DIMS(m, n));

	op_matmul(&c, &a, PLAIN, &b, PLAIN, 0.5, 1);
	keep(r, &c);
	op_matmul(&c, &a, PLAIN, &bt, TRANSPOSED, 1, 0);
	keep(r, &c);
	op_matmul(&c, &at, TRANSPOSED, &b, PLAIN, 1, 1);
	keep(r, &c);
	op_matmul(&c, &at, TRANSPOSED, &bt, TRANSPOSED, -1, 0.5);
	keep(r, &c);
}

static void run_symmetric(struct run *r)
{
	size_t m = r->size[0], k = r->size[1];
	struct tensor a = pool_random(&r->pool, DIMS(m, k)), b = tensor_as_matrix(&a, k, m);
	struct tensor c = pool_unset(&r->pool, DIMS(m, m)), d = pool_unset(&r->pool, DIMS(m, m));

	op_gram(&c, &a, PLAIN, 1, 0);
	keep(r, &c);
	op_gram(&c, &b, TRANSPOSED, 0.5, 2);
	keep(r, &c);
	op_gram(&c, &a, PLAIN, 1, 0);
	op_matmul_commuting(&d, &c, &c);
	keep(r, &d);
}

/* Sizes: rows and lengths above and below those that are worth cutting, fewer rows than threads,
 * heads that share keys, fewer sequences than threads. */
static const struct operation_case cases[] = {
	{"elementwise", run_flat, {{1}, {70001}}},
	{"optimizer steps", run_steps, {{33}, {70001}}},
	{"rows", run_rows, {{1, 5}, {3, 20000}, {400, 130}}},
	{"heads",
	 run_heads,
	 {{1, 1, 1, 3, 4}, {1, 6, 2, 65, 20}, {2, 4, 4, 130, 16}, {7, 2, 1, 67, 20}}},
	{"products",
	 run_products,
	 {{33, 17, 5},
	  {512, 64, 96},
	  {96, 64, 512},
	  {300, 65, 260},
	  {2, 600, 1000},
	  {257, 300, 3}}},
	{"symmetric products", run_symmetric, {{71, 20}, {127, 33}, {128, 40}, {257, 70}}},
};

static void run_with(struct run *r, const struct operation_case *c, const size_t *size,
		     struct backend_options options)
{
	struct error err;

	memset(r, 0, sizeof(*r));
	memcpy(r->size, size, sizeof(r->size));
	check_ok(backend_open(&r->pool.backend, "cpu", &options, &err), &err);
	r->pool.random = random_stream(23, 0);
	c->run(r);
}

static void compare_bits(const struct run *got, const struct run *want)
{
	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < want->n; i++)
		assert_memory_equal(got->kept[i], want->kept[i],
				    want->n_kept[i] * sizeof(*want->kept[i]));
}

static void check_threads(const struct operation_case *c, enum precision precision)
{
	for (size_t s = 0; c->sizes[s][0] > 0; s++) {
		struct run one, many, again;

		run_with(&one, c, c->sizes[s], (struct backend_options){1, precision});
		for (size_t t = 0; t < ARRAY_SIZE(thread_counts); t++) {
			struct backend_options options = {thread_counts[t], precision};

			run_with(&many, c, c->sizes[s], options);
			run_with(&again, c, c->sizes[s], options);
			compare(&many, &one);
			compare_bits(&again, &many);
			run_release(&many);
			run_release(&again);
		}
		run_release(&one);
	}
}

static void operations_are_those_of_one_thread_and_repeat_their_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("  %s\n", cases[i].name);
		check_threads(&cases[i], PRECISION_FP32);
	}
}

static void so_are_products_in_bf16(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].run == run_products || cases[i].run == run_symmetric)
			check_threads(&cases[i], PRECISION_BF16);
}

static void heads_have_the_bits_of_one_thread(void **state)
{
	static const size_t size[MAX_SIZES] = {3, 4, 2, 70, 16};
	const struct operation_case heads = {"heads", run_heads, {{0}}};
	struct run one, many;

	(void)state;
	run_with(&one, &heads, size, (struct backend_options){.threads = 1});
	run_with(&many, &heads, size, (struct backend_options){.threads = 3});
	compare_bits(&many, &one);
	run_release(&one);
	run_release(&many);
}

/* Norms at the ends of the range of float, and elements that are not numbers. */
static void normalize_is_safe_at_the_ends(void **state)
{
	static const double scales[] = {1e-38, 1e-30, 1e30, 1e36};
	const struct backend_options options = {.threads = 3};
	enum { SIZE = 100000 };
	struct pool pool = {.random = random_stream(3, 0)};
	struct error err;
	struct tensor x;

	(void)state;
	check_ok(backend_open(&pool.backend, "cpu", &options, &err), &err);
	x = pool_take(&pool, DTYPE_REAL, DIMS(SIZE));
	for (size_t i = 0; i < ARRAY_SIZE(scales); i++) {
		pool_draw(&pool, &x, scales[i]);
		op_normalize(&x, &x);
		check_near(op_sum_squares(&x), 1, 1e-4, 0);
	}
	op_fill(&x, 0);
	op_normalize(&x, &x);
	assert_true(op_sum_squares(&x) == 0);
	op_fill(&x, (double)NAN);
	op_normalize(&x, &x);
	assert_true(isnan(op_sum_squares(&x)));
	pool_close(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_runs_once),
		cmocka_unit_test(shares_cover_everything_in_order),
		cmocka_unit_test(every_piece_is_done_once_on_a_lane_of_its_own),
		cmocka_unit_test(operations_are_those_of_one_thread_and_repeat_their_bits),
		cmocka_unit_test(so_are_products_in_bf16),
		cmocka_unit_test(heads_have_the_bits_of_one_thread),
		cmocka_unit_test(normalize_is_safe_at_the_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
