/* SPDX-License-Identifier: MIT
 *
 * What `bench` prints: tables for people, members of JSON arrays for programs.
 */
#ifndef CMD_BENCH_OUTPUT_H
#define CMD_BENCH_OUTPUT_H

#include "cmd/bench.h"
#include "cmd/bench_breakdown.h"
#include "cmd/bench_side.h"

void bench_print_head(void);
void bench_print_result(const struct bench_case *what, const struct bench_result *r);
void bench_json_result(struct json *json, const struct bench_case *what,
		       const struct bench_result *r);

void bench_print_side(const struct bench_case *what, int64_t processes, const struct bench_side *s);
void bench_json_side(struct json *json, const struct bench_case *what, int64_t processes,
		     const struct bench_side *s);

void bench_print_breakdown(const struct bench_case *what, const struct bench_breakdown *b);
void bench_json_breakdown(struct json *json, const struct bench_case *what,
			  const struct bench_breakdown *b);

#endif
