# Takes Kubernetes off the machine again: processes, mounts, interfaces, rules, files.
# shellcheck shell=bash disable=SC2154

# One member less, while the others go on; the last member just ends.
leave_etcd() {
  [ -d /var/lib/etcd/member ] && command -v etcdctl >/dev/null || return 0
  # shellcheck source=etcd.sh
  . "$STAGE/etcd.sh"
  local members
  members=$(etcdctl_at 127.0.0.1 member list 2>/dev/null) || return 0
  (($(wc -l <<<"$members") > 1)) || return 0
  etcdctl_at 127.0.0.1 member remove "$(awk -F', ' -v name="$MACHINE" '$3 == name {print $1}' <<<"$members")" >/dev/null ||
    say "its etcd member could not be removed: run 'etcdctl member list' on another control plane"
}
leave_etcd

units="kubelet kubelet-serving-approver kube-proxy calico-felix kubernetes-routes"
say "stopping services"
# shellcheck disable=SC2086
systemctl disable --quiet --now $units 2>/dev/null || true
say "removing containers"
if systemctl is-active --quiet containerd; then
  ctr -n k8s.io tasks ls -q | xargs -r -n1 ctr -n k8s.io tasks kill --signal SIGKILL 2>/dev/null || true
  for _ in {1..50}; do
    [ -z "$(ctr -n k8s.io tasks ls | awk 'NR > 1 && $3 != "STOPPED"')" ] && break
    sleep 0.2
  done
  ctr -n k8s.io containers ls -q | xargs -r ctr -n k8s.io containers rm 2>/dev/null || true
fi
systemctl disable --quiet --now containerd haproxy keepalived 2>/dev/null || true
# Shims outlive containerd (KillMode=process); each is named by the folder of its bundle.
grep -l '^Name:.containerd-shim' /proc/[0-9]*/status 2>/dev/null | cut -d/ -f3 | xargs -r kill -9 2>/dev/null || true

awk '$2 ~ "^/(var/lib/kubelet|run/containerd|run/netns/cni-|var/lib/containerd)" {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null || true
find /run/netns -name 'cni-*' -delete 2>/dev/null || true

say "removing interfaces, routes and rules"
ip -o link show | awk -F': ' '{print $2}' | cut -d@ -f1 | grep -E '^(cali|cni0$|kube-|vxlan.calico)' | xargs -r -n1 ip link delete 2>/dev/null || true
ip route flush proto 201 2>/dev/null || true
ip route flush type blackhole proto 201 2>/dev/null || true
nft list tables 2>/dev/null | awk '$3 ~ /^(kubernetes-from-scratch|kube-proxy)$/ {print "delete", $0}' | nft -f - || true
iptables_rules_without_ours() { iptables-nft-save 2>/dev/null | grep -vE 'cali[-:]|KUBE-|CNI-' ; }
if iptables-nft-save 2>/dev/null | grep -qE 'cali[-:]|KUBE-|CNI-'; then iptables_rules_without_ours | iptables-nft-restore || true; fi
ipset list -n 2>/dev/null | grep '^cali' | xargs -r -n1 ipset destroy 2>/dev/null || true

say "removing files"
for list in "$home"/files.*; do [ -f "$list" ] && xargs -r rm -f <"$list"; done
for record in "$home"/installed/*; do [ -f "$record" ] && rm -f "$(basename "$record" | tr _ /)"; done
rm -rf /etc/kubernetes /etc/cni/net.d /etc/calico /opt/cni /var/lib/kubelet /var/lib/etcd /var/lib/containerd /var/lib/cni /var/lib/calico \
  /var/lib/kube-proxy /var/log/pods /var/log/containers /var/log/kubernetes /var/log/calico /run/containerd /run/calico /run/flannel \
  /etc/containerd /usr/local/lib/kubernetes-from-scratch
systemctl daemon-reload
sysctl --quiet --system >/dev/null 2>&1 || true
rm -rf "$home"
say "Kubernetes is gone"
