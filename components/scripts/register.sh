# Runs on a control plane, for one machine NODE: lets it in, gives its Node what only an administrator may give, and
# waits until it is Ready.
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig
# shellcheck source=admit.sh
. "$STAGE/admit.sh"

exists() { kubectl get node "$NODE" -o name; }

# gone ANNOTATION WORD…: the words that an earlier run noted there and that are not among these.
gone() {
  local noted
  noted=$(kubectl get node "$NODE" -o "jsonpath={.metadata.annotations.kubernetes-from-scratch/$1}" 2>/dev/null) || return 0
  shift
  tr ' ' '\n' <<<"$noted" | grep -vxFf <(printf '%s\n' "$@") | grep . || true
}

# The role's label may only be set by an administrator; the address label is what serving certificates are checked against.
describe() {
  local keys old
  keys=$(tr ' ' '\n' <<<"$NODE_LABELS" | cut -d= -f1 | xargs)
  # shellcheck disable=SC2086
  old=$(gone labels $keys | sed 's/$/-/')
  # shellcheck disable=SC2086
  kubectl label node "$NODE" --overwrite "node-restriction.kubernetes.io/address=$NODE_ADDRESS" $NODE_LABELS $old
  # shellcheck disable=SC2086
  old=$(gone taints $NODE_TAINTS | sed -E 's/(=[^:]*)?:/:/; s/$/-/')
  # A kubelet sets taints only when it registers: later ones are set here.
  # shellcheck disable=SC2086
  [ -z "$NODE_TAINTS$old" ] || kubectl taint node "$NODE" --overwrite $NODE_TAINTS $old
  kubectl annotate node "$NODE" --overwrite "kubernetes-from-scratch/labels=$keys" "kubernetes-from-scratch/taints=$NODE_TAINTS"
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
