# Brings etcd back, from a snapshot or from a member that survived, part by part: tools/operations/restore.py says on which
# control plane which part runs when. Every part can be run again.
# shellcheck shell=bash disable=SC2154
# PART, ADDRESS, API_PORT, PEERS ("name=address …"), SNAPSHOT (a path on this machine), TOKEN (names the new etcd cluster).
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"

readonly manifests=/etc/kubernetes/manifests stopped=$home/stopped data=/var/lib/etcd
readonly record=$home/etcd-initial-cluster tool=/usr/local/lib/kubernetes-from-scratch/etcd-snapshot
readonly look="run 'journalctl -u kubelet' on $MACHINE"

# move FILE FOLDER: whole at any time, also from one disk to another; the kubelet reads no file with a dot in front.
move() {
  cp -p "$1" "$2/.${1##*/}.moved"
  mv -f "$2/.${1##*/}.moved" "$2/${1##*/}"
  rm -f "$1"
}

# containers NAME…: those of the static pods.
containers() {
  local name
  for name in "$@"; do
    ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.pod.namespace\"==kube-system,labels.\"io.kubernetes.container.name\"==$name" 2>/dev/null
  done
}

have_ended() {
  containers "$@" >"$STAGE/containers"
  ctr -n k8s.io tasks ls 2>/dev/null | awk '$3 == "RUNNING" {print $1}' >"$STAGE/running"
  ! grep -qxFf "$STAGE/containers" "$STAGE/running"
}

still_run() { echo "containers that still run"; }

# What part_survive leaves where it is cut off.
is_forced() { grep -qse --force-new-cluster "$manifests/etcd.yaml"; }

# tell SIGNAL: to those that have_ended has just found running.
tell() { grep -xFf "$STAGE/containers" "$STAGE/running" | xargs -r -n1 ctr -n k8s.io tasks kill --signal "$1" 2>/dev/null || true; }

# stop NAME…: takes static pods away, and ends them. The kubelet is stopped first, and stays so: one that has just read a
# manifest would start its pod after all, and etcd, with its data gone, would found a cluster of its own.
stop() {
  local name start=$SECONDS
  install -d -m 0700 "$stopped"
  systemctl stop kubelet
  ! is_forced || rm -f "$manifests/etcd.yaml"
  for name in "$@"; do [ ! -f "$manifests/$name.yaml" ] || move "$manifests/$name.yaml" "$stopped"; done
  have_ended "$@" || tell SIGTERM
  until have_ended "$@" || ((SECONDS - start >= 20)); do sleep 0.25; done
  tell SIGKILL
  wait_for 60 "the static pods ${*} to end" still_run "run 'ctr -n k8s.io tasks ls' on $MACHINE" have_ended "$@"
}

# begin NAME…: gives them back; what `up` has written meanwhile is newer.
begin() {
  local name
  for name in "$@"; do
    [ -f "$manifests/$name.yaml" ] || [ ! -f "$stopped/$name.yaml" ] || move "$stopped/$name.yaml" "$manifests"
    rm -f "$stopped/$name.yaml"
  done
  systemctl start kubelet
}

# set_membership STATE MEMBERS: as control-plane.sh writes them into the manifest, so that the next `up` finds no difference.
set_membership() {
  echo "$1 $2" >"$record.new"
  mv -f "$record.new" "$record"
  fit_manifest
}

fit_manifest() {
  local state members
  read -r state members <"$record"
  [ ! -f "$stopped/etcd.yaml" ] || sed -i -e "s|--initial-cluster=.*|--initial-cluster=$members|" \
    -e "s|--initial-cluster-state=.*|--initial-cluster-state=$state|" "$stopped/etcd.yaml"
}

ready() { curl --silent --fail --max-time 2 --cacert /etc/kubernetes/pki/cluster-ca.crt "https://$ADDRESS:$API_PORT/readyz"; }

# begin_all [PEER]: PEER is an etcd member of the cluster that it must belong to.
begin_all() {
  begin etcd
  wait_for_etcd
  [ -z "${1:-}" ] || etcdctl_at "$ADDRESS" member list | grep -F "https://$1:2380" >/dev/null ||
    fail "an etcd member beside that of $1" "one of another cluster" "the same command again; leave $MACHINE off until then"
  begin kube-apiserver
  wait_for 180 "the API server's /readyz on $ADDRESS:$API_PORT" ready "run 'ls -t /var/log/pods/kube-system_kube-apiserver*/*/' on $MACHINE and look into the newest" ready
  begin kube-controller-manager kube-scheduler
  # Without an API server they have paused longer and longer, up to a minute; what they have set up stays meanwhile.
  systemctl try-restart --no-block kube-proxy calico-felix
  rm -rf "$stopped"
  say "etcd and the API server serve"
}

