# Horizons of one trunk share it: each prefix is trained once, and every number is that of trials
# which were trained alone.
. "$CLI_TESTS/try"

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null

cat > ladder.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train:
  budget: {steps: [50, 100, 200, 400]}
  batch_tokens: 256
  schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}
eval: {points: 20, tokens: 1k}
optimizer: [{name: adamw, lr: 4e-3}, {name: muon, lr: 2e-2}]
END

# Everything measured and everything observed, without times.
rows() {
	for db in "$@"; do
		muon-sweep export --db "$db" --curves --format jsonl
	done | without_times | sort
}

share() {
	muon-sweep plan ladder.yaml --quiet "$@" | grep '^trained' |
		sed -E 's/trained .* nominal/trained X of Y nominal/'
}

fraction='train.schedule={kind: wsd, warmup: 0.05, decay: 0.2}'

echo "# what it saves"
share
share -s train.schedule.decay=0.1
share -s "$fraction" || echo "nothing is shared"
muon-sweep plan ladder.yaml -s "$fraction" | grep -o 'a warm-up.*'

echo "# the same numbers"
muon-sweep run ladder.yaml --db shared.db --quiet
echo "exit $?"
for steps in 50 100 200 400; do
	muon-sweep run ladder.yaml -s train.budget.steps=$steps --db $steps.db --quiet
done
rows shared.db > shared
rows 50.db 100.db 200.db 400.db > alone
[ "$(wc -l < alone)" -gt 50 ] && cmp shared alone && echo "shared as alone"
[ -e shared.db-checkpoints ] && echo "checkpoints are left"

echo "# the same weights, or a merge would find that they differ"
muon-sweep merge 50.db 100.db 200.db 400.db --db shared.db --quiet
echo "exit $?"

echo "# the shortest first, and the others in a second run"
muon-sweep run ladder.yaml --db parts.db --where 'steps_total <= 100' --quiet
muon-sweep run ladder.yaml --db parts.db --quiet
rows parts.db | cmp - alone && echo "in parts as alone"

echo "# two at once on one store"
muon-sweep run ladder.yaml --jobs 1 --db both.db --quiet &
muon-sweep run ladder.yaml --jobs 1 --db both.db --quiet
wait
rows both.db | cmp - alone && echo "both as alone"

echo "# a carrier that is stopped twice keeps the forks behind it"
# stop_after STEP: runs until there is a checkpoint of at least that step, then asks it to stop.
stop_after() {
	muon-sweep run ladder.yaml -s train.budget.steps='[50,100,100000]' -s 'optimizer={name: adamw, lr: 4e-3}' \
		--jobs 1 --checkpoint-every 50 --db stopped.db --quiet 2> /dev/null &
	run=$!
	wait_until reached "$1"
	kill -TERM $run
	wait $run
	echo "exit $?"
}

# Of all checkpoints that there are.
steps() {
	find stopped.db-checkpoints -name '*.checkpoint' 2> /dev/null | sed 's/.*\/\([0-9]*\)[.].*/\1/' | sort -n
}

reached() {
	steps | awk -v least="$1" '$1 >= least { found = 1 } END { exit !found }'
}

stop_after 300
stop_after 1000
steps | head -2
