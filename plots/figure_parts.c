/* SPDX-License-Identifier: MIT */
#include "plots/figure_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/order.h"
#include "plots/style.h"

#define LN2  0.69314718055994530942
#define SAME 1.005

static void add_arm(struct figure_arms *arms, const char *name)
{
	arms->names = grow_array(arms->names, &arms->capacity, arms->n + 1, sizeof(const char *));
	arms->names[arms->n++] = name;
}

int figure_arm(struct figure_arms *arms, const char *name)
{
	for (size_t i = 0; i < arms->n; i++)
		if (strcmp(arms->names[i], name) == 0)
			return (int)i;
	add_arm(arms, name);
	return (int)arms->n - 1;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* "adamw", and with several columns "adamw 1024", "adamw 4096". */
static void put_first(struct figure_arms *arms, const char *name)
{
	size_t length = strlen(name), n = 0;

	for (size_t i = 0; i < arms->n; i++) {
		const char *own = arms->names[i];

		if (strncasecmp(own, name, length) != 0 || (own[length] && own[length] != ' '))
			continue;
		memmove(arms->names + n + 1, arms->names + n, (i - n) * sizeof(const char *));
		arms->names[n++] = own;
	}
}

void figure_arms_init(struct figure_arms *arms, const struct figure_input *input)
{
	*arms = (struct figure_arms){0};
	if (input->study)
		for (size_t i = 0; i < input->study->n_arms; i++)
			figure_arm(arms, input->study->arms[i].name);
	else
		for (size_t i = 0; i < input->rows->n; i++)
			figure_arm(arms, observation_arm(&input->rows->rows[i]));
	if (arms->n)
		qsort(arms->names, arms->n, sizeof(const char *), by_name);
	if (input->baseline)
		put_first(arms, input->baseline);
}

void figure_arms_release(struct figure_arms *arms)
{
	free(arms->names);
	*arms = (struct figure_arms){0};
}

void figure_add_legend(struct chart *chart, const struct figure_arms *arms,
		       const struct chart_look *look)
{
	if (arms->n == 1 && strcmp(arms->names[0], "all") == 0)
		return;
	for (size_t i = 0; i < arms->n; i++) {
		struct chart_look own = *look;

		own.arm = (int)i;
		chart_add_legend(chart, arms->names[i], &own);
	}
}

/* The median over rows that have the loss in both units. */
static double bytes_per_token(const struct observations *rows)
{
	double *ratios = xmalloc((rows->n + 1) * sizeof(*ratios)), median = 1;
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		double ratio = rows->rows[i].loss / (LN2 * rows->rows[i].bpb);

		if (isfinite(ratio) && ratio > 0)
			ratios[n++] = ratio;
	}
	if (n) {
		qsort(ratios, n, sizeof(*ratios), double_ascending);
		median = ratios[n / 2];
	}
	free(ratios);
	return median;
}

void figure_add_references(const struct figure_input *input, struct chart *chart,
			   struct chart_panel *panel)
{
	double nats = LN2 * bytes_per_token(input->rows);

	for (size_t i = 0; i < input->n_references; i++) {
		const struct reference_line *line = &input->references[i];
		struct text name = {0};

		text_printf(&name, "%s %.2f", line->name, line->bits_per_byte);
		chart_add_level(chart, panel, text_string(&name), line->bits_per_byte * nats);
		text_release(&name);
	}
	if (input->n_references)
		text_add(&chart->caption,
			 " Dotted lines: entropies and compressors of this text in bits/byte.");
}

bool figure_same(double a, double b)
{
	return (isnan(a) && isnan(b)) || fmax(a, b) / fmin(a, b) < SAME;
}

size_t figure_sizes(const struct figure_input *input, double *sizes)
{
	size_t n = input->study->n_cells, kept = 0;

	for (size_t i = 0; i < n; i++)
		sizes[i] = input->points[i].params;
	if (n)
		qsort(sizes, n, sizeof(*sizes), double_ascending);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !figure_same(sizes[kept - 1], sizes[i]))
			sizes[kept++] = sizes[i];
	return kept;
}

const char *figure_size_title(struct chart *chart, double size)
{
	char number[SHORT_TEXT];

	return isfinite(size) ? arena_printf(&chart->arena, "N = %s", format_si(number, size)) : "";
}

struct chart_range figure_budgets(const struct figure_input *input)
{
	struct chart_range range = {HUGE_VAL, -HUGE_VAL};

	for (size_t i = 0; i < input->study->n_cells; i++) {
		double flops = input->points[i].flops;

		range = chart_range_union(range, (struct chart_range){flops, flops});
	}
	return range;
}

double figure_strength(struct chart_range range, double value)
{
	if (!(range.high > range.low))
		return 1;
	return 0.4 + 0.6 * log(value / range.low) / log(range.high / range.low);
}

int figure_no_baseline(const struct figure_input *input, struct error *err)
{
	const struct study *study = input->study;
	struct text names = {0};
	int result;

	for (size_t a = 0; a < study->n_arms; a++)
		text_printf(&names, "%s'%s'", a ? ", " : "", study->arms[a].name);
	if (study->n_arms < 2)
		result = error_set(err, ERR_DATA,
				   "there is one arm only, %s: it needs a baseline and another; "
				   "'label' or --group-by tells arms apart",
				   text_string(&names));
	else
		result = error_set(err, ERR_DATA,
				   "no arm '%s' to compare with: name one of %s with --baseline",
				   input->baseline ? input->baseline : "", text_string(&names));
	text_release(&names);
	return result;
}

const char *figure_flops_convention(const struct figure_input *input)
{
	static const char *const words[][2] = {
		[COUNT_EXACT] = {"exact causal count, forward + backward",
				 "exact causal count, forward + backward, and the optimizer's"},
		[COUNT_6ND] = {"6ND", "6ND, and the optimizer's"},
		[COUNT_6N_NONEMB_D] = {"6ND without embeddings",
				       "6ND without embeddings, and the optimizer's"},
	};

	if (input->rows->n && input->rows->rows[0].line && !input->counting->count_optimizer &&
	    (input->study ? input->study->counted : input->counting->flops) == COUNT_EXACT)
		return "as the rows give it";
	return words[input->study ? input->study->counted : input->counting->flops]
		    [input->counting->count_optimizer];
}

void text_add_number(struct text *out, double value)
{
	char number[SHORT_TEXT];

	text_add(out, style_number(value, false, number));
}
