# Runs on a control plane, for one machine NODE: lets it in, gives its Node what only an administrator may give, and
# waits until it is Ready.
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig
# shellcheck source=admit.sh
. "$STAGE/admit.sh"

exists() { kubectl get node "$NODE" -o name; }

describe() {
  # shellcheck disable=SC2086
  # The role's label may only be set by an administrator; the address label is what serving certificates are checked against.
  kubectl label node "$NODE" --overwrite "node-restriction.kubernetes.io/address=$NODE_ADDRESS" $NODE_LABELS
  [ -z "$NODE_POD_RANGE" ] || [ "$(kubectl get node "$NODE" -o 'jsonpath={.spec.podCIDR}')" = "$NODE_POD_RANGE" ] ||
    kubectl patch node "$NODE" --type merge -p "{\"spec\":{\"podCIDR\":\"$NODE_POD_RANGE\",\"podCIDRs\":[\"$NODE_POD_RANGE\"]}}"
}

is_ready() { [ "$(kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ]; }

why_not_ready() { kubectl get node "$NODE" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}' 2>/dev/null || echo "no Node object"; }

if ! is_ready 2>/dev/null; then
  wait_for 60 "the API server to take the bootstrap token" admit "run 'kubectl get --raw /readyz?verbose' on $MACHINE" admit
fi
wait_for 300 "the Node object of $NODE" nothing "run 'journalctl -u kubelet' on $NODE ($NODE_ADDRESS)" exists
wait_for 60 "labels and pod range of $NODE" describe "run 'kubectl describe node $NODE' on $MACHINE" describe
wait_for 300 "the Node $NODE to be Ready" why_not_ready "run 'kubectl describe node $NODE' on $MACHINE and 'journalctl -u kubelet' on $NODE ($NODE_ADDRESS)" is_ready
kubectl -n kube-system delete secret "bootstrap-token-$TOKEN_ID" --ignore-not-found >/dev/null
say "$NODE is Ready"
