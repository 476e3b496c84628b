# Those who run the tests: what failed, what was never run and what has nothing to be compared with
# is no success.
mkdir cli
cp "$CLI_TESTS/../run-cli.sh" "$CLI_TESTS/../run-unit.sh" .

# On one core, so that what is stopped stops the rest as well.
mkdir bin
printf '#!/bin/sh\necho 1\n' > bin/nproc
chmod +x bin/nproc
PATH=$PWD/bin:$PATH

program() {
	printf '#!/bin/sh\n%s\n' "$2" > "$1"
	chmod +x "$1"
}

script() {
	echo "$2" > "cli/$1.sh"
	echo "$1" > "cli/$1.out"
}

echo "# programs"
program good 'echo "[  PASSED  ] 2 tests."'
program wrong 'exit 3'
program deadly 'kill -KILL $PPID'
for programs in "" ./good "./good ./wrong" "./deadly ./good" "./good ./none"; do
	# shellcheck disable=SC2086
	sh run-unit.sh $programs > log 2>&1
	echo "exit $?: $(grep 'test programs' log)"
done

echo "# scripts"
script good 'echo good'
script other 'echo something else'
script deadly 'kill -KILL $PPID'
script bare 'echo bare'
rm cli/bare.out
for scripts in good "good other" "deadly good" bare none; do
	# shellcheck disable=SC2086
	sh run-cli.sh "$(command -v muon-sweep)" $scripts > log 2>&1
	echo "exit $?: $(grep -E '^cli:|were not run' log | paste -sd ,)"
done
