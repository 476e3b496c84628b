#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/slurm.sbatch on a real Slurm: starts munged, slurmctld and slurmd of its own on this machine,
# without systemd and beside any other, lets an array of two shards train a small sweep, requeues one
# task in the middle and lets an urgent job preempt the other, merges in a dependent job and compares
# with a run without Slurm.
# Usage: check-slurm.sh PROGRAM HELPERS; HELPERS is the folder of store_facts.
set -u

program=$(realpath "$1")
PATH=/usr/sbin:/sbin:$PATH
for daemon in munged slurmctld slurmd sbatch; do
	command -v $daemon > /dev/null && continue
	echo "check-slurm: skipped, $daemon is not installed (apt-get install slurm-wlm munge)"
	exit 0
done
if [ "$(id -u)" -ne 0 ]; then
	echo "check-slurm: skipped, slurmd needs root to start tasks"
	exit 0
fi

docs=$(realpath "$(dirname "$0")/../docs")
CLI_TESTS=$(realpath "$(dirname "$0")")/cli
scratch=$(mktemp -d)
PATH=$scratch/bin:$(realpath "$2"):$PATH
export PATH CLI_TESTS NO_COLOR=1 LC_ALL=C XDG_CACHE_HOME="$scratch/cache" \
	SLURM_CONF="$scratch/slurm.conf"
cd "$scratch" || exit 1
mkdir bin munge state spool
ln -s "$program" bin/muon-sweep
daemons=

stop_daemons() {
	scancel --quiet --user="$(id -un)" 2> /dev/null
	for _ in $(seq 100); do # while jobs end, which slurmd waits for
		[ -n "$daemons" ] && [ -n "$(squeue -h 2> /dev/null)" ] || break
		sleep 0.1
	done
	# shellcheck disable=SC2086
	[ -n "$daemons" ] && kill $daemons 2> /dev/null
	wait
	cd / && rm -rf "$scratch"
}
trap stop_daemons EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "check-slurm: $*" >&2
	tail -n 5 "$scratch"/*.log >&2
	exit 1
}

# until WHAT COMMAND...: waits up to a minute for it to succeed.
until_true() {
	what=$1
	shift
	for _ in $(seq 600); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	fail "waited in vain for $what"
}

# Two ports that nobody listens on.
free_ports() {
	port=$((20000 + $$ % 20000))
	while grep -qi ":$(printf '%04X' $port) \|:$(printf '%04X' $((port + 1))) " /proc/net/tcp; do
		port=$((port + 2))
	done
}

write_configuration() {
	user=$(id -un)
	cat > slurm.conf <<END_OF_CONF
ClusterName=check
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket,cred_expire=5
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
SlurmctldLogFile=$scratch/slurmctld.log
SlurmdLogFile=$scratch/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
ReturnToService=2
KillWait=20
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4 GraceTime=60
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
END_OF_CONF
}

start_daemons() {
	dd if=/dev/urandom of=munge/key bs=128 count=1 2> /dev/null
	chmod 600 munge/key
	chmod 755 . munge
	munged --foreground --force --key-file="$scratch/munge/key" \
		--socket="$scratch/munge/socket" --pid-file="$scratch/munge/pid" \
		--seed-file="$scratch/munge/seed" --log-file="$scratch/munge/log" 2> munged.log &
	daemons=$!
	until_true "munge" test -S munge/socket
	slurmctld -D -c 2> controller.log &
	daemons="$daemons $!"
	slurmd -D -c -b 2> node.log &
	daemons="$daemons $!"
	until_true "a node" sh -c 'sinfo -h -o %T | grep -qx idle'
}

some_trials_run() { # SHARD: there are rows and some trial is not done
	n=$(store_facts query "shard-$1.db" 'SELECT count(*) FROM evaluation' | tr -d '|')
	[ "${n:-0}" -ge 6 ]
}

is_over() { # JOB
	[ -z "$(squeue -h -j "$1" -o %i 2> /dev/null)" ]
}

n_done() { # SHARD, of its 6 trials
	store_facts query "shard-$1.db" "SELECT count(*) FROM trial WHERE state = 'done'" | tr -d '|'
}

. "$CLI_TESTS/try"
MUON_SWEEP_DATA=$scratch
pack_text
cat > study.yaml <<'END'
name: study
data: {corpus: text, val_tokens: 16k, epochs: 1000}
model: {size: [16x1, 32x1], head_dim: 16, context: 32}
train:
  budget: {steps: [400, 800, 1600]}
  batch_tokens: 256
  schedule: {kind: wsd, warmup: {steps: 20}, decay: 0.2}
eval: {points: 20, tokens: 1k}
optimizer:
  - {label: adamw, name: adamw, lr: 6e-3}
  - {label: muon, name: muon, lr: 2e-2}
END

free_ports
write_configuration
start_daemons

job=$(sbatch --parsable --array=1-2 --cpus-per-task=1 --mem-per-cpu=0 --time=5 "$docs/slurm.sbatch" \
	study.yaml) || fail "the array was not taken"
merge=$(sbatch --parsable --dependency="afterok:$job" --output=merge.log --wrap \
	'muon-sweep merge shard-1.db shard-2.db --db study.db && muon-sweep status --db study.db') ||
	fail "the dependent job was not taken"

until_true "rows of the first task" some_trials_run 1
until_true "rows of the second task" some_trials_run 2
scontrol requeue "${job}_2" || fail "no task could be requeued"
sbatch --quiet --partition=urgent --cpus-per-task=2 --mem=0 --output=urgent.log --wrap 'echo served' ||
	fail "the urgent job was not taken"
for shard in 1 2; do
	until_true "the stop of task $shard" grep -q 'the same command goes on' shard-$shard.log
	[ "$(n_done $shard)" -lt 6 ] || fail "task $shard was done before it was preempted"
done
until_true "the urgent job" grep -q served urgent.log
echo "two tasks were preempted with $(n_done 1) and $(n_done 2) of 6 trials done"

until_true "the end of the array" is_over "$job"
until_true "the merge" is_over "$merge"
for shard in 1 2; do
	[ "$(n_done $shard)" -eq 6 ] || fail "task $shard did not go on"
	store_facts check shard-$shard.db || fail "the store of task $shard is not whole"
done
store_facts check study.db || fail "the merged store is not whole"
muon-sweep run study.yaml --db alone.db --jobs 2 --quiet || fail "the run without Slurm failed"
for store in study alone; do
	store_facts rows $store.db | sort > $store.rows
	[ "$(wc -l < $store.rows)" -gt 1000 ] || fail "there is little in $store.db"
done
[ -s alone.rows ] && cmp study.rows alone.rows ||
	fail "$(diff study.rows alone.rows | grep -c '^[<>]') rows differ from a run without Slurm"
echo "check-slurm: $(wc -l < study.rows) rows of two requeued shards, merged, are those of one run"
