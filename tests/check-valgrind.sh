#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A small sweep under valgrind's memcheck: plan, run, status, fit and export, and the training of a
# trial.  Errors and memory that is lost end in failure.  The processor's widest kernels are left
# out, since valgrind knows no AVX-512.
# Usage: check-valgrind.sh PROGRAM
set -u

program=$(realpath "$1")
command -v valgrind >/dev/null || {
	echo "check-valgrind: skipped, no valgrind here (apt-get install valgrind)"
	exit 0
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export XDG_CACHE_HOME="$scratch" MUON_SWEEP_CPU=x86-64-v3 OPENBLAS_NUM_THREADS=1 NO_COLOR=1

awk 'BEGIN {
	for (i = 0; i < 20000; i++) {
		state = (state * 16807 + 11) % 2147483647
		printf "%c%c", i % 64 ? 97 + int(state / 65536) % 20 : 10, 1
	}
}' >x.bin
cat >s.yaml <<'END'
data: {files: [x.bin], vocab: 512, eot: 266, val_tokens: 1k, epochs: 100}
model: {size: 4x1, head_dim: 4, context: 16}
train: {budget: {steps: [50, 100, 200]}, batch_tokens: 64}
eval: {points: 2, tokens: 1k}
optimizer: [{name: adamw, tune: {lr: [0.01, 0.02]}}, {name: muon, lr: 0.01}]
END

failed=0
check() { # NAME COMMAND...
	name=$1
	shift
	if valgrind -q --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
		--log-file="$name.log" "$@" >"$name.out" 2>"$name.err" </dev/null; then
		echo "valgrind $name: clean"
	else
		echo "valgrind $name: FAILED (exit $?)"
		head -40 "$name.log" >&2
		tail -5 "$name.err" >&2
		failed=1
	fi
}

check plan "$program" plan s.yaml
check plan-json "$program" plan s.yaml --json
# The parent; its workers are started as /proc/self/exe, which would be valgrind itself.
check run "$program" run s.yaml --jobs 1 -s optimizer.muon.lr=0.02 --dry-run
"$program" run s.yaml --jobs 2 --quiet >run.out 2>run.err || { cat run.err >&2; failed=1; }
check run-again "$program" run s.yaml
check status "$program" status
check fit "$program" fit --law power --bootstrap 20
check export "$program" export --curves --format csv
check plot "$program" plot loss -o loss.svg --data loss.tsv

# A worker, from start to end, and one that writes checkpoints and goes on from them.
key=$("$program" plan s.yaml --json --quiet | grep -o '"trial_key": *"[0-9a-f]*"' | head -1 |
	sed 's/.*"\([0-9a-f]*\)"/\1/')
check worker "$program" worker s.yaml "$key" 0
check worker-checkpoints "$program" worker s.yaml "$key" 0 --checkpoints k --checkpoint-every 20
check worker-resumes "$program" worker s.yaml "$key" 0 --checkpoints k --checkpoint-every 20
for out in worker.out worker-checkpoints.out worker-resumes.out; do
	grep -q '^end	done' $out || { echo "$out: the trial is not done" >&2; tail -3 $out >&2; failed=1; }
done
exit $failed
