# Options that would be ignored are refused.
try() {
	echo "\$ $*"
	"$@" 2>&1
	echo "exit $?"
}

try muon-sweep fit -s train.batch_tokens=4k
try muon-sweep status -s seed=2
try muon-sweep run quickstart --keep-going --fail-fast
for option in "--precision bf16" "--backend cpu" "--optimizer adamw" "--config S" "--seconds 1" --breakdown "--side-by-side 2"; do
	try muon-sweep bench --calibrate $option
done
