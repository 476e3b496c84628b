# What a run leaves unfinished is told, also by the runs after it, and by their exit status.
. "$CLI_TESTS/try"

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null

cat > some.yaml <<'YAML'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: [300, 20]}, batch_tokens: 512}
eval: {points: 10, tokens: 1k}
optimizer: {name: adamw, lr: [4e-3, 8e-3]}
YAML

# crash PROCESS: ends the first worker that it starts, as a fault of the program would.
crash() {
	for _ in $(seq 400); do
		worker=$(cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2> /dev/null)
		[ -n "$worker" ] && kill -SEGV "$worker" 2> /dev/null && return
		sleep 0.01
	done
	echo "no worker came"
}

# What a run says last, without times and numbers of signals.
again() {
	muon-sweep run some.yaml --jobs 1 "$@" 2> log
	echo "exit $?"
	sed -n '/ interrupted in /,$p' log | sed -E 's/ in [0-9.]+ m?s$/ in N s/'
}

echo "# a part"
again --limit 1
echo "# a worker crashes"
muon-sweep run some.yaml --jobs 1 --fail-fast 2> log &
run=$!
crash $run
wait $run
echo "exit $?"
echo "# the next run does not forget it"
again
again
echo "# nor is it of those that are asked for here"
again --only interrupted
again --where "steps = 20"
echo "# tried again"
again --only failed
again
again --where "label = 'muon'"
again --where 'label = "adam"'
echo "# a store that nobody could find again"
try muon-sweep run some.yaml --db ""
try muon-sweep plan some.yaml --db :memory:
