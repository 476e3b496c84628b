#!/bin/sh
# SPDX-License-Identifier: MIT
# Faults, for real: a small sweep of 12 trials is disturbed in every way that users have met, goes
# on when the fault is gone, and must end with the very rows, telemetry and weights of a sweep that
# was left alone.  Prints a table of what was done, how often and what held.
# Usage: faults.sh PROGRAM HELPERS [CASE...]; HELPERS is the folder of store_facts and
# clock_shim.so; a case is kills=N, or the name of a function case_NAME of faults/*; none: all.
set -u

program=$(realpath "$1")
helpers=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
shift 2
for helper in store_facts clock_shim.so; do
	[ -e "$helpers/$helper" ] || {
		echo "faults: no '$helper' in '$helpers'; make faults-helpers builds it" >&2
		exit 2
	}
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
mkdir bin
ln -s "$program" bin/muon-sweep
PATH=$scratch/bin:$helpers:$PATH
CLI_TESTS=$here/cli
export PATH CLI_TESTS NO_COLOR=1 LC_ALL=C XDG_CACHE_HOME="$scratch/cache"
seed=${SEED:-1}

# What a shell of its own needs to go on with a case (faults/places).
cat > session <<END
here=$here helpers=$helpers program=$program trials=12 failed=0 seed=$seed every=
muon-sweep run --help | grep -q checkpoint-every && every="--checkpoint-every 50"
. "$here/cli/try"
for file in "$here"/faults/*; do
	. "\$file"
done
END
. ./session

pack_text
cat > small.yaml <<'END'
name: small
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: [16x1, 32x1], head_dim: 16, context: 32}
train:
  budget: {steps: [160, 320, 480]}
  batch_tokens: 256
  schedule: {kind: wsd, warmup: {steps: 20}, decay: 0.2}
eval: {points: 8, tokens: 1k}
optimizer:
  - {label: adamw, name: adamw, lr: 6e-3}
  - {label: muon, name: muon, lr: 2e-2}
END

start=$(date +%s)
sweep undisturbed.db 2> log || { echo "faults: the undisturbed sweep failed"; exit 1; }
store_facts rows undisturbed.db | sort > undisturbed
[ -s undisturbed ] || { echo "faults: the undisturbed sweep has no rows"; exit 1; }
weights=$(grep '^weights' undisturbed | grep -cv 'NULL')

[ $# -gt 0 ] ||
	set -- kills=100 workers hung stops damage suspended paused full_disk file_size \
		read_only power locked deleted clock corpus edited memory streams crowd
for name in "$@"; do
	case $name in
	kills=*) case_kills "${name#kills=}" "$seed" ;;
	*) "case_$name" ;;
	esac
done
echo
echo "fault                                        times  what held"
cat table
echo "compared each time: $(wc -l < undisturbed) rows, among them the weights of $weights trials;" \
	"seed $seed; $(($(date +%s) - start)) s"
[ $failed -eq 0 ]
