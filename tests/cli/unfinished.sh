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
	wait_until crashed "$1"
}

crashed() {
	worker=$(cut -d ' ' -f 1 "/proc/$1/task/$1/children" 2> /dev/null)
	if [ -n "$worker" ]; then
		kill -SEGV "$worker" 2> /dev/null
	else # too late
		! kill -0 "$1" 2> /dev/null || grep -q ') Z' "/proc/$1/stat" 2> /dev/null
	fi
}

# What a run says last, without times and numbers of signals.
again() {
	muon-sweep run some.yaml --jobs 1 "$@" 2> log
	echo "exit $?"
	sed -n '/ interrupted in /,$p' log | sed -E 's/ in [0-9.]+( min [0-9]+)? s$/ in N s/'
}

echo "# a part"
again --limit 1
echo "# a worker crashes"
cp results.db kept.db
for _ in $(seq 20); do # again where that worker had done its work before
	rm -rf results.db*
	cp kept.db results.db
	muon-sweep run some.yaml --jobs 1 --fail-fast 2> log &
	run=$!
	crash $run
	wait $run
	status=$?
	in_state results.db done 1 && break
done
echo "exit $status"
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
muon-sweep run some.yaml -s train.budget.steps=100000 --db gone.db --jobs 1 --quiet &
run=$!
wait_until in_state gone.db running 1
kill -KILL $run
wait $run 2> /dev/null
muon-sweep status --db gone.db | grep -oE 'that process is gone.*|[0-9] trials are left.*'
echo "# a store that is not there yet"
muon-sweep status --watch --interval 0.1 --db late.db > watched 2> log &
watch=$!
wait_until grep -q 'no store' log
muon-sweep run some.yaml --db late.db --where "steps_total = 20" --quiet
wait_until grep -q 'done *2' watched
kill $watch
wait $watch 2> /dev/null
cat log
grep -m 1 'done *2' watched
echo "# events that nobody reads"
mkfifo events
sleep 3600 < events &
reader=$!
muon-sweep run some.yaml -s train.budget.steps=10 -s eval.points=10 -s optimizer.adamw.lr='{log: [1e-3, 1e-2, 60]}' --json --db unread.db > events 2> log &
run=$!
wait_until grep -q '60 done' log
kill -INT $run
wait $run
echo "exit $?"
tail -1 log
kill $reader
echo "# a store that nobody could find again"
try muon-sweep run some.yaml --db ""
try muon-sweep plan some.yaml --db :memory:
