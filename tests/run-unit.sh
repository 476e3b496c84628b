#!/bin/sh
# Runs the given test programs, all of them, and fails if one failed.
failed=0
for test in "$@"; do
	"$test" || failed=$((failed + 1))
done
[ "$failed" -eq 0 ] || { echo "$failed of $# test programs failed" >&2; exit 1; }
