# What status says to type next is the command of the last run, wherever its file lies by now, with
# the store and the shard; where it is not known, the sweep's name and its file stand for it.
. "$CLI_TESTS/try"

pack_text

mkdir sub
cat > sub/some.yaml <<'YAML'
name: study
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: [10, 11]}, batch_tokens: 64}
eval: {points: 2, tokens: 1k}
optimizer: {name: adamw, lr: 4e-3}
YAML

next() {
	muon-sweep status "$@" | grep -E 'left:|counted:|again'
}

# paste: types what status says is to be typed next.
paste() {
	command=$(next "$@" | sed 's/[^:]*: //')
	eval "$command --quiet"
	echo "exit $?"
}

muon-sweep run sub/some.yaml --limit 1 --db 'a store.db' --quiet
next --db 'a store.db'
muon-sweep run sub/some.yaml -s 'optimizer.adamw.lr=[1e-3, 2e-3]' -s seed=2 --limit 2 --db set.db --quiet
next --db set.db
muon-sweep run sub/some.yaml -s name=other --limit 1 --db set.db --quiet
next --db set.db
next --db set.db --sweep other
echo "# a remark in the file changes nothing"
echo '# remark' >> sub/some.yaml
paste --db 'a store.db'
next --db 'a store.db'
echo "# what decides the numbers comes along, and the shard; the rest does not"
for shard in 1/2 2/2; do
	muon-sweep run sub/some.yaml --shard $shard --threads 2 --jobs 1 --precision fp32 \
		--db "${shard%/2}.db" --where 'steps_total > 10' --retries 1 --limit 0 --quiet
done
next --db 1.db
next --db 2.db
muon-sweep merge 1.db --db merged.db --quiet > /dev/null
next --db merged.db
paste --db merged.db
echo "# names that look like options"
cp sub/some.yaml ./-some.yaml
muon-sweep run --limit 1 --db ./-.db --quiet -- -some.yaml
paste --db -.db
muon-sweep status --db -.db | head -1
