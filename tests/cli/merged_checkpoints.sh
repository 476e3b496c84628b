# A trial that was interrupted in a shard goes on in the merged store from its checkpoint, and ends
# as one that was never disturbed.
. "$CLI_TESTS/try"

pack_text

cat > ladder.yaml <<'YAML'
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: 16x1, head_dim: 16, context: 32}
train:
  budget: {steps: [100, 2000]}
  batch_tokens: 256
  schedule: {kind: wsd, warmup_steps: 10, decay: 0.2}
eval: {points: 10, tokens: 1k}
optimizer: [{name: adamw, lr: 4e-3}, {name: adamw, label: other, lr: 8e-3}]
YAML

rows() {
	muon-sweep export --db "$1" --curves --format jsonl | without_times | sort
}

# files STORE: its checkpoints with their sizes.
files() {
	find "$1-checkpoints" -type f -printf '%P %s\n' 2> /dev/null | sort
}

# Steps of all checkpoints of a store.
steps() {
	files "$1" | sed 's/.*\/\([0-9]*\)[.].*/\1/' | sort -n
}

# The line of a merge that has numbers which depend on the moment of the stop.
without_sizes() {
	sed -E 's/^[0-9]+ (checkpoints taken along), .*/N \1, SIZE/'
}

muon-sweep run ladder.yaml --db whole.db --quiet
rows whole.db > whole
muon-sweep run ladder.yaml --db one.db --shard 1/2 --quiet

# Again where all was done before it was stopped.
for _ in $(seq 20); do
	rm -rf two.db*
	muon-sweep run ladder.yaml --db two.db --shard 2/2 --jobs 1 --checkpoint-every 50 --quiet &
	run=$!
	wait_until ended_or $run has_step two.db 300
	kill -TERM $run 2> /dev/null
	wait $run
	status=$?
	[ $status -eq 0 ] || break
done
echo "exit $status"
stopped=$(steps two.db | tail -1)
[ "$stopped" -ge 300 ] && echo "stopped on the way"
files two.db > two.files

echo "# what is not done goes along, once"
try muon-sweep merge one.db two.db --db both.db > merged
without_sizes < merged
files two.db | cmp - two.files && echo "the source is as it was"
steps both.db | tail -1 | grep -qx "$stopped" && echo "the newest is there"
files both.db > both.files
try muon-sweep merge one.db two.db --db both.db
files both.db | cmp - both.files && echo "no more and no less"
try muon-sweep merge two.db --db json.db --json | grep -oE '"checkpoint(s|_bytes)": [1-9]' | cut -d : -f 1

echo "# what is damaged does not"
mkdir copy
cp -r two.db* copy
newest=$(find copy -name "$stopped.checkpoint")
printf x | dd of="$newest" bs=1 seek=2000 conv=notrunc 2> /dev/null
try muon-sweep merge copy/two.db --db damaged.db 2>&1 | grep -o 'warning:.*' |
	sed -E 's/[^/]*[/][0-9]+[.]checkpoint/KEY/'
steps damaged.db | grep -cx "$stopped"
steps damaged.db | grep -q . && echo "the one before it is there"

muon-sweep merge copy/two.db --db json-damaged.db --json 2> log | grep -oE '"checkpoints_skipped.*'

echo "# nor where there is no room, but the rows are in"
: > full.db-checkpoints
try muon-sweep merge one.db two.db --db full.db | sed -E 's/(-checkpoints[/])[0-9a-f]+/\1KEY/'
muon-sweep merge one.db two.db --db full.db --json 2> log | grep -oE '"checkpoint_error": "cannot make the folder'

echo "# it goes on"
rm full.db-checkpoints
for db in both damaged full; do
	muon-sweep run ladder.yaml --db $db.db --jobs 1 2> log
	echo "exit $?"
	grep -oE 'goes on from step' log
	rows $db.db | cmp - whole && echo "the same rows as undisturbed"
	files $db.db
done
grep -c . whole
