# Takes Kubernetes off the machine again: processes, mounts, interfaces, rules, files. What was there before stays.
# shellcheck shell=bash disable=SC2154

# One by one: of several units systemd takes none where one is not there.
stop_units() {
  local unit
  for unit in "$@"; do systemctl disable --quiet --now "$unit" 2>/dev/null || true; done
}

# in_containerd COMMAND…: it warns of the kernel's age on every call.
in_containerd() { ctr -n k8s.io "$@" 2>/dev/null; }

remove_containers() {
  if systemctl is-active --quiet containerd; then
    in_containerd tasks ls -q | xargs -r -n1 ctr -n k8s.io tasks kill --signal SIGKILL 2>/dev/null || true
    for _ in {1..50}; do
      [ -z "$(in_containerd tasks ls | awk 'NR > 1 && $3 != "STOPPED"')" ] && break
      sleep 0.2
    done
    in_containerd containers ls -q | xargs -r ctr -n k8s.io containers rm 2>/dev/null || true
  fi
  stop_units containerd
  # Shims outlive containerd (KillMode=process), those of other runtimes are none of ours.
  pgrep -f 'containerd-shim-runc-v2 -namespace k8s.io ' | xargs -r kill -9 2>/dev/null || true
  systemctl stop kubepods.slice 2>/dev/null || true
  # systemd leaves those of controllers that it does not use itself (cgroup version 1).
  find /sys/fs/cgroup -depth -type d -path '*/kubepods.slice*' -exec rmdir {} + 2>/dev/null || true
  awk '$2 ~ "^/(var/lib/kubelet|run/containerd|run/netns/cni-|var/lib/containerd)" {print $2}' /proc/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null || true
  find /run/netns -name 'cni-*' -delete 2>/dev/null || true
}

remove_network() {
  ip -o link show | awk -F': ' '{print $2}' | cut -d@ -f1 | grep -E '^(cali|cni0$|kube-|vxlan[.](calico|pods)$)' | xargs -r -n1 ip link delete 2>/dev/null || true
  ip route flush proto 201 2>/dev/null || true
  ip route flush type blackhole proto 201 2>/dev/null || true
  nft list tables 2>/dev/null | awk '$3 ~ /^(kubernetes-from-scratch|kube-proxy)$/ {print "delete", $0}' | nft -f - || true
  remove_iptables_rules
  ipset list -n 2>/dev/null | grep '^cali' | xargs -r -n1 ipset destroy 2>/dev/null || true
}

# Felix's rules are among those of others.
remove_iptables_rules() {
  local rules table
  rules=$(iptables-nft-save 2>/dev/null) || return 0
  grep -qE 'cali[-:]' <<<"$rules" || return 0
  grep -vE 'cali[-:]' <<<"$rules" | iptables-nft-restore || say "its iptables rules could not be removed: run 'iptables-nft-save | grep cali'"
  # A table that is as empty as a new one.
  for table in raw mangle nat filter; do
    iptables-nft-save -t "$table" 2>/dev/null | grep -qE '^(-A|:[^ ]+ (-|DROP))' || nft delete table ip "$table" 2>/dev/null || true
  done
}

remove_files() {
  local list record program
  for list in "$home"/files.*; do [ ! -f "$list" ] || xargs -r rm -f <"$list"; done
  for record in "$home"/installed/*; do
    [ -f "$record" ] || continue
    program=$(basename "$record" | tr _ /)
    rm -f "$program" "$program.new" "$program.new.part"
  done
  rm -rf /etc/kubernetes /etc/cni/net.d /etc/calico /etc/containerd /opt/cni /usr/local/lib/kubernetes-from-scratch \
    /var/lib/kubelet /var/lib/etcd /var/lib/etcd-snapshots /var/lib/containerd /var/lib/cni /var/lib/calico /var/lib/kube-proxy \
    /var/log/pods /var/log/containers /var/log/kubernetes /var/log/calico /var/cache/kubelet-serving-approver \
    /run/containerd /run/calico /run/flannel /run/cni /run/nri/nri.sock
  rm -f /var/lib/systemd/timers/stamp-etcd-snapshot.timer
  # The kubelet has systemd wait for it when the machine is shut down.
  rm -f /etc/systemd/logind.conf.d/99-kubelet.conf
  # Folders that they made, unless others use them.
  rmdir --parents --ignore-fail-on-non-empty /usr/libexec/kubernetes/kubelet-plugins/volume/exec 2>/dev/null || true
  rmdir --ignore-fail-on-non-empty /etc/cni /etc/systemd/logind.conf.d /opt/containerd/{bin,lib} /opt/containerd /run/nri /run/netns 2>/dev/null || true
}

say "stopping services"
# Read before the lists go: HAProxy and keepalived are stopped only where they were started for the virtual address.
balanced=$(grep -lsx /etc/keepalived/keepalived.conf "$home"/files.* || true)
stop_units etcd-snapshot.timer etcd-snapshot kubelet kubelet-serving-approver group-keeper kube-proxy calico-felix kubernetes-routes
[ -z "$balanced" ] || stop_units keepalived haproxy
say "removing containers"
remove_containers
say "removing interfaces, routes and rules"
remove_network
say "removing files"
remove_files
systemctl daemon-reload
systemctl reset-failed etcd-snapshot calico-felix kube-proxy kubelet containerd 2>/dev/null || true
systemctl try-reload-or-restart systemd-logind 2>/dev/null || true
[ ! -f "$home/sysctl.before" ] || sysctl --quiet --ignore --load "$home/sysctl.before" 2>/dev/null || true
rm -rf "$home" /run/kubernetes-from-scratch
say "Kubernetes is gone"
