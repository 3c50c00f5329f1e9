# Runs on a control plane when the machine NODE leaves: its pods move elsewhere, its Node object goes.
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

# With the control plane gone or going there is no cluster to leave.
kubectl get --raw /readyz --request-timeout=10s >/dev/null 2>&1 || { say "no API server answers: nothing to take $NODE out of"; exit 0; }
kubectl get node "$NODE" >/dev/null 2>&1 || { say "$NODE has left already"; exit 0; }

if [ -e "$home/ending" ]; then say "the whole cluster ends"; exit 0; fi

others() { kubectl get nodes -o name | grep -cvx "node/$NODE"; }

if (($(others) == 0)); then
  say "$NODE is the last machine: nowhere to move its pods to"
else
  say "draining $NODE"
  kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s >"$STAGE/drain" 2>&1 ||
    say "not everything left $NODE within 120 s: $(tail -n 1 "$STAGE/drain")"
fi
kubectl delete node "$NODE" --ignore-not-found >/dev/null
say "$NODE has left the cluster"
