# What a run leaves unfinished is told, also by the runs after it, and by their exit status.
. "$CLI_TESTS/try"

pack_text

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
echo "# what may be typed then"
muon-sweep status | tail -2
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
echo "# a process that is gone"
muon-sweep run some.yaml -s train.budget.steps=3000 --db gone.db --jobs 1 --quiet &
run=$!
for _ in $(seq 400); do
	muon-sweep status --db gone.db --json 2> /dev/null | grep -q '"running": 1' && break
	sleep 0.01
done
kill -KILL $run
wait $run 2> /dev/null
muon-sweep status --db gone.db | grep -oE 'that process is gone.*|[0-9] trials are left.*'
echo "# a store that is not there yet"
muon-sweep status --watch --interval 0.1 --db late.db > watched 2> log &
watch=$!
sleep 0.2
muon-sweep run some.yaml --db late.db --where "steps_total = 20" --quiet
for _ in $(seq 100); do
	grep -q 'done *2' watched && break
	sleep 0.05
done
kill $watch
wait $watch 2> /dev/null
cat log
grep -m 1 'done *2' watched
echo "# events that nobody reads"
mkfifo events
sleep 60 < events &
reader=$!
muon-sweep run some.yaml -s train.budget.steps=10 -s eval.points=10 -s optimizer.adamw.lr='{log: [1e-3, 1e-2, 60]}' --json --db unread.db > events 2> log &
run=$!
for _ in $(seq 200); do
	muon-sweep status --db unread.db 2> /dev/null | grep -q 'done *60' && break
	sleep 0.05
done
sleep 0.5
kill -INT $run
wait $run
echo "exit $?"
tail -1 log
kill $reader
echo "# a store that nobody could find again"
try muon-sweep run some.yaml --db ""
try muon-sweep plan some.yaml --db :memory:
