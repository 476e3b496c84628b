# Events for another program: one JSON object per line, whatever becomes of the reader.
. "$CLI_TESTS/try"

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null

cat > some.yaml <<'END'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 30}, batch_tokens: 256}
eval: {points: 2, tokens: 1k}
optimizer: {name: adamw, lr: [3e-3, 1e-2]}
END

# of NAME: the values of a member, in order.
of() {
	grep -oE "\"$1\": (\"[^\"]*\"|[^,}]*)" events | sed 's/^[^:]*: //'
}

muon-sweep run some.yaml --json --quiet > events
echo "exit $?"
[ "$(grep -c '^{"event": ".*}$' events)" -eq "$(wc -l < events)" ] && echo "every line is an object"
for event in run_started trial_started trial_ended run_ended; do
	echo "$event: $(grep -c "\"event\": \"$event\"" events)"
done
[ "$(grep -c '"event": "evaluation"' events)" -eq "$(muon-sweep export --curves --format jsonl | wc -l)" ] &&
	echo "as many evaluations as rows"
head -1 events | grep -oE '"(format|sweep|store|sweep_trials|sweep_done|trials)": [^,]*'
of state
tail -1 events | grep -oE '"(states|left|stopped|exit_status)": [^}]*}?|"exit_status": [0-9]*' | sed 's/, "seconds.*//'
of trial_key | sort -u | wc -l

echo "# nothing to do"
muon-sweep run some.yaml --json --quiet > events
of event

echo "# a reader that goes away"
muon-sweep run some.yaml -s name=away --db away.db --json 2> log | head -1 | grep -o '"sweep": "[^"]*"'
grep -c 'the sweep goes on' log
muon-sweep status --db away.db --json | grep -o '"done": [0-9]*'

echo "# a full disk, and no standard output at all"
muon-sweep run some.yaml --db full.db --json > /dev/full 2> log
echo "exit $?"
grep -o 'warning: events.*' log
muon-sweep run some.yaml --db none.db --json >&- 2> log
echo "exit $?"
grep -c 'the sweep goes on' log
for db in full none; do
	muon-sweep status --db $db.db --json | grep -o '"done": [0-9]*'
done

echo "# plain output has nothing there to lose"
muon-sweep run some.yaml --db plain.db --quiet > /dev/full
echo "exit $?"

echo "# a reader that takes its time"
mkfifo slow
muon-sweep run some.yaml -s 'optimizer.adamw.lr={log: [1e-3, 1e-2, 24]}' --db slow.db --json --quiet > slow &
run=$!
exec 3< slow
wait_until in_state slow.db done 24
echo "done without being read"
cat <&3 > events
exec 3<&-
wait $run
echo "exit $?"
[ "$(wc -c < events)" -gt 70000 ] && echo "more than a pipe holds"
of event | sort | uniq -c | grep -E 'run_|trial_' | sed 's/^ *//'
