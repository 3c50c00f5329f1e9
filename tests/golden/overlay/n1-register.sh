exec bash -c "$(cat <<'=====END-OF-STEP====='
set -euo pipefail
umask 022
STEP=register-n1 MACHINE=n1 STAGE=/run/kubernetes-from-scratch/register-n1
NODE=n1
NODE_ADDRESS=10.80.0.21
NODE_VERSION=1.36.3
NODE_LABELS=node-role.kubernetes.io/node=
NODE_TAINTS=''
NODE_POD_RANGE=10.10.21.0/24
PEERS=''
GONE=no
mkdir -p /run/kubernetes-from-scratch; exec 9>"$STAGE.lock"
flock -w 900 9 || { echo "$MACHINE: $STEP failed: its former run did not end within 900 s" >&2; exit 1; }
rm -rf "$STAGE"; mkdir -m 0700 "$STAGE"; base64 -d | tar -xz -C "$STAGE"
. $STAGE/step.sh
. $STAGE/register.sh
=====END-OF-STEP=====
)"
