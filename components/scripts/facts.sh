#!/bin/bash
# Prints what a machine is, one "name=value" a line; changes nothing. Run by the survey, as root where it can be.
set -u
fact() { printf '%s=%s\n' "$1" "$2"; }

. /etc/os-release
fact os "${ID:-unknown}"
fact os_like "${ID_LIKE:-}"
fact os_version "${VERSION_ID:-unknown}"
fact arch "$(uname -m)"
fact kernel "$(uname -r)"
fact root "$([ "$(id -u)" = 0 ] && echo yes || echo no)"
fact systemd "$([ -d /run/systemd/system ] && echo yes || echo no)"
fact container "$(systemd-detect-virt --quiet --container 2>/dev/null && echo yes || echo no)"
fact cgroup "$([ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] && echo 2 || echo 1)"
fact swap_kib "$(awk 'NR > 1 {sum += $3} END {print sum + 0}' /proc/swaps)"
fact cpus "$(nproc)"
fact memory_mib "$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)"
fact disk_free_mib "$(df -Pm /var | awk 'NR == 2 {print $4}')"
fact clock "$(date +%s.%N)"
fact addresses "$(ip -o -4 addr show | awk '{split($4, a, "/"); printf "%s ", a[1]}')"
fact machine_id "$(cat /etc/machine-id 2>/dev/null)"
fact installed "$([ -d /var/lib/kubernetes-from-scratch ] && echo yes || echo no)"
fact ports "$(ss -Hltn 2>/dev/null | awk '{n = split($4, a, ":"); print a[n]}' | sort -un | tr '\n' ' ')"
fact overlay "$({ grep -qw overlay /proc/filesystems || modprobe -qn overlay; } && echo yes || echo no)"
# In a network of its own, which is gone at once: nothing here changes.
fact vxlan "$({ modprobe -qn vxlan || unshare --net ip link add probe type vxlan external dstport 4789; } 2>/dev/null && echo yes || echo no)"
fact apt "$(command -v apt-get >/dev/null && echo yes || echo no)"
