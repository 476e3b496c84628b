/* SPDX-License-Identifier: MIT
 *
 * A line is what one batch of one arm and size lost at each of its budgets.
 */
#include "results/targets.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

#define FEWEST_BATCHES 3
#define ALL_SIZES      SIZE_MAX
#define SAME	       1e-9 /* relative: targets and batches this near are one */

/* One end of a schedule on its line. */
struct end {
	size_t arm, size, cell;
	double batch, loss, tokens, steps, flops, params, seconds;
};

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int by_line(const struct end *p, const struct end *q)
{
	if (p->arm != q->arm)
		return p->arm < q->arm ? -1 : 1;
	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	return fabs(p->batch - q->batch) <= SAME * p->batch ? 0 : compare(p->batch, q->batch);
}

static int by_line_and_tokens(const void *a, const void *b)
{
	const struct end *p = a, *q = b;
	int order = by_line(p, q);

	if (!order)
		order = compare(p->tokens, q->tokens);
	return order ? order : compare(p->loss, q->loss);
}

static double mean_seconds(const struct study *study, const struct study_cell *cell)
{
	double total = 0;

	for (size_t i = cell->first; i < cell->first + cell->n_trials; i++)
		total += study->trials[i].row->seconds;
	return total / (double)cell->n_trials;
}

/* The ends by line and rising tokens; a batch that was tuned belongs to no line. */
static size_t gather_ends(const struct study *study, const struct study_point *points,
			  struct end *ends)
{
	size_t n = 0;

	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_point *from = &points[c];
		const struct study_trial *trial = &study->trials[study->cells[c].first];

		if (trial->costs || from->batch_tried || !isfinite(from->loss) ||
		    !(from->batch_tokens > 0) || !(from->tokens > 0))
			continue;
		ends[n++] = (struct end){
			.arm = from->arm,
			.size = trial->size,
			.cell = c,
			.batch = from->batch_tokens,
			.loss = from->loss,
			.tokens = from->tokens,
			.steps = from->steps,
			.flops = from->compute,
			.params = from->params,
			.seconds = mean_seconds(study, &study->cells[c]),
		};
	}
	qsort(ends, n, sizeof(*ends), by_line_and_tokens);
	return n;
}

/* Straight pieces in logarithms. */
static double between(double a, double b, double share)
{
	return exp((1 - share) * log(a) + share * log(b));
}

static struct target_point at_end(const struct end *end, double target)
{
	return (struct target_point){
		.arm = end->arm,
		.size = end->size,
		.cell = end->cell,
		.params = end->params,
		.batch = end->batch,
		.target = target,
		.tokens = end->tokens,
		.steps = end->steps,
		.flops = end->flops,
		.seconds = end->seconds,
	};
}

/* Where a line of n ends first reaches the target; false: it begins below, so that nothing is
 * known. */
static bool reach(const struct end *line, size_t n, double target, struct target_point *point)
{
	size_t i = 0;
	double share;

	while (i < n && line[i].loss > target)
		i++;
	*point = at_end(&line[i < n ? i : n - 1], target);
	point->censored = i == n;
	if (i == n || line[i].loss == target)
		return true;
	if (i == 0)
		return false;
	share = log(line[i - 1].loss / target) / log(line[i - 1].loss / line[i].loss);
	point->tokens = between(line[i - 1].tokens, line[i].tokens, share);
	point->steps = between(line[i - 1].steps, line[i].steps, share);
	point->flops = between(line[i - 1].flops, line[i].flops, share);
	point->seconds = between(line[i - 1].seconds, line[i].seconds, share);
	return true;
}

static size_t line_length(const struct end *ends, size_t n)
{
	size_t length = 1;

	while (length < n && by_line(&ends[0], &ends[length]) == 0)
		length++;
	return length;
}

struct line {
	size_t arm, size;
	double first, lowest; /* loss of the smallest budget, and of the best */
	double late;	      /* between the best and the budget before it */
};

/* The lines of one size or of ALL_SIZES. */
static size_t list_lines(const struct end *ends, size_t n, size_t size, struct line *lines)
{
	size_t n_lines = 0;

	for (size_t i = 0, length; i < n; i += length) {
		struct line *line = &lines[n_lines];

		length = line_length(&ends[i], n - i);
		if (size != ALL_SIZES && ends[i].size != size)
			continue;
		*line = (struct line){ends[i].arm, ends[i].size, ends[i].loss, ends[i].loss,
				      ends[i].loss};
		for (size_t k = 1; k < length; k++)
			if (ends[i + k].loss < line->lowest) {
				line->lowest = ends[i + k].loss;
				line->late = sqrt(line->lowest * ends[i + k - 1].loss);
			}
		n_lines++;
	}
	return n_lines;
}

