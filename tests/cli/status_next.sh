# What status says to type next names the file, the settings and the store, or what is not known.
. "$CLI_TESTS/try"

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null

cat > some.yaml <<'YAML'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: [10, 11]}, batch_tokens: 64}
eval: {points: 2, tokens: 1k}
optimizer: {name: adamw, lr: 4e-3}
YAML

next() {
	muon-sweep status "$@" | grep -E 'left:|again'
}

muon-sweep run some.yaml --limit 1 --db 'a store.db' --quiet
next --db 'a store.db'
muon-sweep run some.yaml -s 'optimizer.adamw.lr=[1e-3, 2e-3]' -s seed=2 --limit 2 --db set.db --quiet
next --db set.db
muon-sweep run some.yaml -s name=other --limit 1 --db set.db --quiet
next --db set.db
next --db set.db --sweep other
# A file of that name, but another one; none.
echo '# another' >> some.yaml
next --db set.db --sweep some
mkdir away
cd away
MUON_SWEEP_DATA=.. muon-sweep status --db '../a store.db' | tail -1
# Without a line end at the end of the file.
cd ..
printf '{data: {corpus: text, val_tokens: 16k}, model: {size: 16x1, head_dim: 16, context: 32}, train: {budget: {steps: [10, 11]}, batch_tokens: 64}, eval: {points: 2, tokens: 1k}, optimizer: {name: adamw, lr: 4e-3}}' > flow.yml
muon-sweep run flow.yml -s eval.points=1 --limit 1 --db flow.db --quiet
next --db flow.db
