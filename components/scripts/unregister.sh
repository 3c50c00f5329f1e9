# Runs on another control plane when the machine NODE leaves: its pods move elsewhere, its Node object goes, and so does an
# etcd member that does not answer any more. (One that does leaves by itself: leave.sh.) GONE is yes for a machine that is
# lost for good.
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"

others() { kubectl get nodes -o name | grep -cvx "node/$NODE"; }

answers() { [ "$(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

leave_cluster() {
  if [ "$GONE" = yes ]; then
    # Nobody is there to end them; without this they would count as running for minutes.
    kubectl delete pods --all-namespaces --field-selector="spec.nodeName=$NODE" --force --grace-period=0 --wait=false >/dev/null 2>&1 || true
  elif (($(others) == 0)); then
    say "$NODE is the last machine: nowhere to move its pods to"
  elif ! answers; then
    say "$NODE does not answer: its pods are made anew elsewhere"
  else
    say "draining $NODE"
    kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s >"$STAGE/drain" 2>&1 ||
      say "not everything left $NODE within 120 s: $(tail -n 1 "$STAGE/drain")"
  fi
  kubectl delete node "$NODE" --ignore-not-found >/dev/null
  say "$NODE has left the cluster"
}

remove_lost_member() {
  local id
  id=$(etcdctl_at 127.0.0.1 member list | awk -F', ' -v url="https://$NODE_ADDRESS:2380" '$4 == url {print $1}') || return
  [ -z "$id" ] || etcdctl_at 127.0.0.1 member remove "$id"
}

# With the control plane gone or going there is no cluster to leave.
kubectl get --raw /readyz --request-timeout=10s >/dev/null 2>&1 || { say "no API server answers: nothing to take $NODE out of"; exit 0; }
if kubectl get node "$NODE" >/dev/null 2>&1; then leave_cluster; else say "$NODE has left already"; fi
if [ -n "$PEERS" ] && ! etcdctl_at "$NODE_ADDRESS" endpoint health >/dev/null 2>&1; then
  wait_for 60 "the etcd cluster to give the member on $NODE_ADDRESS up" nothing "run 'etcdctl member list' on $MACHINE" remove_lost_member
fi