/* Whether some arm and size has enough batches. */
static bool has_batches(const struct line *lines, size_t n)
{
	size_t batches = 0;

	for (size_t i = 0; i < n && batches < FEWEST_BATCHES; i++)
		batches =
			i && lines[i].arm == lines[i - 1].arm && lines[i].size == lines[i - 1].size
				? batches + 1
				: 1;
	return batches >= FEWEST_BATCHES;
}

static size_t count_bracketing(const struct line *lines, size_t n, double target)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += lines[i].first >= target && lines[i].lowest <= target;
	return count;
}

/* The late loss of a line that most lines pass, and of such the lowest; NAN: too few batches.  At
 * the lowest loss itself noise would decide whether the line reaches it. */
static double choose(const struct end *ends, size_t n, size_t size)
{
	struct line *lines = xmalloc((n + 1) * sizeof(*lines));
	size_t n_lines = list_lines(ends, n, size, lines), most = 0;
	double target = (double)NAN;

	for (size_t i = 0; has_batches(lines, n_lines) && i < n_lines; i++) {
		double loss = lines[i].late;
		size_t count = count_bracketing(lines, n_lines, loss);

		if (count > most || (count == most && loss < target)) {
			most = count;
			target = loss;
		}
	}
	free(lines);
	return target;
}

/* `target` NAN: what each size has chosen. */
static size_t find_on_lines(const struct study *study, const struct study_point *points,
			    double target, struct target_point *found)
{
	struct end *ends = xmalloc((study->n_cells + 1) * sizeof(*ends));
	size_t n = gather_ends(study, points, ends), n_found = 0;

	for (size_t i = 0, length; i < n; i += length) {
		double loss = isnan(target) ? choose(ends, n, ends[i].size) : target;

		length = line_length(&ends[i], n - i);
		if (isfinite(loss))
			n_found += reach(&ends[i], length, loss, &found[n_found]);
	}
	free(ends);
	return n_found;
}

bool target_same(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= SAME * fabs(b);
}

/* Rows that give costs of one target; NAN: of every. */
static size_t take_costs(const struct study *study, const struct study_point *points, double target,
			 struct target_point *found)
{
	size_t n = 0;

	for (size_t c = 0; c < study->n_cells; c++) {
		const struct study_trial *trial = &study->trials[study->cells[c].first];

		if (!trial->costs || !(isnan(target) || target_same(trial->target, target)))
			continue;
		found[n++] = (struct target_point){
			.arm = trial->arm,
			.size = trial->size,
			.cell = c,
			.params = trial->params,
			.batch = points[c].batch_tokens,
			.target = trial->target,
			.tokens = points[c].tokens,
			.steps = points[c].steps,
			.flops = points[c].compute,
			.seconds = trial->row->seconds,
		};
	}
	return n;
}

static int by_target(const void *a, const void *b)
{
	const struct target_point *p = a, *q = b;

	if (p->arm != q->arm)
		return p->arm < q->arm ? -1 : 1;
	if (p->size != q->size)
		return p->size < q->size ? -1 : 1;
	if (!target_same(p->target, q->target))
		return isnan(p->target) || p->target > q->target ? -1 : 1;
	if (p->batch != q->batch)
		return compare(p->batch, q->batch);
	return p->cell < q->cell ? -1 : p->cell > q->cell;
}

size_t targets_find(const struct study *study, const struct study_point *points, double target,
		    struct target_point **found)
{
	size_t n;

	*found = xmalloc((2 * study->n_cells + 1) * sizeof(**found));
	n = take_costs(study, points, target, *found);
	n += find_on_lines(study, points, target, *found + n);
	qsort(*found, n, sizeof(**found), by_target);
	return n;
}

double target_choose(const struct study *study, const struct study_point *points)
{
	struct end *ends = xmalloc((study->n_cells + 1) * sizeof(*ends));
	size_t n = gather_ends(study, points, ends);
	double target = choose(ends, n, ALL_SIZES);

	free(ends);
	return target;
}
