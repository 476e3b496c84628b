# Which trials are trained: by state, condition, number, shard; and what a run says at its end.
. "$CLI_TESTS/try"

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null

cat > some.yaml <<'END'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: [20, 30]}, batch_tokens: 256}
eval: {points: 2, tokens: 1k}
optimizer:
  - {name: adamw, tune: {lr: [3e-3, 1e-2]}}
  - {name: muon, tune: {lr: [1e-2, 3e-2]}}
END

# done STORE: which trials are done.
done_in() {
	muon-sweep export --db "$1" | awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ print "  " $at["label"], $at["lr"], $at["steps"] }' | sort
}

echo "# a condition, also on what trials that never ran have none of"
muon-sweep run some.yaml --quiet --where "label = 'muon' AND lr > 0.02 AND step IS NULL"
echo "exit $?"
done_in results.db
echo "# the next of the same condition: none is left without a step"
muon-sweep run some.yaml --quiet --where "label = 'muon' AND lr > 0.02 AND step IS NULL"
done_in results.db
echo "# a number"
muon-sweep run some.yaml --quiet --where "label = 'adamw'" --limit 1
done_in results.db | wc -l
echo "# a state that none has"
muon-sweep run some.yaml --only interrupted 2>&1 | grep -oE '[0-9]+ to train'

echo "# conditions that are wrong"
try muon-sweep run some.yaml --where "labl = 'muon'"
try muon-sweep run some.yaml --where "lr >"
try muon-sweep run some.yaml --where "1); DELETE FROM trial; SELECT (1"
try muon-sweep run some.yaml --where "1; DELETE FROM trial"
muon-sweep status --json | grep -o '"done": [0-9]*'

echo "# shards that together are the whole"
for k in 1 2; do
	muon-sweep run some.yaml --quiet --db shard$k.db --shard $k/2
done
done_in shard1.db > one
done_in shard2.db > two
sort one two | uniq -c | sed 's/^ *//'
[ -s one ] && [ -s two ] && echo "both have some"
for shard in 0/2 3/2 2 a/b; do
	try muon-sweep run some.yaml --shard $shard
done
try muon-sweep run some.yaml --shard 9/9 --db empty.db

echo "# what a plan would not heed is refused"
try muon-sweep run some.yaml --dry-run --limit 1
try muon-sweep run some.yaml --time-budget soon
try muon-sweep status --interval 3

echo "# stopped before anything could start"
mkfifo never
muon-sweep run never --db never.db 2> log &
run=$!
catches_term() { # by the signals that the system knows it to catch, of which that is the 15th
	grep -qi '^SigCgt:.*[4567c-f]...$' "/proc/$1/status"
}
wait_until catches_term $run
kill -TERM $run
wait $run
echo "exit $?"
cat log

echo "# nothing fits into the time"
muon-sweep run some.yaml --db short.db --time-budget 0.001s 2>&1 | sed -E 's/ in [0-9.]+( min [0-9]+)? s$/ in N s/; s/take .*, which/take N, which/' | tail -3
