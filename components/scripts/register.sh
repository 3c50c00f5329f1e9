# Runs on a control plane, for one machine NODE: lets it in, gives its Node what only an administrator may give, and
# waits until it is Ready.
# shellcheck shell=bash disable=SC2153,SC2154
# shellcheck source=admit.sh
. "$STAGE/admit.sh"
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

# The taints that an earlier run set; nothing where there is no Node.
known_taints() {
  api GET "/api/v1/nodes/$NODE" 2>/dev/null | sed -n 's|^ *"kubernetes-from-scratch/taints": "\(.*\)",*$|\1|p' || true
}

# Kubelets say it when they make their Node; one that was there before the cloud's controller manager has none yet. On AWS
# the instance's id ends it.
provider_id=${NODE_PROVIDER_ID:-}
[[ $provider_id != */ ]] || provider_id+=$(<"$STAGE/identity")

# What only an administrator may set: roles, and the address that serving certificates are checked against. Server-side
# apply takes back a label that the configuration no longer has.
describe() {
  {
    cat <<NODE
apiVersion: v1
kind: Node
metadata:
  name: $NODE
  annotations: {kubernetes-from-scratch/taints: "$NODE_TAINTS"${NODE_SHAPE:+, kubernetes-from-scratch/shape: "$NODE_SHAPE"}}
  labels:
    node-restriction.kubernetes.io/address: "$NODE_ADDRESS"
NODE
    local label spec=''
    for label in $NODE_LABELS; do printf '    %s: "%s"\n' "${label%%=*}" "${label#*=}"; done
    [ -z "$NODE_POD_RANGE" ] || spec="podCIDR: \"$NODE_POD_RANGE\", podCIDRs: [\"$NODE_POD_RANGE\"]"
    [ -z "$provider_id" ] || spec+="${spec:+, }providerID: \"$provider_id\""
    [ -z "$spec" ] || printf 'spec: {%s}\n' "$spec"
  } | apply "/api/v1/nodes/$NODE"
}

# A kubelet joins with its taints (kubelet.conf.d/70-taints.conf); what changes later is changed here.
# Taints are one list that others write to as well (cordon, the node controller): only our own come and go.
taint() {
  local old
  old=$(tr ' ' '\n' <<<"$before" | grep . | grep -vxFf <(tr ' ' '\n' <<<"$NODE_TAINTS") | sed -E 's/(=[^:]*)?:/:/; s/$/-/' || true)
  # shellcheck disable=SC2086
  kubectl taint node "$NODE" --overwrite $NODE_TAINTS $old
}

# A node that was emptied before its machine changed (empty.sh) takes pods again.
was_emptied() {
  local node
  [ -n "${NODE_SHAPE:-}" ] && node=$(api GET "/api/v1/nodes/$NODE") && grep -q '"kubernetes-from-scratch/cordoned": "yes"' <<<"$node"
}

uncordon() {
  kubectl uncordon "$NODE" && kubectl annotate node "$NODE" kubernetes-from-scratch/cordoned-
}

# Only a kubelet makes its Node: finding one that says nothing yet of its capacity, it would take its static pods, the API
# server among them, for too many, and never look at them again.
has_joined() { api GET "/api/v1/nodes/$NODE" --output /dev/null; }

is_ready() {
  local node
  node=$(api GET "/api/v1/nodes/$NODE") && grep --after-context=1 '"type": "Ready"' <<<"$node" | grep -q '"status": "True"' &&
    grep -qF "\"kubeletVersion\": \"v$NODE_VERSION\"" <<<"$node"
}

serves() { curl --silent --show-error --output /dev/null --max-time 5 --cacert /etc/kubernetes/pki/cluster-ca.crt "https://$NODE_ADDRESS:10250/healthz"; }

not_joined() { echo "a kubelet that has not joined"; }

why_not_ready() { kubectl get node "$NODE" -o 'jsonpath={.status.nodeInfo.kubeletVersion}, {.status.conditions[?(@.type=="Ready")].message}'; }

wait_for 60 "the API server to take the bootstrap token" admit "run 'kubectl get --raw /readyz?verbose' on $MACHINE" admit
readonly look="run 'kubectl describe node $NODE' on $MACHINE and 'journalctl -u kubelet' on $NODE ($NODE_ADDRESS)"
wait_for 300 "the kubelet of $NODE to join" not_joined "$look" has_joined
before=$(known_taints)
wait_for 60 "the Node object of $NODE" describe "run 'kubectl describe node $NODE' on $MACHINE" describe
[ "$before" = "$NODE_TAINTS" ] || wait_for 60 "the taints of $NODE" taint "run 'kubectl describe node $NODE' on $MACHINE" taint
wait_for 300 "the Node $NODE to be Ready with v$NODE_VERSION" why_not_ready "$look" is_ready
# Logs and exec work from here on: the kubelet shows a certificate of the cluster for its address.
wait_for 120 "the serving certificate of $NODE" serves "run 'kubectl get csr' and 'journalctl -u kubelet-serving-approver' on $MACHINE" serves
if was_emptied; then wait_for 60 "the API server to let $NODE take pods again" nothing "run 'kubectl uncordon $NODE', then pulumi up" uncordon; fi
say "$NODE is Ready"
