# Lets the machine NODE join: a bootstrap token of its own. Sourced; token.env came by standard input with TOKEN_ID and
# TOKEN_SECRET.
# shellcheck shell=bash disable=SC2154
# shellcheck source=/dev/null
. "$STAGE/token.env"

admit() {
  # Short-lived: the token cleaner removes it, and so does this script once the machine is in.
  kubectl apply --server-side --force-conflicts -f - <<TOKEN
apiVersion: v1
kind: Secret
metadata: {name: "bootstrap-token-$TOKEN_ID", namespace: kube-system}
type: bootstrap.kubernetes.io/token
stringData:
  description: "lets the machine $NODE join"
  token-id: "$TOKEN_ID"
  token-secret: "$TOKEN_SECRET"
  expiration: "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
  usage-bootstrap-authentication: "true"
  auth-extra-groups: system:bootstrappers:kubernetes-from-scratch
TOKEN
}
