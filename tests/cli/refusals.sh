# Broken input: the exact message, with its place and remedy, and the exit status.
. "$CLI_TESTS/try"

pack_text

cat > good.yaml <<'END'
name: good
seed: 1
data: {corpus: text, val_tokens: 16k}
model: {size: 32x2, head_dim: 16, context: 32}
train: {budget: {steps: [20, 40]}, batch_tokens: 256}
eval: {points: 4, tokens: 2k}
optimizer:
  - {name: adamw, tune: {lr: [3e-3, 1e-2]}}
  - {name: muon, tune: {lr: [1e-2, 3e-2]}}
END

# Sweep files: each line is an edit of the good one.
echo "# sweep files"
while IFS= read -r edit; do
	sed "$edit" good.yaml > t.yaml
	printf '%s\n' "$edit"
	muon-sweep plan t.yaml 2>&1
	echo "exit $?"
done <<'END'
s/seed: 1/sed: 1/
s/seed: 1/seed: one/
s/seed: 1/seed: 0.5/
s/seed: 1/seed: -1/
s/name: good/- name: good/
s/name: good/name: "good/
s/name: good/name: good\nname: again/
s/head_dim: 16/head_dmi: 16/
s/head_dim: 16/head_dim: 24/
s/head_dim: 16/head_dim: [16, 24]/
s/head_dim: 16/head_dim: 15/
s/size: 32x2/size: 32/
s/size: 32x2/size: []/
s/size: 32x2, //
s/size: 32x2/size: {params: 1e3, aspect: 16}/
s/context: 32/context: 48/
s/context: 32/context: {log: [32, 64]}/
s/context: 32/family: gpt/
s/context: 32/parameterization: {kind: mup, base_width: 32}/
s/corpus: text/corpus: texd/
s/corpus: text/tokenizer: bpe.model, corpus: text/
s/corpus: text/files: [none-*.bin]/
s/val_tokens: 16k/val_tokens: 1M/
s/val_tokens: 16k/val_tokens: 16x/
s/batch_tokens: 256/batch_tokens: 100/
s/batch_tokens: 256/batch_token: 256/
s/, batch_tokens: 256//
s/batch_tokens: 256/batch_tokens: {law: "0.1*C^0.3"}/
s/batch_tokens: 256/batch_tokens: 256, precision: fp8/
s/batch_tokens: 256/batch_tokens: 256, backend: cuda/
s/batch_tokens: 256/batch_tokens: 256, backend: opencl/
s/batch_tokens: 256/batch_tokens: 256, schedule: cosin/
s/batch_tokens: 256/batch_tokens: 256, grad_clip: -1/
s/steps: .20, 40./steps: 5/
s/steps: .20, 40./steps: 20, tokens: 1M/
s/steps: .20, 40./tokens: 10M/
s/steps: .20, 40./flops: {log: [1e9, 1e8, 0]}/
s/eval: .*/require: {steps: [1000, null]}/
s/eval: .*/zip: [{train.budget.steps: [20, 40], model.size: [32x2]}]/
s/eval: .*/when: [{if: {model.size: 32x2}}]/
s/name: adamw/name: adam/
s/name: adamw, /label: adamw, /
s/name: muon/name: adamw/
s/name: muon/name: muon, inherit: adamw/
s/name: muon/name: muon, ns_step: 5/
s/name: muon/name: muon, ns_steps: 50/
s/name: muon/name: muon, ns_coefficients: jordn/
s/name: muon/name: muon, lr_scale: rms/
s/name: adamw/name: adamw, betas: 0.9/
s/name: adamw/name: adamw, betas: [0.9, 1.5]/
s/lr: .3e-3, 1e-2./lr: {law: "0.0127*Cc^-0.0575"}/
s/lr: .3e-3, 1e-2./lr: [3e-3, fast]/
s/lr: .3e-3, 1e-2./lr: {bracket: {form: 1e-3, factor: 2, points: 3}}/
s/, tune: {lr: .3e-3, 1e-2.}//
s/optimizer:/optimizer: adamw/;8,9d
/optimizer:/,$d
1,$d
END

echo "# overrides and sweep names"
try muon-sweep plan nothing
try muon-sweep plan quickstrat
try muon-sweep plan missing.yaml
try muon-sweep plan .
try muon-sweep plan good.yaml -s
try muon-sweep plan good.yaml -s seed
try muon-sweep plan good.yaml -s seed=x
try muon-sweep plan good.yaml -s model.wdith=3
try muon-sweep plan good.yaml -s optimizer.moun.lr=1e-2
try muon-sweep plan good.yaml -s optimizer.muon.lrr=1e-2
try muon-sweep plan good.yaml -s 'model.size=[32x2'
try muon-sweep plan good.yaml -s model.size=
try muon-sweep run good.yaml -s data.corpus=missing
try muon-sweep plan good.yaml -s train.budget.steps=40 -s data.unique_tokens=10k
try muon-sweep plan good.yaml -s 'zip=[{model.size: [16x1], train.batch_tokens: [512]}]'

echo "# a preset and a file of its name"
mkdir quickstart
muon-sweep plan quickstart -s data.corpus=missing 2>&1 | sed "s/ 'muon.*//"
rmdir quickstart
cp good.yaml quickstart
muon-sweep plan quickstart 2>&1 > /dev/null | grep taken
rm quickstart

echo "# command lines"
try muon-sweep frobnicate
try muon-sweep stauts
try muon-sweep plan
try muon-sweep plan a b
try muon-sweep status extra
try muon-sweep fit --csvv x
try muon-sweep fit -x
try muon-sweep fit -csv x
try muon-sweep fit -s seed=2
try muon-sweep fit --csv
try muon-sweep fit --bootstrap many
try muon-sweep fit --bootstrap -5
try muon-sweep fit --json=maybe
try muon-sweep help nothing
try muon-sweep help fgures
try muon-sweep run good.yaml --time-budget soon
try muon-sweep run good.yaml --time-budget -3h
try muon-sweep run good.yaml --hang-after 0.5s
try muon-sweep run good.yaml --jobs -1
try muon-sweep run good.yaml --jobs two
try muon-sweep run good.yaml --threads 0
try muon-sweep run good.yaml --only faild
try muon-sweep run good.yaml --backend cuda
try muon-sweep run good.yaml --db no/such/folder/x.db
try muon-sweep data
try muon-sweep data pakc
try muon-sweep bench --config XL
