# Corpora, tables and stores that cannot be read, and places that cannot be written.
. "$CLI_TESTS/try"

pack_text

echo "# corpora and token files"
: > empty.txt
: > empty.bin
printf 'abc' > odd.bin
printf 'PAR1rest of it' > a.parquet
printf '\037\213\010rest of it' > a.bin.gz
printf '\223NUMPY\001\000rest' > a.npy
head -c 4096 /dev/zero > zeros.bin
# llm.c: the magic number 20240520, a version, 1000 tokens announced, two there
llmc() {
	printf "\\210\\330\\064\\001\\00$1\\000\\000\\000\\350\\003\\000\\000"
	head -c 1012 /dev/zero
	printf 'abcd'
}
llmc 1 > short.bin
llmc 7 > version.bin
# 4,000 tokens with the id 25,186
awk 'BEGIN { for (i = 0; i < 4000; i++) printf "bb" }' > large.bin
try muon-sweep data info missing
try muon-sweep data info missing.bin
try muon-sweep data info empty.bin
try muon-sweep data info odd.bin
try muon-sweep data info a.parquet
try muon-sweep data info a.bin.gz
try muon-sweep data info a.npy
try muon-sweep data info short.bin
try muon-sweep data info version.bin
try muon-sweep data info zeros.bin
try muon-sweep data info large.bin --vocab 100
try muon-sweep data info text --val-tokens 100k
head -c 1000 text.tokens > cut.tokens
try muon-sweep data info cut
try muon-sweep data info text.txt
try muon-sweep data pack
try muon-sweep data pack text.txt
try muon-sweep data pack empty.txt -o empty.tokens
try muon-sweep data pack missing/folder -o x.tokens
try muon-sweep data pack text.txt --split lines -o x.tokens
try muon-sweep data pack en-dcit
try muon-sweep data pack text.txt -o text.txt/x.tokens

echo "# tables"
: > empty.csv
printf 'flops,loss\n' > header.csv
printf 'flops,lss\n1e9,3\n' > column.csv
printf 'flops,loss\n1e9,3\n2e9\n4e9,2\n' > ragged.csv
printf 'flops,loss\n1e9,"3\n2e9,2\n' > quote.csv
printf 'flops,loss\n1e9,3\n2e9,low\n4e9,2\n' > text.csv
printf 'flops,flops,loss\n1e9,1e9,3\n' > twice.csv
printf 'flops,loss\n1e9,3\n2e9,2.5\n' > two.csv
printf 'flops,loss\n1e9,-3\n2e9,nan\n4e9,\n' > nan.csv
printf 'flops,loss\n1e9,3\000\n' > nul.csv
for table in missing empty header column ragged quote text twice two nan nul; do
	try muon-sweep fit --csv $table.csv --law power_offset
done
try muon-sweep fit --csv two.csv --law chinchila
try muon-sweep fit --csv two.csv --law isoflop
try muon-sweep fit --csv two.csv --law chinchilla
try muon-sweep fit --csv two.csv --map loss
try muon-sweep fit --csv two.csv --map loss=final
try muon-sweep fit --csv two.csv --where 'loss <'
try muon-sweep fit --csv two.csv --where 'los < 3'
try muon-sweep fit --csv two.csv --where 'loss > 9'
try muon-sweep fit --csv two.csv --at k=1,p=2
try muon-sweep fit --csv two.csv --law power --at E=1
try muon-sweep fit --csv two.csv --law power --at k
try muon-sweep fit --csv two.csv --law power --at k=1
try muon-sweep fit --csv two.csv --law power --at k=1,p=x
try muon-sweep fit --csv two.csv --group-by colour
try muon-sweep fit --csv two.csv --loss square

echo "# stores"
cat > one.yaml <<'END'
data: {corpus: text, val_tokens: 16k}
model: {size: 16x1, head_dim: 16, context: 32}
train: {budget: {steps: 10}, batch_tokens: 256}
optimizer: {name: adamw, lr: 1e-2}
END
muon-sweep run one.yaml --db one.db --quiet
echo "flops,loss" > table.csv
head -c 8192 /dev/zero > zeros.db
head -c 8192 one.db > cut.db
# SQLite's header holds the version of the tables at byte 60 and the program's mark at byte 68.
cp one.db newer.db && printf '\000\000\000\143' | dd of=newer.db bs=1 seek=60 conv=notrunc 2> /dev/null
cp one.db other.db && printf '\000\000\000\001' | dd of=other.db bs=1 seek=68 conv=notrunc 2> /dev/null
for store in missing.db table.csv zeros.db cut.db newer.db other.db no/such/folder.db .; do
	try muon-sweep status --db $store
	try muon-sweep run one.yaml --db $store --quiet
done
try muon-sweep export
try muon-sweep fit
try muon-sweep plot loss
try muon-sweep fit --db missing.db --map loss=x
try muon-sweep status --db one.db --sweep two
try muon-sweep fit --db one.db
try muon-sweep fit --db one.db --sweep oen
try muon-sweep fit --db one.db --where 'lss > 1'
try muon-sweep fit --db one.db --where 'loss > 1; DROP TABLE trial'
try muon-sweep export --db one.db --format xml
try muon-sweep export --db one.db -o no/such/folder/x.csv
try muon-sweep export --db one.db -o .
# A link, a device or a pipe is written to and stays what it is.
ln -s /dev/full full.csv
ln -s real.csv link.csv
try muon-sweep export --db one.db -o full.csv
try muon-sweep export --db one.db -o link.csv
for name in full.csv link.csv; do
	[ -L $name ] && echo "$name is a link still"
done
wc -l < real.csv

echo "# figures and output"
try muon-sweep plot
try muon-sweep plot frontire --csv two.csv
try muon-sweep plot loss --csv two.csv -o a.jpeg
try muon-sweep plot loss --csv two.csv -o nodot
try muon-sweep plot loss --csv two.csv --x hours
try muon-sweep plot loss --csv two.csv -o no/such/a.svg
try muon-sweep plot loss --csv two.csv --data no/such/a.txt
for command in --version "help spec" "data list" "plan one.yaml" "status --db one.db" "export --db one.db" "fit --csv two.csv --law power" "plot loss --csv two.csv"; do
	[ -c /dev/full ] || echo "/dev/full is no device"
	echo "\$ muon-sweep $command > /dev/full"
	# shellcheck disable=SC2086
	muon-sweep $command 2>&1 > /dev/full
	echo "exit $?"
	echo "\$ muon-sweep $command >&-"
	# shellcheck disable=SC2086
	(exec 2>&1 >&-; muon-sweep $command)
	echo "exit $?"
done
