# Who gets in, and what they may do. Sourced by verify.sh.
# shellcheck shell=bash disable=SC2154

# status PATH OPTION…: the HTTP status of a request without the administrator's credential.
status() { curl --silent --max-time 10 --cacert "$work/ca.crt" --output /dev/null --write-out '%{http_code}' "$server$1" "${@:2}"; }

check_anonymous() {
  local path code
  for path in /livez /readyz /healthz; do
    code=$(status "$path") || true
    [ "$code" = 200 ] || broken "$path answers $code" "curl -k $server$path"
  done
  for path in /version /api /apis /metrics /openapi/v3 /api/v1/namespaces/kube-system/secrets; do
    code=$(status "$path") || true
    [[ $code == 40[13] ]] || broken "$path answers $code to everyone" "kubectl get clusterrolebindings -o wide | grep -e anonymous -e unauthenticated"
  done
  echo "3 paths open, 6 refused"
}

check_wrong_token() {
  local code
  printf 'Authorization: Bearer %s\n' "$(head -c 24 /dev/urandom | base64 | tr -dc 'a-zA-Z0-9')" >"$work/wrong-token"
  code=$(status /api --header "@$work/wrong-token") || true
  [ "$code" = 401 ] || broken "a made-up token gets $code, expected 401" "kubectl -n kube-system logs -l component=kube-apiserver --tail=20"
  echo "401"
}

# as USER COMMAND…: kubectl with the user's token, which is in a file.
as() { kubectl --kubeconfig="$work/$1.kubeconfig" --cache-dir="$work/cache" --request-timeout=10s "${@:2}"; }

check_users() {
  local token user groups known=()
  [ -s "${USERS:-}" ] || skipped "no users with tokens"
  while IFS=, read -r token user _ groups; do
    groups=${groups//\"/}
    (umask 077 && printf '%s' "$token" >"$work/$user.token")
    cat >"$work/$user.kubeconfig" <<KUBECONFIG
apiVersion: v1
kind: Config
clusters: [{name: cluster, cluster: {server: "$server", certificate-authority: "$work/ca.crt"}}]
users: [{name: user, user: {tokenFile: "$work/$user.token"}}]
contexts: [{name: context, context: {cluster: cluster, user: user}}]
current-context: context
KUBECONFIG
    check_identity "$user" "$groups"
    check_rights "$user" "$groups"
    known+=("$user")
  done <"$USERS"
  echo "${known[*]}"
}

# check_identity USER GROUPS: the token stands for this user, these groups and no other.
check_identity() {
  local found wanted
  wanted=$(tr , '\n' <<<"$1,$2,system:authenticated" | sed '/^$/d' | sort | tr '\n' ' ')
  found=$(as "$1" auth whoami -o jsonpath='{.status.userInfo.username}{"\n"}{range .status.userInfo.groups[*]}{@}{"\n"}{end}' | sed '/^$/d' | sort | tr '\n' ' ')
  [ "$found" = "$wanted" ] || broken "the token of $1 stands for '$found', expected '$wanted'" "kubectl -n kube-system logs -l component=kube-apiserver --tail=20"
}

# check_rights USER GROUPS: what is granted to the group is allowed; what the group may not do is refused.
check_rights() {
  local groups=() as_groups=() subject="--user=$1" right
  IFS=, read -ra groups <<<"$2"
  if ((${#groups[@]})); then
    subject="--group=${groups[0]}"
    as_groups=("${groups[@]/#/--as-group=}")
  fi
  kubectl --namespace="$namespace" create rolebinding "reader-$1" --role=reader "$subject" >/dev/null
  eventually 5 lists_pods "$1" || broken "$1 may not do what was granted to ${subject#--}" "kubectl auth can-i --list --as=$1 ${as_groups[*]}"
  for right in "list secrets kube-system" "delete pods $namespace" "create namespaces default"; do
    # shellcheck disable=SC2086
    set -- "$1" "$2" $right
    if may "$1" "$3" "$4" "$5" && ! kubectl --namespace="$5" auth can-i "$3" "$4" --as="$1" "${as_groups[@]}" >/dev/null 2>&1; then
      broken "$1 may $3 $4, which its groups may not" "kubectl auth can-i --list --as=$1 ${as_groups[*]}"
    fi
  done
}

lists_pods() { as "$1" --namespace="$namespace" get pods --output=name >/dev/null 2>&1; }

# may USER VERB RESOURCE NAMESPACE: what the API server says to the user, asked with the user's token.
may() { as "$1" --namespace="$4" auth can-i "$2" "$3" >/dev/null 2>&1; }
