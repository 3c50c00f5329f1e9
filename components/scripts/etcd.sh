# Which etcd cluster this machine's member belongs to. Sourced.
# shellcheck shell=bash disable=SC2153,SC2154

etcdctl_at() {
  local endpoint=$1
  shift
  etcdctl --endpoints="https://$endpoint:2379" --cacert=/etc/kubernetes/pki/etcd-ca.crt \
    --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key \
    --dial-timeout=2s --command-timeout=5s "$@"
}

# listens ADDRESS PORT: a quick look, before anything with a longer patience asks.
listens() { timeout 1 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

healthy_peer() {
  local peer
  for peer in $PEERS; do
    if listens "${peer#*=}" 2379 && etcdctl_at "${peer#*=}" endpoint health >/dev/null 2>&1; then
      echo "${peer#*=}"
      return
    fi
  done
  return 1
}

# Writes "STATE NAME=URL,…" to $home/etcd-initial-cluster once; etcd reads it only at a member's first start.
decide_etcd_membership() {
  local record=$home/etcd-initial-cluster peer
  peer=$(healthy_peer) || peer=
  # One that was given up while it was away comes back as a new one: its data is of no use any more.
  if [ -d /var/lib/etcd/member ] && [ -f "$record" ] && { [ -z "$peer" ] || is_member "$peer"; }; then return; fi
  if [ -n "$peer" ]; then
    join_etcd "$peer"
  elif [ "$FOUNDER" = yes ]; then
    refuse_second_founding
    echo "new $MACHINE=https://$ADDRESS:2380" >"$record.new"
    mv -f "$record.new" "$record"
    say "founds the etcd cluster"
  else
    fail "a healthy etcd member on one of: $PEERS" "none that answers" "look at the first control plane: its error comes first"
  fi
}

# A founder that lost its data must not found a second cluster beside the members that live on.
refuse_second_founding() {
  local peer
  for peer in $PEERS; do
    if listens "${peer#*=}" 2380; then
      fail "a healthy etcd cluster on $peer, or none at all" "a member that runs without a quorum" "bring back the other members first"
    fi
  done
}

is_member() { etcdctl_at "$1" member list | awk -F', ' '{print $4}' | grep -qxF "https://$ADDRESS:2380"; }

# Members that don't answer and belong to no control plane any more: with them the cluster would take no new one.
remove_lost_members() {
  local peer=$1 id url address
  while IFS=, read -r id _ _ url _; do
    address=${url#*//} address=${address%:*}
    case " $ADDRESS ${PEERS//=/ } " in *" $address "*) continue ;; esac
    if ! listens "$address" 2379 || ! etcdctl_at "$address" endpoint health >/dev/null 2>&1; then
      say "removes the lost etcd member at $address"
      etcdctl_at "$peer" member remove "$id" >/dev/null
    fi
  done < <(etcdctl_at "$peer" member list)
}

join_etcd() {
  local peer=$1 id line
  remove_lost_members "$peer"
  # A member of this name that never started, or whose data is lost, makes way.
  id=$(etcdctl_at "$peer" member list | awk -F', ' -v url="https://$ADDRESS:2380" '$4 == url {print $1}')
  if [ -n "$id" ]; then
    say "removes its former etcd member $id"
    etcdctl_at "$peer" member remove "$id" >/dev/null
  fi
  find /var/lib/etcd -mindepth 1 -delete
  # Adding a member fails while another one is still being started: the cluster protects its quorum.
  wait_for 60 "the etcd cluster to take a new member" add_refused "run 'etcdctl member list' on $peer" add_member "$peer"
  line=$(sed -n 's/^ETCD_INITIAL_CLUSTER="\(.*\)"$/\1/p' "$STAGE/member")
  echo "existing $line" >"$home/etcd-initial-cluster.new"
  mv -f "$home/etcd-initial-cluster.new" "$home/etcd-initial-cluster"
  say "joins the etcd cluster of $peer as a learner"
}

add_refused() { etcdctl_at "$peer" member list; }

add_member() { etcdctl_at "$1" member add "$MACHINE" --learner --peer-urls="https://$ADDRESS:2380" >"$STAGE/member"; }

is_learner() { etcdctl_at "$ADDRESS" endpoint status --write-out=json | grep -q '"isLearner":true'; }

promote() {
  local peer id
  peer=$(healthy_peer)
  id=$(etcdctl_at "$peer" member list | awk -F', ' -v name="$MACHINE" '$3 == name {print $1}')
  etcdctl_at "$peer" member promote "$id"
}

is_healthy() { etcdctl_at "$ADDRESS" endpoint health; }

etcd_answers() { etcdctl_at "$ADDRESS" endpoint status; }

wait_for_etcd() {
  wait_for 180 "etcd on $ADDRESS:2379" nothing "run 'journalctl -u kubelet' and look into /var/log/pods/kube-system_etcd* on $MACHINE" etcd_answers
  if is_learner; then
    wait_for 180 "the learner to catch up and become a member" promote "run 'etcdctl endpoint status --cluster' on another control plane" promote
    say "etcd member promoted"
  fi
  wait_for 60 "a healthy etcd member on $ADDRESS" is_healthy "run 'etcdctl endpoint health --cluster' on $MACHINE" is_healthy
}
