/* SPDX-License-Identifier: MIT
 *
 * What the tests of optimizers share: a list of parameters with random weights on a backend, and
 * one optimizer over it, set up from keys as the sweep file writes them.
 */
#ifndef TESTS_OPTIM_FIXTURE_H
#define TESTS_OPTIM_FIXTURE_H

#include "base/memory.h"
#include "base/random.h"
#include "optim/optimizer.h"
#include "tests/check.h"

#define FIXTURE_MAX_PARAMS 8

struct shape {
	enum param_role role;
	size_t rows, columns;
};

/* A key and its value, as written. */
struct setting {
	const char *name, *value;
};

struct fixture {
	struct backend *backend;
	struct slab slab;
	struct param items[FIXTURE_MAX_PARAMS];
	struct param_list list;
	struct arena arena;
	void *options;
	struct optimizer *optimizer;
};

static inline void fill_random(double *values, size_t n, double deviation, uint64_t stream)
{
	struct random r = random_stream(7, stream);

	for (size_t i = 0; i < n; i++)
		values[i] = deviation * random_normal(&r);
}

static inline void fixture_layout(struct fixture *f)
{
	f->list.weights.backend = f->backend;
	for (size_t i = 0; i < f->list.n; i++) {
		struct param *p = &f->items[i];

		p->weight = slab_matrix(&f->slab, p->rows, p->columns);
		p->gradient = slab_matrix(&f->slab, p->rows, p->columns);
	}
}

static inline void fixture_params(struct fixture *f, const char *backend,
				  const struct shape *shapes, size_t n)
{
	struct error err = ERROR_INIT;

	assert_true(n <= FIXTURE_MAX_PARAMS);
	*f = (struct fixture){.list = {.items = f->items, .n = n, .width = 16}};
	check_ok(backend_open(&f->backend, backend, NULL, &err), &err);
	f->slab.backend = f->backend;
	for (size_t i = 0; i < n; i++)
		f->items[i] = (struct param){.role = shapes[i].role,
					     .rows = shapes[i].rows,
					     .columns = shapes[i].columns};
	fixture_layout(f);
	check_ok(slab_allocate(&f->slab, &err), &err);
	fixture_layout(f);
}

/* Settings end with a NULL name. */
static inline void fixture_options(struct fixture *f, const char *optimizer,
				   const struct setting *settings)
{
	const struct optimizer_type *type = optimizer_find(optimizer);
	struct error err = ERROR_INIT;

	assert_non_null(type);
	f->options = arena_alloc(&f->arena, type->options_size);
	keys_set_defaults(type->keys, type->n_keys, f->options, &f->arena);
	for (; settings->name; settings++) {
		const struct key *key = keys_find(type->keys, type->n_keys, settings->name);

		assert_non_null(key);
		check_ok(key_set(key, f->options, settings->value, &f->arena, &err), &err);
	}
}

static inline void fixture_optimizer(struct fixture *f, const char *optimizer,
				     const struct setting *settings)
{
	struct error err = ERROR_INIT;

	fixture_options(f, optimizer, settings);
	check_ok(
		optimizer_new(&f->optimizer, optimizer_find(optimizer), f->options, &f->list, &err),
		&err);
}

static inline void fixture_release(struct fixture *f)
{
	optimizer_free(f->optimizer);
	slab_release(&f->slab);
	backend_close(f->backend);
	arena_release(&f->arena);
}

static inline void fixture_step(struct fixture *f, int64_t step, double schedule)
{
	optimizer_step(f->optimizer, &(struct optimizer_step){.step = step,
							      .schedule = schedule,
							      .gradient_scale = 1,
							      .observe = true});
}

#endif
