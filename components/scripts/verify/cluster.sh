# The machines and what runs on them. Sourced by verify.sh.
# shellcheck shell=bash disable=SC2154

check_nodes() {
  local wanted name version ready rest count=0
  for wanted in $NODES; do
    name=${wanted%=*} version=v${wanted#*=}
    read -r found_version ready rest < <(awk -v name="$name" '$1 == name {print $2, $3}' "$work/nodes") ||
      broken "there is no Node $name" "journalctl -u kubelet (on $name)"
    [ "$ready" = True ] || broken "$name is not ready" "kubectl describe node $name"
    [ "$found_version" = "$version" ] || broken "$name runs $found_version, expected $version" "journalctl -u kubelet (on $name)"
    count=$((count + 1))
  done
  check_groups
  name=$(awk -v wanted=" $NODES " 'index(wanted, " " $1 "=") == 0 {print $1}' "$work/nodes" | grep -vE "$(group_names)" | head -n 1 || true)
  # During `up` a machine that leaves still has its Node: the engine deletes last.
  [ -z "$name" ] || [ -n "${DURING_UP:-}" ] || broken "the Node $name is none of this cluster's machines" "kubectl describe node $name"
  echo "$count of $count"
}

# A pattern of the names that Nodes of groups have, or of one group; not every awk knows (…){4}.
group_names() {
  local group pattern='^$' address='-[0-9]+-[0-9]+-[0-9]+-[0-9]+'
  for group in ${1:-${GROUPS_OF_NODES:-}}; do pattern+="|^${group%=*}$address$"; done
  echo "$pattern"
}

# Nodes of groups come and go: those whose machines are not there, or not yet, are left out.
without_absent() { awk -v names="$(group_names)" '$3 == "True" || $1 !~ names'; }

# Part of check_nodes: each group has its fewest machines. More may be coming or going just now.
check_groups() {
  local group ready
  for group in ${GROUPS_OF_NODES:-}; do
    ready=$(awk -v names="$(group_names "$group")" '$3 == "True" && $1 ~ names' "$work/nodes" | wc -l)
    ((ready >= ${group#*=})) || broken "$ready Ready Nodes of the group ${group%=*}, expected ${group#*=}" "journalctl -u group-keeper (on the control planes)"
    count=$((count + ready))
  done
}

check_services() {
  local place name told=()
  while read -r place name; do
    kubectl --namespace="$place" rollout status "deployment/$name" --timeout=120s >/dev/null 2>"$work/rollout" ||
      broken "$name: $(tail -n 1 "$work/rollout")" "kubectl -n $place describe pods | tail -n 40"
    told+=("$name")
  done < <(kubectl get deployments --all-namespaces --selector=kubernetes-from-scratch/addon \
    -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}')
  if [[ " ${told[*]} " == *" metrics-server "* ]]; then
    kubectl wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=60s >/dev/null 2>&1 ||
      broken "the API of metrics-server is not available" "kubectl describe apiservice v1beta1.metrics.k8s.io"
  fi
  echo "${told[*]:-none}"
}

# Through kube-apiserver, which has been told to accept a kubelet by its certificate only.
check_serving_certificates() {
  local name why count=0 manifest=/etc/kubernetes/manifests/kube-apiserver.yaml
  eventually 20 told_authority || broken "kube-apiserver does not check kubelets' certificates" "grep kubelet $manifest (on a control plane)"
  while read -r name _; do
    # A kubelet asks for its certificate right after it joined.
    if ! eventually 20 api "/api/v1/nodes/$name/proxy/healthz" >"$work/healthz" 2>&1; then
      why=$(sed -n 's/.*"message": "\(.*\)",/\1/p' "$work/healthz" | tail -n 1)
      broken "$name: $why" "kubectl get csr; journalctl -u kubelet-serving-approver (on the control planes)"
    fi
    count=$((count + 1))
  done <"$work/nodes"
  echo "verified on $count of $count"
}

# A static pod shows up in the API some time after it runs.
told_authority() { [[ $(static_pods kube-apiserver '{.spec.containers[0].command}') == *--kubelet-certificate-authority=* ]]; }

# static_pods COMPONENT JSONPATH: a line for each.
static_pods() {
  kubectl --namespace=kube-system get pods --selector="component=$1" -o jsonpath="{range .items[*]}$2{\"\\n\"}{end}"
}

# One whose Node is there: of a machine that was lost its pods are still listed for a while.
has_etcd() {
  etcd=$(static_pods etcd '{.spec.nodeName} {.metadata.name}' | awk 'NR == FNR {there[$1] = $3; next} there[$1] == "True" {print $2; exit}' "$work/nodes" -)
  [ -n "$etcd" ]
}

# What etcd itself holds of a Secret.
check_encryption() {
  local etcd stored pki=/etc/kubernetes/pki
  eventually 20 has_etcd || broken "there is no etcd pod" "kubectl -n kube-system get pods"
  stored=$(kubectl --namespace=kube-system exec "$etcd" --container=etcd -- etcdctl --endpoints=https://127.0.0.1:2379 \
    --cacert="$pki/etcd-ca.crt" --cert="$pki/etcd/server.crt" --key="$pki/etcd/server.key" \
    get "/registry/secrets/$namespace/verify" --print-value-only | tr -d '\0')
  [[ $stored != *not-for-etcd* ]] || broken "a Secret lies in etcd in plain text" \
    "grep encryption /etc/kubernetes/manifests/kube-apiserver.yaml (on the control planes)"
  [[ $stored == k8s:enc:secretbox:v1:* ]] || broken "a Secret lies in etcd as ${stored:0:20}" "kubectl -n kube-system logs $etcd"
  stored=${stored#k8s:enc:}
  echo "secretbox, key ${stored#secretbox:v1:}" | cut -d: -f1
}
