# The console in a real terminal: lines that stay in place, also when it is resized, and a cursor
# that is there afterwards.  Skipped where there is no tmux.
. "$CLI_TESTS/try"

if ! command -v tmux > /dev/null; then
	echo "no tmux here (apt-get install tmux)" > skipped
	exit
fi
unset TMUX
terminal() {
	tmux -L "muon-sweep-$$" -f /dev/null "$@"
}
trap 'terminal kill-server 2> /dev/null' EXIT

# wait_for PATTERN: until it is on the screen, which is then in the file `screen`.
wait_for() {
	wait_until shows "$1" || cat screen
}

shows() {
	terminal capture-pane -p > screen
	grep -qE "$1" screen
}

# What the last lines on the screen are.
block() {
	grep -v '^$' screen | tail -4 | sed -E 's/^muon-sweep: .*/a line of the log/
		s/^\[[=> ]{6,12}\] adamw lr=.*/a trial/; s/^\[[=> ]{6,12}\] sweep 0\/3 .*/the sweep/'
}

make_text > text.txt
muon-sweep data pack text.txt -o text.tokens --quiet > /dev/null
cat > some.yaml <<'END'
data: {corpus: text, val_tokens: 16k, epochs: 100000}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 200000}, batch_tokens: 512}
eval: {points: 2, tokens: 1k}
optimizer: {name: adamw, lr: [4e-3, 6e-3, 8e-3]}
END

# The lines of two trials and of the sweep, as they are between two changes of the screen.
shows_block() {
	terminal capture-pane -p > screen
	[ "$(block | tail -3 | tr '\n' ',')" = "a trial,a trial,the sweep," ]
}

terminal new-session -d -x 80 -y 20 "echo before; muon-sweep run some.yaml --jobs 2; echo after: \$?; sleep 3600"
wait_for 'sweep 0/3 .* [0-9:]+ left'
wait_for 'adamw lr=.* tok/s .* left'
wait_until shows_block
echo "# a line for each running trial and one for the sweep"
block
[ "$(head -1 screen)" = before ] && [ "$(grep -n 'sweep 0/3' screen | cut -d: -f1)" -eq "$(grep -c . screen)" ] && echo "below what was there before"
awk '/^\[/ { print length($0) < 80 ? "fits" : "too long" }' screen
echo "# drawn again, it stays where it is"
sleep 1
wait_until shows_block
block
for size in '100 20' '60 12' '110 30'; do
	echo "# resized to $size"
	terminal resize-window -x "${size% *}" -y "${size#* }"
	sleep 1
	wait_until shows_block
	block | tail -3
	terminal capture-pane -p -S - | tr -d '\n' | grep -oE 'before|3 to train with 2 at once'
done
echo "# interrupted"
terminal send-keys C-c
wait_for 'after: 130'
grep -cE '^\[' screen
grep -oE '2 trials stopped on the way, 1 not started|after: 130' screen
echo "cursor shown: $(terminal display-message -p '#{cursor_flag}')"

echo "# run again"
terminal new-session -d -x 80 -y 20 -s again "muon-sweep run some.yaml --jobs 2; sleep 3600"
goes_on() {
	terminal capture-pane -p -t again > screen
	grep -qE '[0-9]{3,}/200000 ' screen && [ "$(grep -cE '^\[' screen)" -eq 3 ]
}
wait_until goes_on
grep -cE '^\[' screen
echo "# status that watches"
terminal new-session -d -x 100 -y 20 -s watch "muon-sweep status --watch --interval 0.2"
terminal kill-session -t again
watches() {
	terminal capture-pane -p -t watch > screen
	grep -q 'interrupted' screen && [ "$(grep -cE '^FLOPs' screen)" -eq 1 ]
}
wait_until watches
sleep 0.6 # it is drawn again in its place
wait_until watches
grep -cE '^FLOPs' screen
