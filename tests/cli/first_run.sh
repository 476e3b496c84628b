# From a text to a figure: pack, plan, run, run again, grow, look.
. "$CLI_TESTS/try"

# Times, losses and what follows from them differ between machines: every such number becomes N.
numbers() {
	sed -E 's/loss [0-9.]+  bpb [0-9.]+ .*/loss N  bpb N/; s/ in [0-9.]+( min [0-9]+)? s$/ in N s/
		s/about [0-9.]+ s with [0-9]+ jobs?, [0-9.]+ s of it left; [0-9.]+ s one/about N s with J jobs, N s of it left; N s one/
		s/^\((uncalibrated|from [0-9]+ measurements?).*/(from so many measurements)/
		s/ [0-9.]+ s( +)(planned|done)$/ N s\1\2/; s/ +[0-9.]+ MiB/ N MiB/; s/with [0-9]+ at once/with J at once/'
}

# Trials end in any order.
by_name() {
	sed -E 's|^muon-sweep: +[0-9]+/[0-9]+ |muon-sweep:   n/n |' | sort -s
}

make_text > text.txt
try muon-sweep data pack text.txt -o text.tokens
try muon-sweep data info text --val-tokens 16k

cat > first.yaml <<'END'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: [20, 40]}, batch_tokens: 256}
eval: {points: 4, tokens: 2k}
optimizer:
  - {name: adamw, tune: {lr: [3e-3, 1e-2]}}
  - {name: muon, tune: {lr: [1e-2, 3e-2]}}
END
try muon-sweep plan first.yaml | numbers
echo "# the first run"
try muon-sweep run first.yaml | numbers | by_name
muon-sweep export -o first.csv --quiet
echo "# again: nothing is trained"
try muon-sweep run first.yaml | numbers
muon-sweep export -o again.csv --quiet
cmp first.csv again.csv && echo "the same rows"
echo "# a larger sweep trains what is new"
try muon-sweep run first.yaml -s 'train.budget.steps=[20,40,80]' | numbers | by_name
echo "# the same cells under another name are not trained again"
try muon-sweep run first.yaml -s name=other | numbers
try muon-sweep plan first.yaml -s 'train.budget.steps=[20,40,80]' | numbers | tail -6
try muon-sweep status
try muon-sweep status --sweep other --json | sed -E 's/"seconds": [0-9.e+-]+/"seconds": N/'

echo "# the same numbers from another process count, and from nothing"
muon-sweep run first.yaml --jobs 1 --db single.db --quiet
for db in results.db single.db; do
	muon-sweep export --db $db --sweep first --where 'steps_total < 80' --format jsonl |
		sed -E 's/"(seconds[a-z_]*|jobs)": [^,]*, //g' | sort > $db.jsonl
done
cmp results.db.jsonl single.db.jsonl && wc -l < results.db.jsonl

echo "# export"
muon-sweep export --sweep first > first.csv
for column in params tokens flops loss optimizer label params_hidden batch_tokens steps lr weight_decay seed seconds flops_optimizer \
	trial_key sweep val_bpb test_loss state final; do
	head -1 first.csv | tr ',' '\n' | grep -qx $column || echo "no column $column"
done
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
	{ print $at["label"], $at["lr"], $at["params"], $at["tokens"], $at["steps"], $at["flops"], $at["state"],
	  ($at["loss"] > 0 && $at["loss"] < 5.55 && $at["seconds"] > 0) ? "sane" : "wrong" }' first.csv
echo "$(muon-sweep export --sweep first --curves | wc -l) lines of curves"
try muon-sweep export --where "label = 'muon' AND steps_total = 80" --curves --format jsonl -o curves.jsonl |
	sed -E 's/wrote [0-9]+ rows/wrote N rows/'
[ "$(grep -c '^{.*}$' curves.jsonl)" -eq "$(wc -l < curves.jsonl)" ] && echo "every line is an object"

echo "# fit"
muon-sweep fit --sweep first --json > fit.json
echo "exit $?"
grep -oE '"(laws|efficiency|frontier|dropped|trends)": |"(law|group)": "[^"]*"' fit.json | sort | uniq -c | sed 's/^ *//'
muon-sweep fit --sweep first > fit.txt
echo "exit $?"
grep -E '^(power|power_offset|frontier|compute|before)' fit.txt | sed -E 's/ .*//'
muon-sweep fit --sweep first --json > fit2.json
cmp fit.json fit2.json && echo "the same bits"
muon-sweep export --sweep first -o all.csv --quiet
muon-sweep fit --csv all.csv --json --quiet | tr ',' '\n' | grep '"objective"' > by_csv
tr ',' '\n' < fit.json | grep '"objective"' | cmp - by_csv && echo "the store and its export give the same objectives"

echo "# plot"
for figure in loss frontier lr; do
	muon-sweep plot $figure --sweep first > $figure.txt
	echo "$figure: exit $?, $(grep -c . $figure.txt | awk '{ print ($1 > 15) ? "drawn" : "empty" }')"
	try muon-sweep plot $figure --sweep first --data $figure.dat
	[ -s $figure.dat ] && [ -s $figure.dat.gp ] && echo "numbers and script"
done
try muon-sweep plot loss --sweep first -o loss.svg
grep -c '<svg' loss.svg
ls ./*.tmp.* 2> /dev/null
true
