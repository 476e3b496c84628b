# What changes while a sweep runs, or between two runs of it: the sweep file, and the corpus.
. "$CLI_TESTS/try"

# 16-bit tokens, of which every 64th ends a document; another number, other tokens.
make_tokens() {
	awk -v state="$1" 'BEGIN {
		for (i = 0; i < 20000; i++) {
			state = (state * 16807 + 11) % 2147483647
			printf "%c%c", i % 64 ? 97 + int(state / 65536) % 20 : 10, 1
		}
	}'
}

# Label, learning rate and loss of every trial.
trials() {
	muon-sweep export --db "$1" --format csv 2> /dev/null |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
			{ print $at["label"], $at["lr"], $at["loss"] }' | sort
}

states() {
	muon-sweep plan "$@" --json 2> /dev/null | grep -o '"state": *"[a-z]*"' | sort | uniq -c |
		sed 's/^ *//'
}

cat > s.yaml <<'END'
name: s
data: {files: [x.bin], vocab: 512, eot: 266, val_tokens: 1k, epochs: 1000000}
model: {size: 4x1, head_dim: 4, context: 16}
train: {budget: {steps: 40}, batch_tokens: 64}
eval: {points: 2, tokens: 1k}
optimizer:
  - {name: adamw, tune: {lr: [0.01, 0.02]}}
END

echo "# a longer sweep file: what is new is added, what is there is kept"
make_tokens 1 > x.bin
muon-sweep run s.yaml --quiet > /dev/null 2>&1
trials results.db > before
wc -l < before
sed 's/0.02\]/0.02, 0.04]/' s.yaml > t.yaml
echo "  - {name: sgd, lr: 0.1}" >> t.yaml
states t.yaml
muon-sweep run t.yaml 2>&1 | grep -c 'loss'
trials results.db > after
wc -l < after
comm -23 before after

echo "# a shorter one: what it no longer names stays in the store, and no fit sees it"
muon-sweep run s.yaml 2>&1 | grep -o "'s' no longer names [0-9]* trials that it had"
trials results.db | cmp - before && echo "as before"
states t.yaml

echo "# another corpus under a running sweep"
sed 's/steps: 40/steps: 100000000/' s.yaml > long.yaml
muon-sweep run long.yaml --db c.db --jobs 1 > log 2>&1 &
run=$!
wait_until in_state c.db running 1
worker=$(cat /proc/$run/task/$run/children)
make_tokens 2 > y.bin
mv y.bin x.bin
kill -KILL $worker
wait $run
echo "exit $?"
grep -o "corpus 'x.bin' changed while the sweep was running" log | sort -u

echo "# no corpus any more: the reason names the sweep file, and the log below does not repeat it"
muon-sweep run ./long.yaml --db gone.db --jobs 1 > log 2>&1 &
run=$!
wait_until in_state gone.db running 1
worker=$(cat /proc/$run/task/$run/children)
mv x.bin y.bin
kill -KILL $worker
wait $run
echo "exit $?"
mv y.bin x.bin
muon-sweep status --db gone.db > page
for told in log page; do
	grep -o "[^ ]*[0-9]:[0-9]*: .*x.bin.*" $told
	grep -c "exit status\|stdin" $told
done

echo "# a corpus that is written to while a trial uses it"
sed -i 's/steps: 40/steps: 3000/; s/lr: \[.*\]/lr: [0.01]/' s.yaml
cp x.bin kept.bin
for _ in $(seq 20); do # again where the trial was done before that
	rm -rf d.db*
	cp kept.bin x.bin
	muon-sweep run s.yaml --db d.db --jobs 1 > log 2>&1 &
	run=$!
	wait_until has_rows d.db 1
	printf 'a' | dd of=x.bin conv=notrunc 2> /dev/null
	wait $run
	status=$?
	[ $status -eq 0 ] || break
done
echo "exit $status"
grep -o "'x.bin' was written to while it was in use" log | sort -u
ls -d d.db-checkpoints 2> /dev/null

echo "# the same, and the run is stopped: no state of a mixture is kept"
sed -i 's/steps: 3000/steps: 100000000/' s.yaml
muon-sweep run s.yaml --db e.db --jobs 1 --checkpoint-every 50 > log 2>&1 &
run=$!
has_checkpoint() {
	ls e.db-checkpoints/*/*.checkpoint > /dev/null 2>&1
}
wait_until has_checkpoint
printf 'b' | dd of=x.bin conv=notrunc 2> /dev/null
kill -TERM $run
wait $run
echo "exit $?"
grep -o "'x.bin' was written to while it was in use" log | sort -u
ls -d e.db-checkpoints 2> /dev/null
muon-sweep status --db e.db --json 2> /dev/null | grep -o '"failed": *1'
