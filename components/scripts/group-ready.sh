# Runs on a control plane: waits until the group GROUP has GROUP_MIN Ready Nodes, then takes back its former tokens.
# shellcheck shell=bash disable=SC2154
# shellcheck source=admit.sh
. "$STAGE/admit.sh"
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

states() {
  kubectl get nodes --selector="kubernetes-from-scratch/pool=$GROUP" \
    -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'
}

are_ready() { local found; found=$(states) && (($(grep -c True <<<"$found") >= GROUP_MIN)); }

how_many() { echo "$(states | grep -c True) Ready, $(kubectl get csr --no-headers 2>/dev/null | grep -c Pending) requests to join pending"; }

# One whose machine is gone.
take_back_former_tokens() {
  kubectl --namespace=kube-system delete secrets --ignore-not-found \
    --selector="kubernetes-from-scratch/group=$GROUP,kubernetes-from-scratch/token-id,kubernetes-from-scratch/token-id!=$TOKEN_ID"
}

wait_for 600 "$GROUP_MIN Ready Nodes of the group $GROUP" how_many \
  "run 'journalctl -u group-keeper' on the control planes and 'journalctl -u kubernetes-join' on a machine of the group" are_ready
take_back_former_tokens >/dev/null
say "$GROUP: $(how_many)"
