# A worker that falls silent is killed after the time that --hang-after gives; the others finish,
# and what it had trained is not lost.
. "$CLI_TESTS/try"

pack_text
cat > some.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 600}, batch_tokens: 512}
eval: {points: 20, tokens: 1k}
optimizer: {name: adamw, lr: [4e-3, 6e-3, 8e-3]}
END

curves() {
	muon-sweep export --db "$1" --curves --format jsonl | without_times | sort
}

# stop_one: a worker, when there is a checkpoint to go on from; again where that came too late.
stop_one() {
	for _ in $(seq 20); do
		rm -rf hung.db*
		muon-sweep run some.yaml --db hung.db --jobs 2 --checkpoint-every 20 --hang-after 6s 2> log &
		run=$!
		wait_until ended_or $run has_step hung.db 1
		first_worker $run && kill -STOP "$worker"
		wait $run
		status=$?
		grep -q 'no sign of life for .* after step' log && break
	done
	echo "exit $status"
}

plain() {
	sed -E 's/lr=[0-9.e-]+/lr=X/; s/(for|in) [0-9.]+ (s|ms)/\1 N s/; s/step [0-9]+/step N/'
}

muon-sweep run some.yaml --db undisturbed.db --quiet
curves undisturbed.db > undisturbed

echo "# one of two is stopped"
stop_one
kill -0 "$worker" 2> /dev/null && echo "it is still there"
# Where the machine is so busy that others say nothing either, they are killed, too.
grep -oE "no sign of life for .*; killed" log | plain | sort -u
grep -oE "again: muon-sweep .*" log
# shellcheck disable=SC2046
set -- $(muon-sweep status --db hung.db --json | grep -oE "\"(done|failed)\": [0-9]+" | cut -d " " -f 2)
[ $(($1 + $2)) -eq 3 ] && [ "$1" -gt 0 ] && echo "the others are done"
curves hung.db | cmp -s - undisturbed || echo "its curve is not whole"
echo "# tried again"
muon-sweep run some.yaml --db hung.db --only failed 2>&1 | grep -o "next"
curves hung.db | cmp - undisturbed && echo "the same rows as undisturbed"

echo "# times that are none"
for time in 0 -3s soon; do
	try muon-sweep run some.yaml --hang-after "$time" --only failed
done
try muon-sweep run some.yaml --db hung.db --hang-after never --quiet
