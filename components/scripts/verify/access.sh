# Who gets in, and what they may do. Sourced by verify.sh.
# shellcheck shell=bash disable=SC2154

readonly json="Content-Type: application/json"
readonly api_server_log="kubectl -n kube-system logs -l component=kube-apiserver --tail=20"

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
    [[ $code == 40[13] ]] || broken "$path answers $code to everyone" \
      "kubectl get clusterrolebindings -o wide | grep -e anonymous -e unauthenticated"
  done
  echo "3 paths open, 6 refused"
}

check_wrong_token() {
  local code
  printf 'Authorization: Bearer %s\n' "$(head -c 24 /dev/urandom | base64 | tr -dc 'a-zA-Z0-9')" >"$work/wrong-token"
  code=$(status /api --header "@$work/wrong-token") || true
  [ "$code" = 401 ] || broken "a made-up token gets $code, expected 401" "$api_server_log"
  echo "401"
}

# users: "name groups" of each, groups apart by commas; the tokens go to files of their own.
users() {
  local token user groups
  [ -s "${USERS:-}" ] || return 0
  while IFS=, read -r token user _ groups; do
    (umask 077 && printf 'Authorization: Bearer %s\n' "$token" >"$work/$user.token")
    printf '%s\t%s\n' "$user" "${groups//\"/}"
  done <"$USERS"
}

# user_bindings: lets each user's first group, or the user, see the pods of the namespace.
user_bindings() {
  local user groups subject
  while IFS=$'\t' read -r user groups; do
    subject="{apiGroup: rbac.authorization.k8s.io, kind: User, name: \"$user\"}"
    [ -z "$groups" ] || subject="{apiGroup: rbac.authorization.k8s.io, kind: Group, name: \"${groups%%,*}\"}"
    cat <<BINDING
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "reader-$user", namespace: $namespace}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [$subject]
BINDING
  done < <(users)
}

check_users() {
  local user groups known=()
  while IFS=$'\t' read -r user groups; do
    check_identity "$user" "$groups"
    eventually 5 has_status 200 "$user" "/api/v1/namespaces/$namespace/pods" ||
      broken "$user may not see pods, which was granted to ${groups%%,*}" "kubectl auth can-i --list --as=$user"
    # The second one is a dry run.
    check_limit "$user" "$groups" list secrets kube-system "/api/v1/namespaces/kube-system/secrets?limit=1"
    check_limit "$user" "$groups" delete pods "$namespace" "/api/v1/namespaces/$namespace/pods/web-0?dryRun=All" --request DELETE
    known+=("$user")
  done < <(users)
  ((${#known[@]})) || skipped "no users with tokens"
  echo "${known[*]}"
}

# has_status CODE USER PATH OPTION…: a request with the user's token.
has_status() { [ "$(status "$3" --header "@$work/$2.token" "${@:4}")" = "$1" ]; }

# check_identity USER GROUPS: the token stands for this user, these groups and no other.
check_identity() {
  local groups=() wanted found
  IFS=, read -ra groups <<<"$2"
  wanted=$(printf '"%s",' "${groups[@]}" system:authenticated)
  found=$(curl --silent --max-time 10 --cacert "$work/ca.crt" --header "@$work/$1.token" --header "$json" --data @- \
    "$server/apis/authentication.k8s.io/v1/selfsubjectreviews?pretty=false" \
    <<<'{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}')
  # A user whose column of groups is empty is in a group without a name, which nothing can be granted to.
  found=${found/'"",'/}
  [[ $found == *"\"username\":\"$1\""*"\"groups\":[${wanted%,}]"* ]] ||
    broken "the token of $1 does not stand for $1 in ${wanted%,}" "$api_server_log"
}

# check_limit USER GROUPS VERB RESOURCE NAMESPACE PATH OPTION…: what the groups may not do is refused.
check_limit() {
  may "$1" "$2" "$3" "$4" "$5" || has_status 403 "$1" "${@:6}" ||
    broken "$1 may $3 $4 of $5, or breaks on it" "kubectl auth can-i $3 $4 --namespace=$5 --as=$1 --as-group=${2//,/ --as-group=}"
}

# may USER GROUPS VERB RESOURCE NAMESPACE: what an administrator is told of the user.
may() {
  local groups=() names
  IFS=, read -ra groups <<<"$2"
  names=$(printf '"%s",' "${groups[@]}" system:authenticated)
  api "/apis/authorization.k8s.io/v1/subjectaccessreviews?pretty=false" --data @- --header "$json" <<REVIEW |
{"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {"user": "$1", "groups": [${names%,}],
 "resourceAttributes": {"verb": "$3", "resource": "$4", "namespace": "$5"}}}
REVIEW
    grep -q '"allowed":true'
}
