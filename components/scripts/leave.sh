# Takes a control plane out of service in order, before it is removed: nobody is sent to it any more, its API server ends
# what it has begun, and its etcd member leaves the others.
# shellcheck shell=bash disable=SC2154
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"

# at_peer COMMAND…: on another member, which must be healthy.
at_peer() {
  local peer
  peer=$(healthy_peer) || return
  etcdctl_at "$peer" "$@"
}

serves_no_more() { ! listens "$ADDRESS" "$API_PORT"; }

# A leader that leaves would have the others without one for a second.
hand_over() {
  local other
  other=$(awk -F', ' -v name="$MACHINE" '$3 != name && $2 == "started" && $6 == "false" {print $1; exit}' "$STAGE/members")
  etcdctl_at 127.0.0.1 move-leader "$other" >/dev/null 2>&1 || true
}

remove_member() {
  local id
  at_peer member list >"$STAGE/members" || return
  id=$(awk -F', ' -v name="$MACHINE" '$3 == name {print $1}' "$STAGE/members")
  [ -z "$id" ] || at_peer member remove "$id"
}

if ! command -v etcdctl >/dev/null || ! at_peer member list >"$STAGE/members" 2>/dev/null; then
  say "no other control plane serves: nobody to take leave of"
  exit 0
fi
! has_virtual_address || systemctl disable --quiet --now keepalived
rm -f /etc/kubernetes/manifests/kube-*.yaml
wait_for 60 "the API server on $ADDRESS to end" nothing "run 'journalctl -u kubelet' on $MACHINE" serves_no_more
! has_virtual_address || systemctl disable --quiet --now haproxy
hand_over
wait_for 60 "the etcd cluster to let its member $MACHINE go" nothing "run 'etcdctl endpoint health --cluster' on another control plane" remove_member
rm -f /etc/kubernetes/manifests/etcd.yaml
say "$MACHINE has left the control planes"
