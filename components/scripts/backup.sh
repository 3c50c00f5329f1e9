# Takes a snapshot now; its last line is the snapshot's sum and path.
# shellcheck shell=bash disable=SC2154
path=$(/usr/local/lib/kubernetes-from-scratch/etcd-snapshot take 2>"$STAGE/why") ||
  fail "a snapshot of etcd" "$(tail -n 1 "$STAGE/why")" "run 'etcdctl endpoint health' on $MACHINE, or take one of another control plane"
say "took $(basename "$path"), read it back and compared it"
echo "$(sha256 "$path") $path"
