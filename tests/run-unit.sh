#!/bin/sh
# Runs the given test programs, as many at once as there are cores, and fails if one failed: one line
# each, and all that a program printed where it failed.  Those that took longest the last time start
# first, so that none is left over at the end.
# Usage: run-unit.sh PROGRAM...
set -u

[ $# -gt 0 ] || { echo "run-unit.sh: no test programs given" >&2; exit 2; }
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# "NAME MILLISECONDS" of the last time, whichever way the programs were compiled.
times=build/unit-times

longest_first() {
	awk -v known="$times" 'BEGIN { while ((getline line < known) > 0) { split(line, word); took[word[1]] = word[2] } }
		{ name = $0; sub(".*/", "", name); print (name in took ? took[name] : 1e9), $0 }' |
		sort -s -k 1,1 -nr | cut -d ' ' -f 2-
}

# What one program of xargs does: OUTPUT PROGRAM.
one='log=$1/$(basename "$2")
start=$(date +%s%3N)
if "$2" >"$log" 2>&1; then
	echo "ok   ${2##*/}: $(sed -n "s/^\[  PASSED  \] \([0-9]* test\).*/\1s/p; s/^fuzz.*: //p" "$log" |
		paste -sd+ | sed "s/+/, /g")"
else
	mv "$log" "$log.failed"
	echo "FAIL ${2##*/}"
fi
echo "${2##*/} $(($(date +%s%3N) - start))" >>"$1/times"'

printf '%s\n' "$@" | longest_first | xargs -P "$(nproc)" -I '{}' sh -c "$one" run-one "$output" '{}' |
	tee "$output/results"
if [ -d build ]; then
	cat "$output/times" "$times" 2>/dev/null | awk '!seen[$1]++' >"$output/known"
	cp "$output/known" "$times"
fi
for log in "$output"/*.failed; do
	[ ! -e "$log" ] || { echo "--- $(basename "$log" .failed)"; cat "$log"; }
done
count() { grep -c "^$1 " "$output/results"; }
failed=$(count FAIL)
unheard=$(($# - failed - $(count ok)))
[ "$failed" -eq 0 ] || echo "$failed of $# test programs failed" >&2
[ $unheard -eq 0 ] || echo "$unheard of $# test programs were not run to the end" >&2
[ "$failed" -eq 0 ] && [ $unheard -eq 0 ] || exit 1
echo "unit: $# test programs passed"