part_check() {
  [ -x "$tool" ] || fail "a control plane on $MACHINE" "none" "pulumi up, then the same command again"
  "$tool" check "$SNAPSHOT" 2>"$STAGE/why" || fail "a sound snapshot of this cluster" "$(tail -n 1 "$STAGE/why")" "choose another one: ls /var/lib/etcd-snapshots on each control plane"
  say "the snapshot $(basename "$SNAPSHOT") is sound"
}

# What is there is worth a snapshot too, where it can still give one.
part_keep() {
  local path
  if path=$("$tool" take 2>"$STAGE/why"); then say "kept what is there now: $path"; else say "what is there now gives no snapshot: $(tail -n 1 "$STAGE/why")"; fi
}

# etcd last: an API server that finds none on its way out takes half a minute.
stop_all() {
  stop kube-apiserver kube-controller-manager kube-scheduler
  stop etcd
}

part_stop() {
  stop_all
  say "stopped the control plane"
}

# The write-ahead log holds writes that the database does not have yet: only etcd itself reads it.
part_survive() {
  ! is_forced && is_healthy >/dev/null 2>&1 && fail "an etcd without a quorum" "one that works" "leave it as it is; a lost member is replaced by pulumi up"
  [ -d "$data/member" ] || fail "the data of an etcd member in $data/member" "none" "choose another control plane, or restore a snapshot: make restore FROM=…"
  stop_all
  sed 's|^\( *\)- etcd$|&\n\1- --force-new-cluster|' "$stopped/etcd.yaml" >"$manifests/.etcd.yaml.new"
  mv -f "$manifests/.etcd.yaml.new" "$manifests/etcd.yaml"
  systemctl start kubelet
  wait_for 180 "etcd on $MACHINE alone" nothing "$look, and into /var/log/pods/kube-system_etcd*" is_healthy
  local path
  path=$("$tool" take 2>"$STAGE/why") || fail "a snapshot of the member that survived" "$(tail -n 1 "$STAGE/why")" "the same command again"
  stop etcd
  say "took what $MACHINE has: $(basename "$path")"
  echo "$path"
}

# Beside the data that is there.
part_load() {
  rm -rf "$data/restored" "$home/restore"
  install -d -m 0700 "$home/restore"
  "$tool" open "$SNAPSHOT" "$home/restore/db" 2>"$STAGE/why" || fail "the database of $(basename "$SNAPSHOT")" "$(tail -n 1 "$STAGE/why")" "choose another snapshot"
  # Another token makes another etcd cluster: a member of the old one that comes back is not taken for one of the new.
  # Revisions jump to the time in microseconds, which is more than any that there was, and older ones are gone: who has
  # seen what came after the snapshot must read everything anew.
  local revision
  revision=$(etcdutl snapshot status "$home/restore/db" --write-out=json 2>"$STAGE/log" | sed -E 's/.*"revision":([0-9]+).*/\1/')
  etcdutl snapshot restore "$home/restore/db" --data-dir="$data/restored" --name="$MACHINE" \
    --initial-cluster="$MACHINE=https://$ADDRESS:2380" --initial-advertise-peer-urls="https://$ADDRESS:2380" \
    --initial-cluster-token="$TOKEN" --bump-revision="$(($(date +%s%6N) - revision))" --mark-compacted >"$STAGE/log" 2>&1 ||
    fail "etcd to read the snapshot" "$(tail -n 1 "$STAGE/log")" "choose another snapshot"
  rm -rf "$home/restore"
  chown -R --reference="$data" "$data/restored"
  say "unpacked the snapshot"
}

# On the others: their data is of the old cluster. Without its record a member joins anew, whoever starts it next.
part_forget() { rm -f "$record"; }

part_begin() {
  rm -rf "$data/member.old"
  [ ! -d "$data/restored/member" ] || {
    [ ! -d "$data/member" ] || mv "$data/member" "$data/member.old"
    mv "$data/restored/member" "$data/member"
  }
  rm -rf "$data/member.old" "$data/restored"
  set_membership new "$MACHINE=https://$ADDRESS:2380"
  begin_all
}

part_rejoin() {
  stop_all
  rm -f "$record"
  local peer
  peer=$(healthy_peer) || fail "a healthy etcd member on one of: $PEERS" "none" "run 'etcdctl endpoint health' there"
  join_etcd "$peer"
  fit_manifest
  begin_all "$peer"
}

# A running `up` ends first, one that begins waits.
exec 8>/run/kubernetes-from-scratch/control-plane.lock
flock -w 900 8 || fail "no other step at work on $MACHINE" "one for 15 minutes" "wait for the pulumi up that runs it"
"part_$PART"
