/* SPDX-License-Identifier: MIT
 *
 * A bad number in an input shows in the output, on every backend: divergence is recognised by it.
 */
#include "base/memory.h"
#include "on_backends.h"

static double sum_of(const struct tensor *t)
{
	double *values = tensor_values(t), sum = 0;

	for (size_t i = 0; i < tensor_size(t); i++)
		sum += values[i];
	free(values);
	return sum;
}

enum { ROWS = 9, COLUMNS = 35, PLACE = 4 * COLUMNS + 34 };

static double poison_axpby(struct pool *p, double bad)
{
	struct tensor x = pool_random(p, DIMS(ROWS, COLUMNS)),
		      y = pool_random(p, DIMS(ROWS, COLUMNS));

	tensor_put(&x, PLACE, bad);
	op_axpby(&y, 0.5, &x, 1);
	return sum_of(&y);
}

static double poison_sum_squares(struct pool *p, double bad)
{
	struct tensor x = pool_random(p, DIMS(ROWS, COLUMNS));

	tensor_put(&x, PLACE, bad);
	return op_sum_squares(&x);
}

static double poison_matmul(struct pool *p, double bad)
{
	struct tensor a = pool_random(p, DIMS(ROWS, COLUMNS));
	struct tensor b = pool_random(p, DIMS(COLUMNS, 3)), c = pool_unset(p, DIMS(ROWS, 3));

	tensor_put(&a, PLACE, bad);
	op_matmul(&c, &a, PLAIN, &b, PLAIN, 1, 0);
	return sum_of(&c);
}

static double poison_rmsnorm(struct pool *p, double bad)
{
	struct tensor x = pool_random(p, DIMS(ROWS, COLUMNS)),
		      y = pool_unset(p, DIMS(ROWS, COLUMNS));
	struct tensor gain = pool_random(p, DIMS(COLUMNS)), rstd = pool_unset(p, DIMS(ROWS));

	tensor_put(&x, PLACE, bad);
	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	return sum_of(&y);
}

static double poison_rmsnorm_backward(struct pool *p, double bad)
{
	struct tensor x = pool_random(p, DIMS(ROWS, COLUMNS)),
		      y = pool_unset(p, DIMS(ROWS, COLUMNS));
	struct tensor gain = pool_random(p, DIMS(COLUMNS)), rstd = pool_unset(p, DIMS(ROWS));
	struct tensor dx = pool_random(p, DIMS(ROWS, COLUMNS)),
		      dgain = pool_random(p, DIMS(COLUMNS));

	op_rmsnorm_forward(&y, &rstd, &x, &gain);
	tensor_put(&y, PLACE, bad); /* as dy */
	op_rmsnorm_backward(&dx, &dgain, &y, &x, &gain, &rstd);
	return isfinite(sum_of(&dx)) ? 0 : sum_of(&dgain);
}

static double poison_queries(struct pool *p, double bad)
{
	struct attention a = attention_of(p, 2, 1, 67, 4);

	tensor_put(&a.q, 40, bad);
	attention_forward(&a, 1);
	return sum_of(&a.y);
}

static double poison_values(struct pool *p, double bad)
{
	struct attention a = attention_of(p, 2, 1, 67, 4);

	tensor_put(&a.v, 40, bad);
	attention_forward(&a, 1);
	return sum_of(&a.y);
}

static double poison_attention_backward(struct pool *p, double bad)
{
	struct attention a = attention_of(p, 2, 1, 67, 4);
	struct tensor dy = pool_random(p, DIMS(67, 8));

	attention_forward(&a, 1);
	tensor_put(&dy, 80, bad);
	op_attention_backward(&a.dq, &a.dk, &a.dv, &dy, &a.y, &a.lse, &a.q, &a.k, &a.v, 1);
	return isfinite(sum_of(&a.dq)) || isfinite(sum_of(&a.dk)) ? 0 : sum_of(&a.dv);
}

static double poison_gate(struct pool *p, double bad)
{
	struct tensor gate_up = pool_random(p, DIMS(ROWS, 2 * COLUMNS));
	struct tensor h = pool_unset(p, DIMS(ROWS, COLUMNS));

	tensor_put(&gate_up, 2, bad);
	op_swiglu_forward(&h, &gate_up);
	return sum_of(&h);
}

static double poison_gelu(struct pool *p, double bad)
{
	struct tensor x = pool_random(p, DIMS(ROWS, COLUMNS)),
		      h = pool_unset(p, DIMS(ROWS, COLUMNS));

	tensor_put(&x, PLACE, bad);
	op_gelu_forward(&h, &x);
	return sum_of(&h);
}

static double poison_logits(struct pool *p, double bad)
{
	struct tensor logits = pool_random(p, DIMS(ROWS, COLUMNS));
	struct tensor losses = pool_unset(p, DIMS(ROWS)), targets = pool_ints(p, ROWS, COLUMNS - 1);

	tensor_put(&logits, PLACE, bad);
	op_cross_entropy_backward(&losses, &logits, &targets, 1);
	return isfinite(sum_of(&losses)) ? 0 : sum_of(&logits);
}

static double poison_adamw(struct pool *p, double bad)
{
	struct adamw_step step = {1, 0.1, 0, 0.9, 0.95, 1e-8, 0.1, 0.05};
	struct tensor w = pool_random(p, DIMS(COLUMNS)), g = pool_random(p, DIMS(COLUMNS));
	struct tensor m = pool_take(p, DTYPE_REAL, DIMS(COLUMNS));
	struct tensor v = pool_take(p, DTYPE_REAL, DIMS(COLUMNS));

	tensor_put(&g, 34, bad);
	op_adamw(&w, &m, &v, &g, &step);
	return sum_of(&w);
}

static double poison_momentum(struct pool *p, double bad)
{
	struct tensor u = pool_unset(p, DIMS(COLUMNS)), g = pool_random(p, DIMS(COLUMNS));
	struct tensor m = pool_random(p, DIMS(COLUMNS));

	tensor_put(&g, 34, bad);
	op_momentum(&u, &m, &g, 1, 0.95, true);
	return isfinite(sum_of(&m)) ? 0 : sum_of(&u);
}

struct poison {
	double (*run)(struct pool *p, double bad);
};

static void shows_non_finite(const char *backend, const void *input)
{
	static const double bad[] = {(double)NAN, HUGE_VAL};
	const struct poison *poison = input;
	struct pool p;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		pool_open(&p, backend, 6);
		assert_false(isfinite(poison->run(&p, bad[i])));
		pool_close(&p);
	}
}

#define POISON(name)                                                                      \
	{                                                                                 \
		"non_finite_shows_after_" #name, shows_non_finite, &(const struct poison) \
		{                                                                         \
			poison_##name                                                     \
		}                                                                         \
	}

static const struct backend_test tests[] = {
	POISON(axpby),
	POISON(sum_squares),
	POISON(matmul),
	POISON(rmsnorm),
	POISON(rmsnorm_backward),
	POISON(queries),
	POISON(values),
	POISON(attention_backward),
	POISON(gate),
	POISON(gelu),
	POISON(logits),
	POISON(adamw),
	POISON(momentum),
};

int main(void)
{
	return run_on_backends(tests, ARRAY_SIZE(tests), "");
}
