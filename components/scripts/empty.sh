# Runs on a control plane, before the cloud stops the machine NODE or makes it anew: moves its pods elsewhere. What the
# machine is made of stands in its Node (register.sh); where that is SHAPE already, nothing is to be done.
# DRAIN_SECONDS is how long its pods may take to leave.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig KUBECACHEDIR=/var/lib/kubernetes-from-scratch/kubectl
readonly step="$NODE: emptying"

kubectl get --raw /readyz --request-timeout=10s >/dev/null 2>&1 || {
  echo "$step: no API server answers: its pods can't be moved"
  exit 0
}
found=$(kubectl get node "$NODE" --ignore-not-found -o 'go-template={{index .metadata.annotations "kubernetes-from-scratch/shape"}}')
# No Node, or a Node of which nobody wrote down what it is made of: it has not joined to the end.
[ -n "$found" ] && [ "$found" != '<no value>' ] && [ "$found" != "$SHAPE" ] || exit 0
(($(kubectl get nodes --selector=node-role.kubernetes.io/node -o name | wc -l) > 1)) || {
  echo "$step: its pods have nowhere to go: they stop with it"
  exit 0
}
echo "$step: draining, from $found to $SHAPE"
kubectl annotate node "$NODE" --overwrite kubernetes-from-scratch/cordoned=yes >/dev/null
if ! said=$(kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data --force --timeout="${DRAIN_SECONDS}s" 2>&1); then
  kubectl uncordon "$NODE" >/dev/null
  kubectl annotate node "$NODE" kubernetes-from-scratch/cordoned- >/dev/null
  echo "$step failed: expected its pods to leave within $DRAIN_SECONDS s, before the machine changes; found $(tail -n 1 <<<"$said"). Next: make room for them (kubectl get poddisruptionbudgets -A) or raise rollout.drainTimeout, then pulumi up; nothing was changed" >&2
  exit 1
fi
# Another image is another instance, with another id: what a Node says of that can't be changed, so it is made anew.
if [ "${found#* }" != "${SHAPE#* }" ] && [ -n "$(kubectl get node "$NODE" -o 'jsonpath={.spec.providerID}')" ]; then
  kubectl delete node "$NODE" >/dev/null
fi
