# Tuning that looks at results: what comes next, the same after an interruption, all of it kept.
. "$CLI_TESTS/try"

pack_text

# Rates far below the best, so that each step up gains whatever the machine.
cat > tuned.yaml <<'END'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 80}, batch_tokens: 256, schedule: {kind: wsd, warmup: {steps: 4}}}
eval: {points: 2, tokens: 1k}
optimizer:
  - {name: adamw, tune: {lr: {bracket: {from: 1e-6, factor: 10, points: 2, limit: 4, resolution: 10}}}}
  - {name: muon, inherit: adamw}
  - {name: adamw, label: halved, tune: {method: halving, lr: [1e-6, 1e-5, 1e-4, 1e-3]}}
  - {name: adamw, label: stepped, tune: {method: coordinate, threshold: 0.05, lr: [1e-6, 1e-4, 1e-3], weight_decay: [0, 0.1]}}
  - {name: adamw, label: by law, lr: {law: "0.01*(N/1e4)^-0.5"}}
END

# Losses differ between machines.
numbers() {
	sed -E 's/loss [0-9.]+/loss N/'
}

tuning_lines() {
	sed -n '/^memory at its peak/,$p' | sed 1,2d | numbers
}

origins() {
	muon-sweep plan tuned.yaml --json --quiet "$@" | grep -o '"origin": "[^"]*"' | sort | uniq -c |
		sed 's/^ *//'
}

# Ends of trials, without times.
ends() {
	muon-sweep export --format jsonl "$@" | without_times | sort
}

echo "# before anything is trained"
muon-sweep plan tuned.yaml --quiet | tuning_lines
echo "# trained"
try muon-sweep run tuned.yaml --quiet
muon-sweep plan tuned.yaml --quiet | tuning_lines
origins
echo "# again: nothing is trained"
muon-sweep run tuned.yaml 2>&1 | grep "to train" | sed 's/ with .*//'
echo "# three trials at a time, in another store"
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
	muon-sweep run tuned.yaml --db parts.db --limit 3 --quiet
done
ends > whole
ends --db parts.db > parts
[ -s whole ] && cmp whole parts && echo "the same trials and losses"
echo "# no short horizon of halving is exported or fitted: a header and one trial"
muon-sweep export --where "label = 'halved'" | wc -l
try muon-sweep plan tuned.yaml --quiet -s optimizer.muon.inherit=adamv
