# The benchmark: its fields, ranges that hold on any machine, refusals; nothing is said about speed.
. "$CLI_TESTS/try"

# value FILE FIELD: the first number of that name.
value() {
	tr ',{' '\n\n' < "$1" | sed -n "s/^ *\"$2\": \([-0-9.e+]\{1,\}\).*/\1/p" | head -1
}

# between FILE FIELD LOW HIGH
between() {
	value "$1" "$2" | awk -v name="$2" -v low="$3" -v high="$4" '
		{ n++; ok = $1 >= low && $1 <= high; got = $1 }
		END { print name (n == 1 && ok ? " is sane" : " is not sane: " got) }'
}

# The names of all fields, each once, in their order.
fields() {
	grep -oE '"[a-z_0-9]+":' "$1" | awk '!seen[$1]++ { printf "%s%s", n++ ? " " : "", $1 } END { print "" }' | tr -d '":'
}

# side_by_side N SECONDS MOST: how much more than one process N do; again where the machine was just
# then busy with other work.
side_by_side() {
	for _ in $(seq 10); do
		muon-sweep bench --config S --side-by-side "$1" --seconds "$2" --json > side.json
		echo "exit $?" > ratio
		between side.json over_one_process 0.05 "$3" >> ratio
		grep -q 'is sane' ratio && break
	done
	cat ratio
}

echo "# fields"
muon-sweep bench --config S --optimizer adamw,muon --seconds 0.1 --json > speed.json
echo "exit $?"
fields speed.json | fold -s -w 98 | sed 's/ $//'
grep -oE '"(name|optimizer|precision)": "[a-zA-Z0-9]+"|"threads": [0-9]+|"over_[a-z_]+": null' speed.json
between speed.json sgemm_gflops 0.1 1e5
between speed.json rounds 3 1000
between speed.json tokens_per_second 100 1e9
between speed.json nominal_gflops 0.05 1e6
between speed.json sgemm_fraction 0.001 20
between speed.json bound_fraction 0.01 20
between speed.json optimizer_share 0 1
between speed.json forward 1e-6 1e6
between speed.json over_plain_orthogonalisation 0.01 100

echo "# several threads stand beside one"
muon-sweep bench --config S --threads 2 --seconds 0.1 --json > threads.json
echo "exit $?"
between threads.json over_one_thread 0.001 20
muon-sweep bench --config S --threads 2 --seconds 0.1 | sed -E 's/ +[0-9].*times/ N times/; s/^(S +adamw +fp32 +2) .*/\1/'

echo "# by operation"
muon-sweep bench --config S --optimizer muon --seconds 0.1 --breakdown --json > breakdown.json
echo "exit $?"
fields breakdown.json
grep -oE '"part": "[a-z]+", "operation": "(matmul|attention_forward|cross_entropy_backward|momentum|between)"' breakdown.json | sort
tr '{' '\n' < breakdown.json | awk -F'[:,}]' '/"step_ms"/ { for (i = 1; i < NF; i++) if ($i ~ /step_ms/) whole = $(i + 1) }
	/"part"/ { sum += $8 } END { print (sum > 0.999 * whole && sum < 1.001 * whole) ? "the parts are the whole" : "parts " sum " of " whole }'

echo "# side by side"
side_by_side 2 0.1 3
fields side.json
between side.json tokens_per_second 100 1e9
between side.json processes 2 2
between side.json rounds 3 1000
try muon-sweep bench --config S --side-by-side 1 --seconds 0 | sed -E 's/: [0-9]+ tokens.*, .*times/: N tokens by J at once, R times/'

# More than there are cores; on a busy machine each of them may get as much of it as one alone.
side_by_side 4 1 6

echo "# refusals"
try muon-sweep bench --config S,X
try muon-sweep bench --config ,
try muon-sweep bench --optimizer moun
try muon-sweep bench --precision fp32,fp16
try muon-sweep bench --breakdown --side-by-side 2
try muon-sweep bench --threads 0
try muon-sweep bench --side-by-side many
try muon-sweep bench --config S --backend cuda
