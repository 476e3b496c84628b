# A stopped trial goes on from its checkpoint; one that is damaged is told of and the one before it
# used; and when all is done none is left.
. "$CLI_TESTS/try"

pack_text

cat > long.yaml <<'END2'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 1500}, batch_tokens: 512}
eval: {points: 20, tokens: 1k}
optimizer: {name: muon, lr: 0.02}
END2

# Runs to step 50 or more, which makes several checkpoints, then asks it to stop; again where all was done
# before that.
stop_in_the_middle() {
	for _ in $(seq 20); do
		rm -rf stopped.db*
		muon-sweep run long.yaml --db stopped.db --checkpoint-every 10 --quiet 2> /dev/null &
		run=$!
		wait_until ended_or $run has_rows stopped.db 7
		kill -TERM $run
		wait $run
		status=$?
		[ $status -eq 0 ] || break
	done
	echo "exit $status"
}

# Everything measured, without times; and the trained weights.
measured() {
	muon-sweep export --db "$1" --curves --format jsonl | without_times | sort
}

newest() {
	find stopped.db-checkpoints -name '*.checkpoint' | sed 's/.*\/\([0-9]*\)[.].*/\1 &/' | sort -n | tail -1 | cut -d' ' -f2
}

muon-sweep run long.yaml --db undisturbed.db --quiet
stop_in_the_middle
echo "$(find stopped.db-checkpoints -type f | wc -l) checkpoints"
printf 'x' | dd of="$(newest)" bs=1 seek=5000 conv=notrunc 2> /dev/null
muon-sweep run long.yaml --db stopped.db 2>&1 | grep -oE 'the checkpoint of step .*' | sed 's/[0-9][0-9]*/N/'
measured undisturbed.db > undisturbed
[ -s undisturbed ] && measured stopped.db | cmp - undisturbed && echo "the same rows as undisturbed"
[ -e stopped.db-checkpoints ] || echo "no checkpoint is left"
