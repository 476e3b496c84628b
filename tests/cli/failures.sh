# Trials that fail, for real reasons: what is said at the end of a run, by `status` and as events,
# and the command that tries them again, as it is printed.
. "$CLI_TESTS/try"

pack_text
cat > some.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 10}, batch_tokens: 4k}
eval: {points: 0, tokens: 1k}
optimizer: {name: adamw, lr: [1e-3, 2e-3, 3e-3, 4e-3]}
END

# Without times, sizes in memory and which trial came first.
plain() {
	sed -E 's/ in [0-9.]+ m?s$/ in N s/; s/[0-9.]+ MiB/N MiB/; s/lr=[0-9.e-]+/lr=X/
		s/^( +)[0-9a-f]{10}  /\1KEY  /; s/lr [0-9.]+,/lr X,/; s/; the system .*memory.*//'
}

summary() {
	sed -n '/ interrupted in /,$p' log | plain
}

# Of addresses OpenBLAS alone takes 256 MiB; a model of this size gets none.
big='-s model.size=512x4'
without_memory() {
	(ulimit -v 600000; muon-sweep run some.yaml $big --db memory.db --jobs 1 "$@" 2> log)
	echo "exit $?"
}

# type_again: types the command that a log shows.
type_again() {
	command=$(sed -nE 's/.* again: (muon-sweep .*)/\1/p' log)
	eval "$command --quiet"
	echo "exit $?"
}

echo "# one, three, all"
without_memory --limit 1
summary
without_memory --limit 3
summary
without_memory --only failed
summary
muon-sweep status --db memory.db | plain
echo "# once more each"
without_memory --only failed --limit 2 --retries 1 --json > events
tail -1 events
summary
grep -c 'trying again' log
grep -oE '"try": [0-9]+|"state": "[a-z]+", "reason": "[^"]*"|"(states|exit_status)": [^}]*}?' events |
	plain | sed 's/, "elsewhere.*//'
echo "# the first is enough"
without_memory --only failed --fail-fast
summary
echo "# a worker is killed, and the corpus is another when the next one starts"
tr "a-m" "b-n" < text.txt > other.txt
muon-sweep data pack other.txt -o other.tokens --quiet > /dev/null
mv text.tokens kept.tokens
# Again where the worker had trained its trial before it was stopped.
for _ in $(seq 20); do
	rm -rf "my study.db"*
	cp kept.tokens text.tokens
	muon-sweep run some.yaml --db "my study.db" --jobs 1 -s 'train.budget.steps=[600, 20]' \
		-s 'optimizer.adamw.lr=[1e-3, 2e-3]' -s train.batch_tokens=512 2> log &
	run=$!
	wait_until ended_or $run first_worker $run
	kill -STOP "$worker"
	mv other.tokens text.tokens
	kill -KILL "$worker"
	wait $run
	status=$?
	cp text.tokens other.tokens
	in_state "my study.db" failed 4 && break
done
echo "exit $status"
summary
muon-sweep status --db "my study.db" | grep -E 'failed' | plain | sort
mv kept.tokens text.tokens
type_again
