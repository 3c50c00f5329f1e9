# Runs on a control plane when all of them have what the stage of a rotation gives them: what is done once for the cluster.
#   ENCRYPTION       the key that every Secret is to be encrypted with, where a new one came into use
#   SERVICE_ACCOUNT  the stage of the service accounts' key
#   AUTHORITIES      generation and stage of the authorities
# shellcheck shell=bash disable=SC2154
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"
# shellcheck source=encryption.sh
. "$STAGE/encryption.sh"
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

other_keys() { stored_keys | counted "$ENCRYPTION"; }

# A Secret that is written anew, as it is, is encrypted with the key that comes first. One that changed meanwhile is
# refused, and has been written with it.
write_secrets_anew() {
  kubectl get secrets --all-namespaces --output=json --chunk-size=500 | kubectl replace --filename=- >/dev/null
}

all_are_rewritten() {
  local left
  left=$(other_keys) || return
  [ -n "$left" ] || return 0
  write_secrets_anew
  left=$(other_keys) && [ -z "$left" ]
}

rewrite_secrets() {
  local before
  before=$(stored_keys | grep -cvxF "$ENCRYPTION") || true
  wait_for 600 "all Secrets to be encrypted with key $ENCRYPTION" other_keys "run 'kubectl get secrets -A -o json | kubectl replace -f -' on $MACHINE" all_are_rewritten
  say "rewrote $before of $(stored_keys | wc -l) Secrets; all are encrypted with key $ENCRYPTION"
}

# Tokens in Secrets have no end, and nobody makes them anew.
tell_tokens() {
  local count
  count=$(kubectl get secrets --all-namespaces --field-selector=type=kubernetes.io/service-account-token --output=name | wc -l)
  ((count == 0)) || say "warning: $count Secrets hold tokens that end with the key they were signed with (kubectl get secrets -A --field-selector=type=kubernetes.io/service-account-token): make those of the old key anew"
}

# The authority as pods find it: the same in every namespace, and as on this machine.
published() {
  local wanted found
  wanted=$(</etc/kubernetes/pki/cluster-ca.crt)
  found=$(kubectl get configmaps --all-namespaces --field-selector=metadata.name=kube-root-ca.crt \
    --output=go-template='{{range .items}}{{printf "%q" (index .data "ca.crt")}}{{"\n"}}{{end}}' | sort -u)
  [ "$found" = "\"${wanted//$'\n'/\\n}\\n\"" ]
}

await_published() {
  wait_for 120 "the authorities in kube-root-ca.crt of every namespace" nothing "run 'kubectl get configmap -A --field-selector=metadata.name=kube-root-ca.crt' and see which kube-controller-manager leads" published
}

# Programs in pods read whom to trust when they start: those of the addons start anew, a pod at a time.
restart_addons() {
  local place name
  while read -r place name; do
    kubectl --namespace="$place" patch deployment "$name" --type=merge \
      --patch="{\"spec\": {\"template\": {\"metadata\": {\"annotations\": {\"kubernetes-from-scratch/authorities\": \"${AUTHORITIES% *}\"}}}}}" >/dev/null
    kubectl --namespace="$place" rollout status "deployment/$name" --timeout=180s >/dev/null 2>"$STAGE/rollout" ||
      fail "the pods of $place/$name to start anew" "$(tail -n 1 "$STAGE/rollout")" "run 'kubectl -n $place describe pods' on $MACHINE"
  done < <(kubectl get deployments --all-namespaces --selector=kubernetes-from-scratch/addon \
    --output=jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}')
  say "the addons trust both authorities"
}

# API servers add to what extension API servers are told to trust, and take nothing away.
forget_former_authorities() {
  {
    echo "data:"
    printf '  client-ca-file: |\n%s\n' "$(sed 's/^/    /' /etc/kubernetes/pki/cluster-ca.crt)"
    printf '  requestheader-client-ca-file: |\n%s\n' "$(sed 's/^/    /' /etc/kubernetes/pki/front-proxy-ca.crt)"
  } >"$STAGE/authentication.yaml"
  kubectl --namespace=kube-system patch configmap extension-apiserver-authentication --type=merge --patch-file="$STAGE/authentication.yaml" >/dev/null
}

[ -z "${ENCRYPTION:-}" ] || rewrite_secrets
[ "${SERVICE_ACCOUNT:-}" != use ] || tell_tokens
case ${AUTHORITIES:-} in
  *' trust')
    await_published
    restart_addons
    ;;
  *' drop')
    await_published
    wait_for 60 "the API server to forget former authorities" nothing "run 'kubectl get --raw /readyz?verbose' on $MACHINE" forget_former_authorities
    ;;
esac
