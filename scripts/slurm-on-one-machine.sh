#!/usr/bin/env bash
# A temporary Slurm on this machine: two nodes that share its cores, a queue, no accounting. For tests
# and experiments; it needs neither systemd nor /etc/slurm, and does not touch another Slurm or munge
# on the machine. Slurm and munge are installed if they are missing (Debian, Ubuntu).
#
#   scripts/slurm-on-one-machine.sh start DIR        all its files are in DIR, which must not exist
#   export SLURM_CONF=DIR/slurm.conf                 for sbatch, squeue, ...
#   scripts/slurm-on-one-machine.sh kill DIR NODE    kills NODE (one or two) with everything running on it
#   scripts/slurm-on-one-machine.sh revive DIR NODE  restarts NODE
#   scripts/slurm-on-one-machine.sh stop DIR
#
# A dead node is detected within about 15 s; its tasks are then requeued, and restart 5 s later. The
# tasks of a node that comes back sooner are requeued when it registers or at the next ping. (Slurm's
# own defaults: five minutes and two.)
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
# Settings for another Slurm in the caller's environment must not apply to this one.
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(SLURM|SBATCH|SQUEUE|SINFO)_' || true)

nodes=(one two)
# Longest wait for any step, in seconds.
patience=60

usage() {
    sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p}' "$0" >&2
    exit 2
}

say() {
    echo "slurm-on-one-machine: $*" >&2
}

install_missing() {
    local missing=()
    command -v munged >/dev/null || missing+=(munge)
    if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v sbatch >/dev/null; then
        missing+=(slurm-wlm)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        say "missing: ${missing[*]} (Debian's names); install Slurm and munge with your system's package manager"
        exit 1
    fi
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    say "installing: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# The first of three consecutive free ports, below the range that the system assigns.
free_ports() {
    local try port first
    for try in {1..50}; do
        first=$((20000 + RANDOM % 10000))
        for port in "$first" $((first + 1)) $((first + 2)); do
            # The port is in use if something answers.
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
                continue 2
            fi
        done
        echo "$first"
        return
    done
    say "no free ports after $try tries"
    exit 1
}

configuration() {
    local port host user cores
    port="$(free_ports)"
    host="$(hostname -s)"
    user="$(id -un)"
    cores=$(($(nproc) / ${#nodes[@]}))
    [ "$cores" -ge 1 ] || cores=1
    cat <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
# cred_expire is also how long a requeued job waits before it may restart.
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd-%n.log
PlugStackConfig=$dir/plugstack.conf
# No control groups: containers often may not create any.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=5
MaxArraySize=10001
MaxJobCount=20000
JobRequeue=1
# A node that died and came back is used again.
ReturnToService=2
# How soon a dead node is detected, and a task unknown to a running node.
SlurmdTimeout=5
BatchStartTimeout=5
MessageTimeout=5
KillWait=2
MinJobAge=300
# Use the configured number of cores per node, regardless of the machine's.
SlurmdParameters=config_overrides
NodeName=one,two NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 2))] CPUs=$cores
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
}

start_munge() {
    dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none
    chmod 600 "$dir/munge/key"
    # --force: allow a folder that munge considers insecure, and being started by root.
    munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" \
        --pid-file="$dir/munge/pid" --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" \
        2>"$dir/munge/warnings"
}

start_node() {
    rm -f "$dir/slurmd-$1.pid"
    slurmd -N "$1"
}

# Runs a check twice a second until it succeeds.
wait_until() {
    local end=$((SECONDS + patience))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.5
    done
}

all_idle() {
    [ "$(sinfo -h -N -o '%T' 2>/dev/null | grep -cx idle)" -eq ${#nodes[@]} ]
}

is_up() {
    case "$(sinfo -h -n "$1" -N -o '%T' 2>/dev/null)" in
        idle | mixed | allocated | completing) true ;;
        *) false ;;
    esac
}

show_logs() {
    local log
    for log in "$dir"/munge/log "$dir"/*.log; do
        [ -f "$log" ] || continue
        echo "---- end of $log" >&2
        tail -n 20 "$log" >&2
    done
}

start() {
    if [ -e "$dir" ]; then
        say "$dir exists already"
        exit 1
    fi
    case "$dir" in
        *[!A-Za-z0-9_./-]*)
            say "$dir: not a valid path in Slurm's configuration, expected only letters, digits and _ . / -"
            exit 1
            ;;
    esac
    install_missing
    mkdir -p "$dir"
    dir="$(cd "$dir" && pwd)"
    mkdir "$dir"/{munge,state,spool-one,spool-two}
    # Munge requires that all users can reach its socket.
    chmod 711 "$dir" "$dir/munge"
    : >"$dir/plugstack.conf"
    configuration >"$dir/slurm.conf"
    export SLURM_CONF="$dir/slurm.conf"
    local node
    if ! { start_munge && slurmctld -c && for node in "${nodes[@]}"; do start_node "$node"; done; }; then
        say "Slurm did not start"
        show_logs
        stop
        exit 1
    fi
    if ! wait_until all_idle; then
        say "the nodes are not idle after $patience s"
        sinfo -N -l >&2 || true
        show_logs
        stop
        exit 1
    fi
    say "two nodes are up; export SLURM_CONF=$SLURM_CONF"
}

# Ids of the processes in a node's tasks, and of their parent daemons.
processes_of() {
    local environment process parent
    # Entries of an environment end with a zero byte.
    for environment in $(grep -lzx "SLURMD_NODENAME=$1" /proc/[0-9]*/environ 2>/dev/null); do
        grep -qzx "SLURM_CONF=$dir/slurm.conf" "$environment" 2>/dev/null || continue
        process="${environment//[!0-9]/}"
        parent="$(ps -o ppid= -p "$process" | tr -d ' ')"
        [ "$(ps -o comm= -p "${parent:-0}")" != slurmstepd ] || echo "$parent"
        echo "$process"
    done | sort -nu
}

