/* SPDX-License-Identifier: MIT */
#include "cmd/bench_output.h"

#include <math.h>
#include <stdio.h>

#include "sweep/keys.h"

static const char *precision_of(const struct bench_case *what)
{
	return precision_choices[what->use.precision].name;
}

/* "S adamw, fp32, 1 thread" */
static void print_case(const struct bench_case *what)
{
	printf("%s %s, %s, %d thread%s", what->config->name, what->optimizer->name,
	       precision_of(what), what->use.threads, what->use.threads == 1 ? "" : "s");
}

static void open_case(struct json *json, const struct bench_case *what)
{
	json_open(json, NULL, '{');
	json_text(json, "name", what->config->name);
	json_text(json, "optimizer", what->optimizer->name);
	json_text(json, "precision", precision_of(what));
	json_integer(json, "threads", what->use.threads);
}

/* --- speed --- */

#define ROW_HEAD  "%-6s %-9s %-9s %7s %10s %8s  %-17s  %-17s %8s %8s %8s %8s\n"
#define ROW_START "%-6s %-9s %-9s %7d %10.0f %8.1f  %-17s  %-17s"

void bench_print_head(void)
{
	printf(ROW_HEAD, "config", "optimizer", "precision", "threads", "tokens/s", "GFLOP/s",
	       "/ SGEMM", "/ bound", "fwd ms", "bwd ms", "opt ms", "other ms");
}

/* A line of its own for a ratio that not every case has. */
static void print_ratio(const char *text, const struct bench_spread *spread)
{
	char ratio[SHORT_TEXT];

	if (!isnan(spread->median))
		printf("%16s %s %s\n", "", bench_spread_format(ratio, spread), text);
}

void bench_print_result(const struct bench_case *what, const struct bench_result *r)
{
	char sgemm[SHORT_TEXT], bound[SHORT_TEXT];

	printf(ROW_START, what->config->name, what->optimizer->name, precision_of(what),
	       what->use.threads, r->tokens_per_second.median, r->nominal_gflops.median,
	       bench_spread_format(sgemm, &r->sgemm_fraction),
	       bench_spread_format(bound, &r->bound_fraction));
	for (int i = 0; i < N_PHASES; i++)
		printf(" %8.2f", r->phases_ms[i].median);
	putchar('\n');
	print_ratio("times the rate of fp32", &r->over_fp32);
	print_ratio("times the rate of one thread", &r->over_one_thread);
	if (!isnan(r->over_plain.median)) {
		print_ratio("of the step is the optimizer", &r->optimizer_share);
		print_ratio("times the rate of plain orthogonalisation", &r->over_plain);
	}
	fflush(stdout);
}

void bench_json_result(struct json *json, const struct bench_case *what,
		       const struct bench_result *r)
{
	open_case(json, what);
	json_integer(json, "rounds", r->rounds);
	json_real(json, "tokens_per_second", r->tokens_per_second.median);
	json_real(json, "nominal_gflops", r->nominal_gflops.median);
	json_real(json, "sgemm_gflops", r->sgemm_gflops.median);
	bench_spread_json(json, "sgemm_fraction", &r->sgemm_fraction);
	bench_spread_json(json, "bound_fraction", &r->bound_fraction);
	bench_spread_json(json, "optimizer_share", &r->optimizer_share);
	bench_spread_json(json, "over_fp32", &r->over_fp32);
	bench_spread_json(json, "over_one_thread", &r->over_one_thread);
	bench_spread_json(json, "over_plain_orthogonalisation", &r->over_plain);
	json_open(json, "phases_ms", '{');
	for (int i = 0; i < N_PHASES; i++)
		json_real(json, bench_phase_names[i], r->phases_ms[i].median);
	json_close(json, '}');
	json_close(json, '}');
}

/* --- side by side --- */

void bench_print_side(const struct bench_case *what, int64_t processes, const struct bench_side *s)
{
	char ratio[SHORT_TEXT];

	print_case(what);
	printf(": %.0f tokens/s by %lld at once, %s times the rate of one alone\n",
	       s->tokens_per_second.median, (long long)processes,
	       bench_spread_format(ratio, &s->ratio));
	fflush(stdout);
}

void bench_json_side(struct json *json, const struct bench_case *what, int64_t processes,
		     const struct bench_side *s)
{
	open_case(json, what);
	json_integer(json, "processes", processes);
	json_integer(json, "rounds", s->rounds);
	json_real(json, "tokens_per_second", s->tokens_per_second.median);
	bench_spread_json(json, "over_one_process", &s->ratio);
	json_close(json, '}');
}

/* --- breakdown --- */

void bench_print_breakdown(const struct bench_case *what, const struct bench_breakdown *b)
{
	print_case(what);
	printf(": %.3f ms a step, mean of %d\n", b->ms, b->steps);
	printf("  %-10s %-22s %8s %10s %7s\n", "part", "operation", "calls", "ms", "share");
	for (size_t i = 0; i < b->n; i++) {
		const struct bench_line *line = &b->lines[i];

		printf("  %-10s %-22s %8.0f %10.3f %6.1f%%\n", line->part, line->operation,
		       line->calls, line->ms, 100 * line->ms / b->ms);
	}
	fflush(stdout);
}

void bench_json_breakdown(struct json *json, const struct bench_case *what,
			  const struct bench_breakdown *b)
{
	open_case(json, what);
	json_integer(json, "steps", b->steps);
	json_real(json, "step_ms", b->ms);
	json_open(json, "operations", '[');
	for (size_t i = 0; i < b->n; i++) {
		const struct bench_line *line = &b->lines[i];

		json_open(json, NULL, '{');
		json_text(json, "part", line->part);
		json_text(json, "operation", line->operation);
		json_real(json, "calls", line->calls);
		json_real(json, "ms", line->ms);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}
