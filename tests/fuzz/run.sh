#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds the fuzz targets with clang's libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer,
# and runs each for some seconds.  What they learn stays in build/fuzz/TARGET for the next run;
# an input that breaks something is left in build/fuzz/crashes/TARGET and ends in failure.
# Usage: run.sh SECONDS [TARGET...]
set -u

seconds=$1
shift
cc=${CLANG:-clang}
sanitize=fuzzer-no-link,address,undefined
[ $# -gt 0 ] || set -- $(basename -s .c tests/fuzz/fuzz_*.c | sed 's/^fuzz_//')

probe='#include <stddef.h>
int LLVMFuzzerTestOneInput(const unsigned char *d, size_t n) { return n && !d; }'
if ! printf '%s\n' "$probe" |
	"$cc" -w -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null; then
	echo "fuzz: skipped, no clang with libFuzzer here (apt-get install clang libclang-rt-dev)"
	exit 0
fi
${MAKE:-make} --no-print-directory -j"$(nproc)" CC="$cc" CONFIG=debug SANITIZE=$sanitize \
	build-fuzz || exit 1

# One line of a target's log: inputs tried, places of the program reached.
summary() { # LOG
	awk '/^#[0-9]+.*cov:/ { for (i = 1; i < NF; i++) if ($i == "cov:") reached = $(i + 1) }
	     /stat::number_of_executed_units/ { tried = $2 }
	     END { printf "%d inputs, %d places of the program reached", tried, reached }' "$1"
}

failed=0
for target in "$@"; do
	program=build/debug-$sanitize-$cc/tests/fuzz/fuzz_$target
	[ -x "$program" ] || { echo "fuzz: no target '$target' in tests/fuzz" >&2; exit 2; }
	crashes=build/fuzz/crashes/$target
	learnt=build/fuzz/$target
	log=build/fuzz/$target.log
	kept=tests/fuzz/crashes/$target
	words=tests/fuzz/$target.dict
	mkdir -p "$crashes" "$learnt"
	[ -d "$kept" ] || kept=
	[ -f "$words" ] && words=-dict=$words || words=
	if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 \
		-print_final_stats=1 -artifact_prefix="$crashes/" $words \
		"$learnt" "tests/fuzz/seeds/$target" $kept >"$log" 2>&1; then
		echo "fuzz $target: $(summary "$log")"
	else
		echo "fuzz $target: FAILED after $(summary "$log"); see $log"
		grep -E '^(SUMMARY|==.*ERROR|.*runtime error|artifact_prefix|Test unit)|fuzz_.*\.c:' "$log" >&2
		failed=1
	fi
done
exit $failed
