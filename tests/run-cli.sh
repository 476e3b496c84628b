#!/bin/sh
# Command-line tests: runs every cli/NAME.sh in a scratch folder with the program first in PATH and
# compares what it prints with cli/NAME.out (and stderr with cli/NAME.err, where there is one).
# A script that says why in the file `skipped` is counted as such.
# Usage: run-cli.sh PROGRAM [NAME...]
set -u

program=$(realpath "$1")
shift
here=$(realpath "$(dirname "$0")")/cli
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ln -s "$program" "$scratch/muon-sweep"
PATH=$scratch:$PATH
export PATH NO_COLOR=1 LC_ALL=C XDG_CACHE_HOME="$scratch/cache" CLI_TESTS="$here"
unset MUON_SWEEP_DATA

[ $# -gt 0 ] || set -- "$here"/*.sh
passed=0
failed=0
skipped=0
for script in "$@"; do
	name=$(basename "$script" .sh)
	mkdir -p "$scratch/$name"
	(cd "$scratch/$name" && sh "$here/$name.sh" >"$scratch/$name.out" 2>"$scratch/$name.err")
	status=$?
	if [ -e "$scratch/$name/skipped" ]; then
		echo "cli: $name skipped: $(cat "$scratch/$name/skipped")"
		skipped=$((skipped + 1))
		continue
	fi
	ok=1
	[ $status -eq 0 ] || { echo "$name: exit status $status"; cat "$scratch/$name.err"; ok=0; }
	diff -u "$here/$name.out" "$scratch/$name.out" || ok=0
	if [ -e "$here/$name.err" ]; then
		diff -u "$here/$name.err" "$scratch/$name.err" || ok=0
	fi
	if [ $ok -eq 1 ]; then
		passed=$((passed + 1))
	else
		echo "cli: $name failed"
		failed=$((failed + 1))
	fi
done
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
