# Lets machines join, by the roll-out's bootstrap token. Sourced; token.env came by standard input with TOKEN_ID and
# TOKEN_SECRET.
# shellcheck shell=bash disable=SC2154
# shellcheck source=/dev/null
. "$STAGE/token.env"
server=$(sed -n 's/^ *server: *//p' /etc/kubernetes/admin.kubeconfig)

# api METHOD PATH [CURL-ARGUMENT…]: one request as the machine's administrator. (A kubectl costs twenty times as much.)
api() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --fail --max-time 20 --cacert /etc/kubernetes/pki/cluster-ca.crt \
    --cert /etc/kubernetes/pki/operator/client.crt --key /etc/kubernetes/pki/operator/client.key \
    --request "$method" "$@" "$server$path"
}

# apply PATH: server-side apply of standard input; what an earlier one set and this one does not name is taken back.
apply() {
  api PATCH "$1?fieldManager=kubernetes-from-scratch&force=true" \
    --header 'Content-Type: application/apply-patch+yaml' --data-binary @- --output /dev/null
}

readonly token_path=/api/v1/namespaces/kube-system/secrets/bootstrap-token-$TOKEN_ID

# Short-lived: verification.sh removes it when all machines are in, and the token cleaner after an hour.
admit() {
  apply "$token_path" <<TOKEN
apiVersion: v1
kind: Secret
metadata: {name: "bootstrap-token-$TOKEN_ID", namespace: kube-system, labels: {kubernetes-from-scratch/token: join}}
type: bootstrap.kubernetes.io/token
stringData:
  description: "lets the machines of a roll-out join"
  token-id: "$TOKEN_ID"
  token-secret: "$TOKEN_SECRET"
  expiration: "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
  usage-bootstrap-authentication: "true"
  auth-extra-groups: system:bootstrappers:kubernetes-from-scratch
TOKEN
}
