/* SPDX-License-Identifier: MIT
 *
 * Simulated: three heaps hold what may start, what may start later, and when workers become free.
 */
#include "sweep/makespan.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct item {
	double key;
	size_t job;
};

/* The smallest key on top. */
struct heap {
	struct item *items;
	size_t n, capacity;
};

static void swap(struct item *a, struct item *b)
{
	struct item other = *a;

	*a = *b;
	*b = other;
}

static void push(struct heap *heap, double key, size_t job)
{
	size_t at = heap->n;

	heap->items = grow_array(heap->items, &heap->capacity, heap->n + 1, sizeof(*heap->items));
	heap->items[heap->n++] = (struct item){key, job};
	for (size_t up; at > 0 && heap->items[up = (at - 1) / 2].key > key; at = up)
		swap(&heap->items[at], &heap->items[up]);
}

static struct item pop(struct heap *heap)
{
	struct item top = heap->items[0];

	heap->items[0] = heap->items[--heap->n];
	for (size_t at = 0, child; (child = 2 * at + 1) < heap->n; at = child) {
		if (child + 1 < heap->n && heap->items[child + 1].key < heap->items[child].key)
			child++;
		if (heap->items[at].key <= heap->items[child].key)
			break;
		swap(&heap->items[at], &heap->items[child]);
	}
	return top;
}

struct simulation {
	const struct makespan_job *jobs;
	size_t n;
	struct heap ready, later, workers; /* by priority, time and time */
	size_t *next, *first;		   /* lists of those that wait for the same job */
};

static void release_waiting(struct simulation *s, size_t job, double start_s)
{
	for (size_t i = s->first[job]; i != MAKESPAN_NOTHING; i = s->next[i])
		push(&s->later, start_s + s->jobs[i].after_s, i);
}

static void list_waiting(struct simulation *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->first[i] = MAKESPAN_NOTHING;
	for (size_t i = 0; i < s->n; i++) {
		size_t after = s->jobs[i].after;

		if (after == MAKESPAN_NOTHING) {
			push(&s->ready, -s->jobs[i].priority, i);
			continue;
		}
		s->next[i] = s->first[after];
		s->first[after] = i;
	}
}

/* The worker that is free first takes a job, at once or as soon as there is one. */
static double start_one(struct simulation *s)
{
	double now = pop(&s->workers).key;
	size_t job;

	if (s->ready.n == 0)
		now = fmax(now, s->later.items[0].key);
	while (s->later.n > 0 && s->later.items[0].key <= now) {
		job = pop(&s->later).job;
		push(&s->ready, -s->jobs[job].priority, job);
	}
	job = pop(&s->ready).job;
	release_waiting(s, job, now);
	push(&s->workers, now + s->jobs[job].seconds, job);
	return now + s->jobs[job].seconds;
}

double makespan(const struct makespan_job *jobs, size_t n, size_t workers)
{
	struct simulation s = {
		.jobs = jobs,
		.n = n,
		.next = xcalloc(n + 1, sizeof(*s.next)),
		.first = xcalloc(n + 1, sizeof(*s.first)),
	};
	double last = 0;

	for (size_t i = 0; i < workers; i++)
		push(&s.workers, 0, 0);
	list_waiting(&s);
	while (s.ready.n > 0 || s.later.n > 0)
		last = fmax(last, start_one(&s));
	free(s.ready.items);
	free(s.later.items);
	free(s.workers.items);
	free(s.next);
	free(s.first);
	return last;
}
