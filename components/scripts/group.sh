# Runs on a control plane, for the group GROUP: puts there what its machines fetch when they join, and the token with which
# they do, for TOKEN_HOURS from now.
# shellcheck shell=bash disable=SC2154
# shellcheck source=admit.sh
. "$STAGE/admit.sh"

# Its group is not one whose requests kube-controller-manager approves: group-keeper does, for names of the group alone.
open_door() {
  apply "$token_path" <<TOKEN
apiVersion: v1
kind: Secret
metadata:
  name: "bootstrap-token-$TOKEN_ID"
  namespace: kube-system
  labels: {kubernetes-from-scratch/group: "$GROUP", kubernetes-from-scratch/token-id: "$TOKEN_ID"}
type: bootstrap.kubernetes.io/token
stringData:
  description: "lets machines of the group $GROUP join"
  token-id: "$TOKEN_ID"
  token-secret: "$TOKEN_SECRET"
  expiration: "$(date -u -d "+$TOKEN_HOURS hours" +%Y-%m-%dT%H:%M:%SZ)"
  usage-bootstrap-authentication: "true"
  auth-extra-groups: "system:bootstrappers:kubernetes-from-scratch:groups,system:bootstrappers:kubernetes-from-scratch:groups:$GROUP"
TOKEN
}

put_bundle() { apply "/api/v1/namespaces/kube-system/secrets/join-$GROUP" <"$STAGE/secret.json"; }

readonly look="run 'kubectl get --raw /readyz?verbose' on $MACHINE"
wait_for 60 "the API server to take what machines of $GROUP fetch" put_bundle "$look" put_bundle
wait_for 60 "the API server to take the token of $GROUP" open_door "$look" open_door
say "machines of $GROUP can join for $TOKEN_HOURS hours"
