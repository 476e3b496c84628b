# Two shards, merged, are the sweep trained at once: all columns but the seconds.
. "$CLI_TESTS/try"
make_text >text.txt
muon-sweep data pack text.txt --split entry -o tiny.tokens --quiet >pack.out
cat >tiny.yaml <<'YAML'
data: {corpus: tiny, val_tokens: 2k}
model: {size: [16x1, 16x2], head_dim: 16, context: 32}
train: {budget: {steps: [10, 20]}, batch_tokens: 64}
eval: {tokens: 1k}
optimizer: [{name: adamw, lr: 0.01}, {name: muon, lr: 0.02}]
YAML
muon-sweep run tiny.yaml --quiet --db whole.db
muon-sweep run tiny.yaml --quiet --db one.db --shard 1/2
muon-sweep run tiny.yaml --quiet --db two.db --shard 2/2

rows() {
	muon-sweep export --curves --format jsonl --db "$1" | without_times
}
rows whole.db >whole.rows
try muon-sweep merge one.db two.db --db both.db
rows both.db >both.rows
cmp whole.rows both.rows && echo "the same $(wc -l <both.rows) lines"
muon-sweep export --db one.db | wc -l
# A plan shows what the shard has trained.
plan_of() {
	muon-sweep plan tiny.yaml --quiet --db "$1.db" --shard "$2" | grep -E 'planned|done|shard' | awk '
		/shard/ { sub(/,[^,]*,[^,]*$/, "") } NF > 9 { print $1, $2, $7, $NF; next } { print }'
}
plan_of one 1/2
plan_of one 2/2 | tail -2
muon-sweep run tiny.yaml --dry-run --quiet --db one.db --shard 1/2 | grep -c ' done$'
muon-sweep export --db two.db | wc -l

# Again, and the other way round.
try muon-sweep merge two.db one.db --db both.db
rows both.db | cmp - both.rows && echo same
try muon-sweep merge one.db --db both.db --json
muon-sweep plan tiny.yaml --db both.db --json | tr ',' '\n' | grep -c '"state": "done"'

# What cannot be merged leaves nothing behind.
try muon-sweep merge one.db missing.db --db not.db
try muon-sweep merge one.db tiny.yaml --db not.db
try muon-sweep merge both.db --db both.db
try muon-sweep run tiny.yaml --shard 3/2
ls not.db* 2>/dev/null
rows both.db | cmp - both.rows && echo same

# What is tuned together stays together, and who inherits from it.
cat >tuned.yaml <<'YAML'
data: {corpus: tiny, val_tokens: 2k}
model: {size: [16x1, 16x2], head_dim: 16, context: 32}
train: {budget: {steps: [10, 20]}, batch_tokens: 64, schedule: {kind: wsd, warmup: {steps: 2}, decay: 0.2}}
eval: {tokens: 1k}
optimizer:
  - {name: adamw, tune: {lr: {bracket: {from: 0.01, factor: 2, points: 2}}}}
  - {label: heir, name: muon, inherit: adamw}
YAML
muon-sweep run tuned.yaml --quiet --db tuned.db 2>tuned.err
for k in 1 2; do muon-sweep run tuned.yaml --quiet --db tuned-$k.db --shard $k/2 2>tuned.err; done
muon-sweep merge tuned-*.db --db tuned-all.db >merged.out
rows tuned.db | sort >tuned.rows
[ -s tuned.rows ] && rows tuned-all.db | sort | cmp tuned.rows - && echo "the same tuned trials"
grep heir tuned.rows | wc -l
for k in 1 2; do test "$(muon-sweep export --db tuned-$k.db | wc -l)" -gt 1 && echo "shard $k has some"; done
