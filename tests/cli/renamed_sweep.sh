# Trials that leave a sweep are told of, since fits no longer see them.
awk 'BEGIN { for (d = 0; d < 400; d++) { s = ""; for (i = 0; i < 60; i++) s = s "w" (d * i * 7919) % 613 " "; print s "\n" } }' >text.txt
muon-sweep data pack text.txt --split entry -o data/tiny.tokens --quiet >pack.out
cat >tiny.yaml <<'YAML'
data: {corpus: tiny, val_tokens: 2k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 10}, batch_tokens: 64}
eval: {tokens: 1k}
optimizer: [{name: adamw, lr: [0.01, 0.02]}]
YAML
muon-sweep run tiny.yaml --quiet && muon-sweep export | wc -l
muon-sweep run tiny.yaml -s 'optimizer.adamw.lr=[0.02, 0.04]' 2>&1 | grep 'no longer'
muon-sweep export | wc -l
