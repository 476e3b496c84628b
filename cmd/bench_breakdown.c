/* SPDX-License-Identifier: MIT
 *
 * The two halves of a step are profiled in turn, so that a product of the model and one of the
 * optimizer are told apart.
 */
#include "cmd/bench_breakdown.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/bench_subject.h"
#include "tensor/profile.h"

#define MIN_STEPS 3

enum half { HALF_MODEL, HALF_OPTIMIZER, N_HALVES };

static const char *const half_names[N_HALVES] = {"model", "optimizer"};

/* One line for each operation of a half, and one for what is between. */
static struct bench_line *line_of(struct bench_breakdown *b, enum half half, size_t i)
{
	return &b->lines[(size_t)half * (profile_size() + 1) + i];
}

static void add_half(struct bench_breakdown *b, enum half half, const struct backend *backend,
		     double seconds)
{
	struct bench_line *between = line_of(b, half, profile_size());

	between->ms += 1e3 * seconds;
	for (size_t i = 0; i < profile_size(); i++) {
		struct bench_line *line = line_of(b, half, i);
		struct op_profile op = profile_read(backend, i);

		line->calls += op.calls;
		line->ms += 1e3 * op.seconds;
		between->ms -= 1e3 * op.seconds;
	}
	b->ms += 1e3 * seconds;
}

static int run_step(struct bench_breakdown *b, struct bench_subject *s, struct error *err)
{
	double start = clock_s();
	int result;

	profile_reset(s->backend);
	stepper_gradients(&s->stepper);
	add_half(b, HALF_MODEL, s->backend, clock_s() - start);
	profile_reset(s->backend);
	start = clock_s();
	result = stepper_update(&s->stepper, false, err);
	add_half(b, HALF_OPTIMIZER, s->backend, clock_s() - start);
	b->steps++;
	return result ? result : bench_subject_check(s, err);
}

static void name_lines(struct bench_breakdown *b, const struct backend *backend)
{
	for (int half = 0; half < N_HALVES; half++)
		for (size_t i = 0; i <= profile_size(); i++) {
			struct bench_line *line = line_of(b, (enum half)half, i);

			line->part = half_names[half];
			line->operation =
				i < profile_size() ? profile_read(backend, i).name : "between";
		}
}

static int by_time(const void *a, const void *b)
{
	const struct bench_line *x = a, *y = b;

	return (x->ms < y->ms) - (x->ms > y->ms);
}

/* Sums become means of a step; lines without time go. */
static void finish(struct bench_breakdown *b)
{
	size_t all = N_HALVES * (profile_size() + 1);

	for (size_t i = 0; i < all; i++) {
		b->lines[i].calls /= b->steps;
		b->lines[i].ms /= b->steps;
	}
	b->ms /= b->steps;
	qsort(b->lines, all, sizeof(*b->lines), by_time);
	while (b->n < all && b->lines[b->n].ms > 0)
		b->n++;
}

int bench_break_down(struct bench_breakdown *b, const struct bench_case *what, double seconds,
		     struct error *err)
{
	struct bench_subject subject;
	int result = bench_subject_open(&subject, what, err);
	double start = clock_s();

	*b = (struct bench_breakdown){0};
	if (!result) {
		b->lines = xcalloc(N_HALVES * (profile_size() + 1), sizeof(*b->lines));
		profile_start(subject.backend);
		name_lines(b, subject.backend);
		while (!result && (b->steps < MIN_STEPS || clock_s() - start < seconds))
			result = run_step(b, &subject, err);
		finish(b);
	}
	bench_subject_close(&subject);
	return result;
}

void bench_breakdown_release(struct bench_breakdown *b)
{
	free(b->lines);
	*b = (struct bench_breakdown){0};
}
