#!/bin/sh
# Runs the given test programs, as many at once as there are cores, and fails if one failed: one line
# each, and all that a program printed where it failed.
# Usage: run-unit.sh PROGRAM...
set -u

output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# What one program of xargs does: OUTPUT PROGRAM.
one='log=$1/$(basename "$2")
if "$2" >"$log" 2>&1; then
	echo "ok   ${2##*/}: $(sed -n "s/^\[  PASSED  \] \([0-9]* test\).*/\1s/p; s/^fuzz.*: //p" "$log" |
		paste -sd+ | sed "s/+/, /g")"
else
	mv "$log" "$log.failed"
	echo "FAIL ${2##*/}"
fi'

printf '%s\n' "$@" | xargs -P "$(nproc)" -I '{}' sh -c "$one" run-one "$output" '{}'
failed=0
for log in "$output"/*.failed; do
	[ -e "$log" ] || continue
	failed=$((failed + 1))
	echo "--- $(basename "$log" .failed)"
	cat "$log"
done
[ "$failed" -eq 0 ] || { echo "$failed of $# test programs failed" >&2; exit 1; }
echo "unit: $# test programs passed"
