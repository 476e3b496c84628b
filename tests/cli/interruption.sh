# A signal stops a run with everything saved; the same command goes on and ends where an
# undisturbed run ends.
. "$CLI_TESTS/try"

pack_text

cat > long.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 300}, batch_tokens: 512}
eval: {points: 20, tokens: 1k}
optimizer: {name: adamw, lr: [4e-3, 6e-3, 8e-3]}
END

# Everything measured, without times and how many ran beside it.
curves() {
	muon-sweep export --db "$1" --curves --format jsonl | without_times | sort
}

# Steps of curves that are there twice.
doubled() {
	muon-sweep export --db "$1" --curves |
		awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $at["trial_key"], $at["steps"] }' |
		sort | uniq -d | wc -l
}

# Programs of this folder that still run.
none_runs() {
	n=0
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/cwd" 2> /dev/null)" = "$PWD" ] &&
			[ "$(readlink "$process/exe" 2> /dev/null)" = "$program" ] && n=$((n + 1))
	done
	[ $n -eq 0 ]
}

count() {
	muon-sweep status --db "$1" --json | grep -oE "\"$2\": [0-9]+" | sed 's/.* //'
}

# What a stopped run left in the store, and that the same command goes on from there.
check_stopped() {
	db=$1
	wait_until none_runs
	echo "$n processes are left"
	rest=$(($(count "$db" planned) + $(count "$db" running) + $(count "$db" interrupted)))
	echo "all accounted for: $((rest + $(count "$db" done)))"
	[ $rest -gt 0 ] && echo "not all are done"
	[ "$(count "$db" failed)$(count "$db" diverged)" = 00 ] && echo "none failed"
	curves "$db" > stopped
	[ "$(wc -l < stopped)" -ge 2 ] && echo "what was measured is there"
	planned=$(count "$db" planned)
	muon-sweep run long.yaml --jobs 2 --db "$db" --quiet --only interrupted
	[ "$(count "$db" planned)" = "$planned" ] && echo "what had not begun is left"
	echo "interrupted: $(($(count "$db" running) + $(count "$db" interrupted)))"
	muon-sweep run long.yaml --jobs 2 --db "$db" --quiet
	echo "exit $?"
	echo "$(count "$db" done) done, $(doubled "$db") steps are there twice"
	curves "$db" | cmp - undisturbed && echo "the same rows as undisturbed"
}

program=$(realpath "$(command -v muon-sweep)")
muon-sweep run long.yaml --jobs 2 --db undisturbed.db --quiet
echo "exit $?"
curves undisturbed.db > undisturbed

# stop SIGNAL: from the first rows on; again where the whole sweep was done before that.
stop() {
	for _ in $(seq 20); do
		rm -rf "$1".db*
		muon-sweep run long.yaml --jobs 1 --db "$1".db 2> log &
		run=$!
		wait_until ended_or $run has_rows "$1".db 2
		kill "-$1" $run
		wait $run 2> /dev/null
		status=$?
		in_state "$1".db done 3 || break
	done
	echo "exit $status"
}

for signal in INT TERM KILL; do
	echo "# SIG$signal"
	stop $signal
	grep -oE 'everything that was measured is in .*' log
	check_stopped $signal.db
done

# Uncalibrated, one trial is expected to fit.
echo "# a time budget"
muon-sweep run long.yaml --jobs 2 --db budget.db --limit 1 --quiet
XDG_CACHE_HOME=$PWD/none muon-sweep run long.yaml --jobs 1 --db budget.db --time-budget 0.5s 2> log
echo "exit $?"
grep -oE 'everything that was measured is in .*' log
check_stopped budget.db
