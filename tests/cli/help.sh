# Help: every command starts with examples, and every table that a user may need is in it.
. "$CLI_TESTS/try"

commands="plan run status fit plot report export data bench devices help"

# has FILE WORDS...: names the words that are nowhere in the file.
has() {
	file=$1
	shift
	for word in "$@"; do
		grep -qF -e "$word" "$file" || echo "$file: '$word' is missing"
	done
}

echo "# overview"
muon-sweep help > overview
echo "exit $?"
sed -n 1,5p overview
for command in $commands; do
	grep -qE "^  $command +[^ ]" overview || echo "no line on $command"
done
muon-sweep --help | cmp - overview
muon-sweep -h | cmp - overview
muon-sweep 2>&1 > nothing | cmp - overview
echo "no command: $(muon-sweep 2> /dev/null; echo "exit $?"), $(wc -c < nothing) bytes on stdout"

echo "# commands"
for command in $commands; do
	muon-sweep help "$command" > help
	status=$?
	examples=$(sed -n '/^Examples:$/,/^$/p' help | grep -c "^  muon-sweep $command")
	echo "$command: exit $status, examples $([ "$examples" -ge 1 ] && echo shown || echo missing) on line $(grep -n '^Examples:$' help | sed 's/:.*//')"
	muon-sweep "$command" --help | cmp - help
	muon-sweep "$command" x y z -h | cmp - help
	has help "Usage: muon-sweep $command" --db --json --quiet --no-color --help --version
	awk -v command="$command" 'length > 98 { print command ": a line of " length " columns" }' help
done
muon-sweep help run > run
has run "-s PATH=VALUE" --jobs --threads --backend --time-budget --only --limit --retries --hang-after --fail-fast --keep-going --dry-run
muon-sweep help fit > fit
has fit --law --loss --delta --at --target --sweep --bootstrap --seed --baseline --params --flops --count-optimizer \
	--loss-column --csv --where --map --group-by
muon-sweep help plot > plot
has plot --data --csv --where --map --group-by "-o FILE"
muon-sweep help report > report
has report --csv --law --bootstrap --sweep "-o FILE"

echo "# spec"
muon-sweep help spec > spec
echo "exit $?"
has spec name seed corpus files val_tokens block_tokens epochs allow_leak family head_dim kv_heads qk_norm swiglu gelu mlp_ratio \
	ffn_hidden rope_base context tie_embeddings shape params aspect batch_tokens micro_batch_tokens grad_clip precision \
	backend flops tokens tokens_per_param steps count exact 6n_total_d 6n_hidden_d non_embedding wsd cosine linear constant \
	warmup warmup_steps warmup_tokens decay decay_shape final_lr_ratio seeds points require log lin multiple_of tune zip exclude when \
	betas weight_decay momentum nesterov ns_steps ns_coefficients jordan lr_scale update_rms decay_mode lr_coupled \
	adamw.lr_ratio quickstart half-hour
# What help names as a key is a key: none of these may be called unknown.
muon-sweep help spec | awk '/^[a-z.]+: /  { section = $1; sub(/:$/, "", section) }
	/^the sweep$/ { section = "sweep" }
	/^optimizer/ { exit }
	/^  [a-z_0-9]+ +[^ ]/ && section != "" && section != "require" && section != "sweep" {
		print section "." $1 }' | grep -E '^(data|model|train|eval)' > keys
echo "$(wc -l < keys | awk '{ print ($1 > 30) ? "more than 30" : $1 }') keys"
while read -r key; do
	muon-sweep plan quickstart -s "$key=@" 2>&1 | grep 'unknown key'
done < keys

echo "# laws, figures, lr-scales"
for topic in laws figures lr-scales; do
	muon-sweep help $topic > $topic
	echo "$topic: exit $?"
done
has laws power power_offset chinchilla approach3 "L = k C^-p" "L = E + k C^-p" "L = E + A N^-alpha + B D^-beta" huber lad lsq_log lsq
has figures loss frontier lr
has lr-scales match_rms match_rms_adamw update_norm hidden_rms jordan original spectral none
for figure in $(grep -oE '^  [a-z_]+' figures); do
	muon-sweep plot "$figure" --csv none.csv 2>&1 | grep 'unknown figure'
done
for law in $(grep -oE '^[a-z_]+$' laws); do
	muon-sweep fit --law "$law" --csv none.csv 2>&1 | grep 'unknown law'
done

echo "# version"
muon-sweep --version > version
echo "exit $?"
sed -E 's/^muon-sweep [0-9]+\.[0-9]+\.[0-9]+ \(.+\)$/muon-sweep N (commit)/; s/^(BLAS|backend [a-z0-9]+): .+/\1: said/' version |
	grep -vE '^backend (opencl|cuda)'
for command in $commands; do
	muon-sweep "$command" --version | cmp - version
done
muon-sweep devices > devices
echo "devices: exit $?"
has devices cpu ref
muon-sweep devices --json | tr -d '\n' > json
grep -q '^[[{].*[]}]$' json && echo "devices --json is JSON"