# Kills a node: its daemon and all its processes, without a chance to react.
kill_node() {
    local processes file="$dir/slurmd-$1.pid"
    # The daemon must not start anything more; its end is awaited below.
    [ ! -s "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null || true
    # Processes that were just being started appear in a later pass.
    for _ in 1 2 3; do
        mapfile -t processes < <(processes_of "$1")
        [ ${#processes[@]} -eq 0 ] || kill -KILL "${processes[@]}" 2>/dev/null || true
        sleep 0.2
    done
    end_daemon "$file" -KILL
}

# Ends the daemon of a pid file, if it is running, and waits for it.
end_daemon() {
    local file="$1" signal="$2" process
    [ -s "$file" ] || return 0
    process="$(cat "$file")"
    kill "$signal" "$process" 2>/dev/null || true
    wait_until is_gone "$process" || kill -KILL "$process" 2>/dev/null || true
}

is_gone() {
    case "$(ps -o stat= -p "$1")" in
        '' | Z*) true ;;
        *) false ;;
    esac
}

stop() {
    local node
    for node in "${nodes[@]}"; do kill_node "$node"; done
    end_daemon "$dir/slurmctld.pid" -TERM
    end_daemon "$dir/munge/pid" -TERM
    rm -rf "$dir"
}

[ $# -ge 2 ] || usage
command="$1"
dir="$2"
node="${3:-}"
if [ "$command" = start ]; then
    start
    exit
fi
if [ ! -f "$dir/slurm.conf" ]; then
    say "no Slurm in $dir: slurm.conf is missing"
    exit 1
fi
dir="$(cd "$dir" && pwd)"
export SLURM_CONF="$dir/slurm.conf"
case "$command $node" in
    'stop ')
        stop
        ;;
    'kill one' | 'kill two')
        kill_node "$node"
        ;;
    'revive one' | 'revive two')
        start_node "$node"
        if ! wait_until is_up "$node"; then
            say "node $node is not up after $patience s"
            show_logs
            exit 1
        fi
        ;;
    *) usage ;;
esac
