# `report`: one page from a table, whole without gnuplot, and refused where there is nothing to tell.
. "$CLI_TESTS/try"

awk 'BEGIN {
	print "label,flops,loss,seed,lr"
	for (i = 0; i < 6; i++)
		for (seed = 0; seed < 2; seed++)
			for (arm = 0; arm < 2; arm++) {
				C = 1e9 * 4^i
				printf "%s,%.17g,%.17g,%d,0.01\n", arm ? "<muon>" : "adamw", C,
					1.5 + 400 * (arm ? C / 0.7 : C)^-0.25 + 0.001 * sin(9 * i + seed + arm), seed
			}
}' > rows.csv

# part PAGE PATTERN LEAST [MOST]: says how often it is there where that is not what is wanted.
part() {
	found=$(grep -c -e "$2" "$1")
	{ [ "$found" -ge "$3" ] && [ "$found" -le "${4:-$found}" ]; } || echo "$1 has $found lines of $2"
}

echo "# a page"
try muon-sweep report --csv rows.csv --bootstrap 40 --where "loss < 9" -o page.html
part page.html '^<!DOCTYPE html>' 1 1
part page.html '^</html>' 1 1
part page.html '<section id=' 7 7
part page.html '<figure id=' 3
part page.html '<td>done</td>' 24 24
part page.html '&lt;muon&gt;' 24
for never in '<muon>' ' src=' 'http-equiv' '@import' 'url(http'; do
	part page.html "$never" 0 0
done
grep -o 'muon-sweep plot frontier.*pdf' page.html
grep -c "$(sha256sum < rows.csv | cut -c1-64)" page.html | awk '{ print ($1 > 1) ? "the hash of the rows is told" : "no hash" }'
echo "# the same numbers as fit"
muon-sweep fit --csv rows.csv --bootstrap 40 --where "loss < 9" --holdout 1 --json > fit.json
sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g' page.html | grep -qF "$(cat fit.json)" && echo "all of fit --holdout 1 --json is in it"
echo "# from a pipe, with the usual name"
try muon-sweep report --csv - --bootstrap 0 --quiet < rows.csv
part report.html '^</html>' 1 1
echo "# without gnuplot"
PATH=$(dirname "$(command -v muon-sweep)") try muon-sweep report --csv rows.csv --bootstrap 0 -o bare.html
part bare.html '^</html>' 1 1
part bare.html 'class="undrawn"' 3
part bare.html '<svg' 0 0
echo "# nothing to tell"
printf 'x,y\n1,2\n' > none.csv
try muon-sweep report --csv none.csv -o none.html
test -e none.html || echo "no page"
try muon-sweep report --db none.db
try muon-sweep report -o /nowhere/page.html --csv rows.csv --bootstrap 0 --quiet
