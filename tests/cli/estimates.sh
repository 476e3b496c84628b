# Times: from the cache that runs fill, for so many trials at once; and how a worker starts.
. "$CLI_TESTS/try"
XDG_CACHE_HOME=$PWD/cache
export XDG_CACHE_HOME

pack_text
cat > sweep.yaml <<'EOF'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 400}, batch_tokens: 512}
eval: {points: 4, tokens: 2k}
optimizer:
  - {name: adamw, tune: {lr: [3e-3, 6e-3]}}
  - {name: muon, tune: {lr: [1e-2, 3e-2]}}
EOF

# value NAME: of the totals of a plan, from its JSON.
value() {
	tr ',{}' '\n\n\n' | grep -E "^ ?\"$1\": " | tail -1 | sed 's/.*: //'
}

# plan OPTIONS: what it says of times, as shares of the sum.
plan() {
	muon-sweep plan sweep.yaml --json --quiet "$@" > plan.json
	awk -v sum="$(value seconds_estimated < plan.json)" -v wall="$(value wall_seconds < plan.json)" \
		-v left="$(value wall_seconds_left < plan.json)" 'BEGIN {
		share = sum > 0 ? wall / sum : -1
		jobs = share
		if (share > 0.99) jobs = "one after the other"
		if (share > 0.49 && share < 0.65) jobs = "two at once"
		if (share > 0.2 && share < 0.4) jobs = "four at once"
		printf "%s, %s\n", jobs, (left > 0) ? "to be done" : "done"
	}'
	echo "calibrated: $(value calibrated < plan.json)"
}

echo "# before anything was measured"
plan --jobs 1
plan --jobs 2
plan --jobs 4
muon-sweep run sweep.yaml --jobs 2 --dry-run --quiet | grep -E '^(about|\()' | sed -E 's/[0-9.]+ s/N s/g'
[ ! -e cache/muon-sweep/calibration.tsv ] && echo "plan measures nothing"

echo "# the file is read once, for all workers"
try muon-sweep run /dev/stdin --jobs 2 --db one.db --quiet < sweep.yaml
wc -l < cache/muon-sweep/calibration.tsv
plan --jobs 2 --db one.db
muon-sweep plan sweep.yaml --jobs 2 --db one.db --quiet | grep '^('

echo "# a cache that is damaged, and one that cannot be written"
echo nonsense >> cache/muon-sweep/calibration.tsv
muon-sweep plan sweep.yaml 2>&1 > /dev/null | sed -E "s|'.*/cache|'cache|" | grep 'no measurements'
touch file
XDG_CACHE_HOME=$PWD/file muon-sweep run sweep.yaml --db two.db 2>&1 |
	grep -oE 'measured times are not kept|4 done, 0 diverged'

echo "# a cache that another program keeps locked"
cp cache/muon-sweep/calibration.tsv before.tsv
flock cache/muon-sweep/calibration.tsv.lock muon-sweep run sweep.yaml --db three.db 2>&1 |
	grep -oE 'measured times are not kept|4 done, 0 diverged'
cmp before.tsv cache/muon-sweep/calibration.tsv && echo "as it was"

echo "# another precision makes other trials"
muon-sweep plan sweep.yaml --quiet --json | grep -o '"trial_key": "[^"]*"' > fp32
muon-sweep run sweep.yaml --precision bf16 --dry-run --quiet --json | grep -o '"trial_key": "[^"]*"' > bf16
cat fp32 bf16 | sort | uniq -d | wc -l
try muon-sweep run sweep.yaml --precision fp8 --dry-run

echo "# a worker builds its own cell alone, and only the trial that it was asked for"
key=$(sed -n '3s/.*: "\(.*\)"/\1/p' fp32)
muon-sweep worker sweep.yaml "$key" 2 | cut -f 1,2 | sed -n '1p;$p'
muon-sweep worker sweep.yaml "$key" 1 | cut -f 1,2,3 | sed "s,now [^;]*;,now another;,"
muon-sweep worker sweep.yaml "$key" 99 | cut -f 1,2,3 | sed "s,now [^;]*;,now another;,"
muon-sweep worker sweep.yaml "$key" x 2>&1

echo "# measured instead of trained"
try muon-sweep bench sweep.yaml
muon-sweep bench --calibrate sweep.yaml --quiet | wc -l
muon-sweep bench --calibrate sweep.yaml -s optimizer.muon.ns_steps=3 --quiet --json | grep -o '"optimizer": "[^"]*"'
muon-sweep bench --calibrate sweep.yaml -s train.budget.steps=10 --quiet | wc -l
