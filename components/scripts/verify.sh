# Proves that the cluster works, from where it runs: on a control plane as the last step of `pulumi up`, and on any computer
# (`make verify`). Prints a table; where a check fails, the first thing to look at, and ends with 1.
#
# Sourced. Needs bash, kubectl and curl. STAGE is the folder of this file (absolute), KUBECONFIG an administrator's, and further:
#   NODES   "name=version …" of every machine
#   GROUPS_OF_NODES  "name=minimum …" of every group of machines, whose Nodes are called NAME-A-B-C-D after their addresses
#   POLICY  calico, or none where nothing enforces NetworkPolicy
#   IMAGE   agnhost, the image of the pods that talk to each other
#   USERS   a file of users with tokens as kube-apiserver reads it (token,user,uid,"group,…"), or nothing
#   OUTSIDE optional: yes where machines' own addresses are not reached from here, as from outside of a cloud
#   WORK    optional: a folder for what is written down meanwhile, tokens of users among it
# shellcheck shell=bash disable=SC2154
export KUBECONFIG
# shellcheck source=verify/report.sh
. "$STAGE/verify/report.sh"
# shellcheck source=verify/cluster.sh
. "$STAGE/verify/cluster.sh"
# shellcheck source=verify/access.sh
. "$STAGE/verify/access.sh"
# shellcheck source=verify/traffic.sh
. "$STAGE/verify/traffic.sh"

work=${WORK:-$STAGE/work}
namespace=verify-$(printf '%08x' "$SRANDOM")

verify() (
  trap clean_up EXIT
  trap 'exit 143' TERM INT HUP
  rm -rf "$work"
  mkdir -m 0700 "$work"
  # So that the API's socket has a short name, as sockets must.
  cd "$work" || exit

  connect
  remove_leftovers &
  begin nodes "Nodes ready, right version" check_nodes
  begin serving "kubelets' serving certificates" check_serving_certificates
  begin anonymous "anonymous: health and no more" check_anonymous
  begin token "wrong token refused" check_wrong_token

  create_objects
  begin encryption "secrets encrypted in etcd" check_encryption
  begin users "users' tokens and groups" check_users

  if pods_run; then
    begin address "pod to pod by address" check_pairs address
    begin service "pod to pod by service address" check_pairs service
    begin name "pod to pod by service name" check_pairs name
    begin api "pod to the API server" check_api_from_pods
    begin services "cluster services rolled out" check_services
    begin node-port "NodePort on every node" check_node_port
    begin logs "logs" check_logs
    begin exec "exec" check_exec
    begin forward "port-forward" check_port_forward
    begin allow "NetworkPolicy lets through" check_policy_allows
    begin deny "NetworkPolicy denies" check_policy_denies
  fi
  report
)

# An API for curl: no credential is read, passed on or written down here.
connect() {
  local data
  read -r server data < <(kubectl config view --minify --flatten --raw \
    -o jsonpath='{.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data}{"\n"}')
  base64 -d <<<"$data" >"$work/ca.crt"
  # It ends by itself and holds no lock, should this script be killed.
  timeout 600 kubectl proxy --unix-socket=api >/dev/null 2>"$work/proxy.err" 9>&- &
  if ! eventually 15 api /readyz >/dev/null 2>"$work/api.err"; then
    printf '%s: verification failed: expected an answer of %s; found %s. Next: %s\n' \
      "${MACHINE:-cluster}" "$server" "$(tail -n 1 "$work/api.err")" "kubectl get --raw '/readyz?verbose'" >&2
    exit 1
  fi
  # name version ready address role
  kubectl get nodes -o go-template-file="$STAGE/verify/nodes.template" | without_absent >"$work/nodes"
}

# Namespaces of runs that were cut off.
remove_leftovers() {
  local label=kubernetes-from-scratch/verify
  kubectl delete namespaces --selector="$label,$label!=$namespace" --wait=false >/dev/null
}

create_objects() {
  {
    filled objects.yaml "" ""
    local index=0 node
    while read -r node; do
      echo ---
      filled pod.yaml "web-$index" "$node"
      index=$((index + 1))
    done < <(pod_nodes)
    # The policy's server is on the first node, the two that call it are on the last.
    echo ---
    filled pod.yaml guarded "$(pod_nodes | head -n 1)"
    echo ---
    filled pod.yaml granted "$(pod_nodes | tail -n 1)"
    user_bindings
  } >"$work/objects.yaml"
  kubectl create --validate=ignore --filename="$work/objects.yaml" >/dev/null
}

# filled FILE NAME NODE: a manifest with its blanks filled in.
filled() {
  sed -e "s|@NAMESPACE@|$namespace|g" -e "s|@IMAGE@|$IMAGE|g" -e "s|@NAME@|$2|g" -e "s|@NODE@|$3|g" "$STAGE/verify/$1"
}

# Where pods of users run: not on control planes, unless there is nothing else.
pod_nodes() {
  awk '$3 == "True" {if ($5 == "node") nodes[++n] = $1; else others[++o] = $1}
    END {for (i = 1; i <= n; i++) print nodes[i]; if (!n) for (i = 1; i <= o; i++) print others[i]}' "$work/nodes"
}

clean_up() {
  local jobs
  jobs=$(jobs -p)
  # shellcheck disable=SC2086
  [ -z "$jobs" ] || kill $jobs 2>/dev/null || true
  kubectl delete namespace "$namespace" --ignore-not-found --wait=false >/dev/null 2>&1 || true
  rm -rf "$work"
}

verify
