#!/bin/sh
# Command-line tests: runs every cli/NAME.sh in a scratch folder with the program first in PATH and
# compares what it prints with cli/NAME.out (and stderr with cli/NAME.err, where there is one), as
# many at once as there are cores.  A script that says why in the file `skipped` is counted as such;
# one of which nothing is heard was not run, which is no better than a failure.
# Usage: run-cli.sh PROGRAM [NAME...]
set -u

program=$(realpath "$1")
shift
here=$(realpath "$(dirname "$0")")/cli
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ln -s "$program" "$scratch/muon-sweep"
PATH=$scratch:$PATH
export PATH NO_COLOR=1 LC_ALL=C XDG_CACHE_HOME="$scratch/cache" CLI_TESTS="$here" scratch
unset MUON_SWEEP_DATA

# One script, in a shell of its own: its folder is $scratch/NAME, what is wrong in NAME.wrong.
one='name=$(basename "$1" .sh)
mkdir -p "$scratch/$name"
cd "$scratch/$name"
sh "$CLI_TESTS/$name.sh" >"../$name.out" 2>"../$name.err"
status=$?
if [ -e skipped ]; then
	echo "skip $name: $(cat skipped)"
	exit
fi
{
	[ $status -eq 0 ] || { echo "exit status $status"; cat "../$name.err"; }
	diff -u "$CLI_TESTS/$name.out" "../$name.out"
	[ ! -e "$CLI_TESTS/$name.err" ] || diff -u "$CLI_TESTS/$name.err" "../$name.err"
} >"../$name.wrong" 2>&1
[ -s "../$name.wrong" ] && echo "FAIL $name" || echo "ok   $name"'

[ $# -gt 0 ] || set -- "$here"/*.sh
printf '%s\n' "$@" | xargs -P "$(nproc)" -I '{}' sh -c "$one" run-one '{}' | tee "$scratch/results"
for wrong in "$scratch"/*.wrong; do
	[ ! -s "$wrong" ] || { echo "--- $(basename "$wrong" .wrong)"; cat "$wrong"; }
done
count() { grep -c "^$1 " "$scratch/results"; }
unheard=$(($# - $(count ok) - $(count FAIL) - $(count skip)))
echo "cli: $(count ok) passed, $(count FAIL) failed, $(count skip) skipped"
[ $unheard -eq 0 ] || echo "$unheard of $# were not run to the end" >&2
[ "$(count ok)" -gt 0 ] && [ "$(count FAIL)" -eq 0 ] && [ $unheard -eq 0 ]
