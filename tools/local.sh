# What run-local and run-cluster share; sourced by both. Settings: PORT, ZK_PORT, DATA, BUILD.
set -eu
mkdir -p "$DATA"
data=$(cd "$DATA" && pwd)
bin=$PWD/$BUILD/bin

# Not a killed process that nobody has waited for yet (a zombie).
alive() { [ -s "$1" ] && grep -qv ') Z ' "/proc/$(cat "$1")/stat" 2>/dev/null; }
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
need_free() { # PORT VARIABLE
  if taken "$1"; then echo "port $1 is taken by another program; choose another with $2=..." >&2; exit 1; fi
}

end() { # PIDFILE
  alive "$1" || { rm -f "$1"; return 0; }
  kill "$(cat "$1")" 2>/dev/null || true
  for _ in $(seq 300); do alive "$1" || { rm -f "$1"; return 0; }; sleep 0.1; done
  echo "process $(cat "$1") does not end" >&2
  exit 1
}

# Writes DIR/server.properties (what stands on stdin comes last), starts the broker and waits until it serves.
start_broker() { # DIR ID PORT ZOOKEEPER
  local dir=$1 id=$2 port=$3 zookeeper=$4
  need_free "$port" PORT
  mkdir -p "$dir"
  { cat <<P; cat; } >"$dir/server.properties"
broker.id=$id
listeners=PLAINTEXT://127.0.0.1:$port
log.dirs=$dir/kafka-logs
zookeeper.connect=$zookeeper
zookeeper.session.timeout.ms=6000
group.initial.rebalance.delay.ms=0
P
  setsid "$bin/kafka-server-start" "$dir/server.properties" >"$dir/broker.log" 2>&1 </dev/null &
  echo $! >"$dir/broker.pid"
  for _ in $(seq 300); do
    grep -q "\[KafkaServer id=$id\] started" "$dir/broker.log" && return
    alive "$dir/broker.pid" || { echo "broker $id ended; its log ends with:" >&2; tail -n 5 "$dir/broker.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "broker $id did not start within 30 s; see $dir/broker.log" >&2
  exit 1
}

round_trip() { # BOOTSTRAP [KCAT OPTION...]
  local bootstrap=$1 word got
  shift
  word="hello-$$-$(date +%s)"
  echo "$word" | kcat -q -P -b "$bootstrap" -t barnabas-hello -X topic.request.timeout.ms=10000 "$@"
  got=$(kcat -q -C -b "$bootstrap" -t barnabas-hello -o beginning -e | grep -cx "$word" || true)
  [ "$got" = 1 ] || { echo "the round trip failed: $word was not read back" >&2; exit 1; }
}

next_steps() { # BOOTSTRAP REPLICATION_FACTOR STOP
  cat <<T
Next:
  $BUILD/bin/kafka-topics.sh --bootstrap-server $1 --create --topic first --partitions 3 --replication-factor $2
  $BUILD/bin/kafka-topics.sh --bootstrap-server $1 --describe
  echo hello | kcat -P -b $1 -t first
  kcat -C -b $1 -t first -o beginning -e
  make $3
T
}
