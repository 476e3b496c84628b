/* SPDX-License-Identifier: MIT
 *
 * The table of optimizers and the life of one: an optimizer's layout runs twice over two slabs,
 * to measure and then for real, so that a step allocates nothing.
 */
#include "optim/optimizer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define X(name) &optimizer_##name,
const struct optimizer_type *const optimizer_types[] = {OPTIMIZERS(X) NULL};
#undef X

const struct optimizer_type *optimizer_find(const char *name)
{
	for (size_t i = 0; optimizer_types[i]; i++)
		if (strcmp(optimizer_types[i]->name, name) == 0)
			return optimizer_types[i];
	return NULL;
}

static int allocate(struct optimizer *o, struct error *err)
{
	o->type->layout(o, &o->state_slab, &o->work_slab);
	if (slab_allocate(&o->state_slab, err) || slab_allocate(&o->work_slab, err))
		return error_wrap(err, "memory of optimizer '%s'", o->type->name);
	o->type->layout(o, &o->state_slab, &o->work_slab);
	return 0;
}

static void forget_observations(struct optimizer *o)
{
	for (size_t i = 0; i < o->params->n; i++)
		o->observed[i] = (struct param_observation){(double)NAN, (double)NAN};
}

/* Without tensors. */
static struct optimizer *describe(const struct optimizer_type *type, const void *options,
				  struct param_list *params, struct slab slab)
{
	struct optimizer *o = xcalloc(1, sizeof(*o));

	assert(params->n > 0);
	o->type = type;
	o->options = options;
	o->params = params;
	o->state_slab = o->work_slab = slab;
	o->state = arena_alloc(&o->arena, type->state_size);
	o->observed = arena_alloc(&o->arena, params->n * sizeof(*o->observed));
	forget_observations(o);
	return o;
}

int optimizer_new(struct optimizer **out, const struct optimizer_type *type, const void *options,
		  struct param_list *params, struct error *err)
{
	struct slab slab = {.backend = params->weights.backend};
	struct optimizer *o = describe(type, options, params, slab);
	int result = allocate(o, err);

	if (result < 0) {
		optimizer_free(o);
		o = NULL;
	}
	*out = o;
	return result;
}

void optimizer_free(struct optimizer *o)
{
	if (!o)
		return;
	slab_release(&o->state_slab);
	slab_release(&o->work_slab);
	arena_release(&o->arena);
	free(o);
}

void optimizer_step(struct optimizer *o, const struct optimizer_step *step)
{
	assert(step->step >= 1);
	o->type->step(o, step);
}

struct tensor optimizer_state(const struct optimizer *o)
{
	return slab_whole(&o->state_slab);
}

struct optimizer_memory optimizer_memory(const struct optimizer_type *type, const void *options,
					 const struct param_list *params, size_t lanes)
{
	struct param_list list = *params;
	struct optimizer *o = describe(type, options, &list, slab_measuring(lanes));
	struct optimizer_memory memory;

	type->layout(o, &o->state_slab, &o->work_slab);
	memory = (struct optimizer_memory){o->state_slab.used, o->work_slab.used};
	optimizer_free(o);
	return memory;
}

struct optimizer_flops optimizer_flops_none(const void *options, const struct param *params,
					    size_t n, enum precision precision)
{
	(void)options;
	(void)params;
	(void)n;
	(void)precision;
	return (struct optimizer_flops){0, 0};
}
