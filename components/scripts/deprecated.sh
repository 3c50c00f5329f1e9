# Before a control plane goes to a newer minor version: which APIs are in use that this version, or a later one, no longer
# has? Each API server counts what it is asked for. No program was replaced yet.
# shellcheck shell=bash disable=SC2154

# as_operator URL
as_operator() {
  curl --silent --fail --max-time 10 --cacert /etc/kubernetes/pki/cluster-ca.crt \
    --cert /etc/kubernetes/pki/operator/client.crt --key /etc/kubernetes/pki/operator/client.key "$1"
}

# Lines "MINOR RESOURCE.VERSION.GROUP": the minor version in which a deprecated API that was asked for ends.
deprecated_apis() {
  local server=$1 address port=${1##*:}
  for address in $(as_operator "$server/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes?pretty=true" | grep -oE '"([0-9]{1,3}\.){3}[0-9]{1,3}"' | tr -d '"'); do
    as_operator "https://$address:$port/metrics" | awk -F '"' '
      /^apiserver_requested_deprecated_apis\{/ {
        delete is
        for (i = 1; i < NF; i += 2) {key = $i; gsub(/.*[{,]|=$/, "", key); is[key] = $(i + 1)}
        # One without an end is no obstacle to any version.
        if (split(is["removed_release"], release, ".") == 2)
          print release[2] " " is["resource"] "." is["version"] (is["group"] == "" ? "" : "." is["group"])
      }'
  done | sort -u
}

check_deprecated_apis() {
  local server running wanted minor name ended=() later=()
  [ -f /etc/kubernetes/admin.kubeconfig ] || return 0
  server=$(sed -n 's/^ *server: *//p' /etc/kubernetes/admin.kubeconfig)
  running=$(as_operator "$server/version" | sed -n 's/^ *"gitVersion": "v[0-9]*\.\([0-9]*\)\..*/\1/p') || return 0
  wanted=$(cut -d. -f2 <<<"$KUBERNETES_VERSION")
  # Where nothing serves there is nothing to ask.
  [ -n "$running" ] && ((wanted > running)) || return 0
  while read -r minor name; do
    if ((minor <= wanted)); then ended+=("$name (until 1.$minor)"); else later+=("$name (until 1.$minor)"); fi
  done < <(deprecated_apis "$server")
  ((${#later[@]} == 0)) || say "warning: deprecated APIs in use: ${later[*]}"
  ((${#ended[@]} == 0)) || fail "no use of APIs that Kubernetes $KUBERNETES_VERSION does not have" "requests for ${ended[*]}" \
    "find who asks (grep 'k8s.io/deprecated' /var/log/kubernetes/kube-apiserver/* on the control planes), change it, end each kube-apiserver once (pkill -x kube-apiserver: it starts anew and forgets), then pulumi up"
}

check_deprecated_apis
