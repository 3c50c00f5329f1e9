#!/bin/bash
# Prints what is on a machine, subject by subject: what must be the same before Kubernetes came and after it has gone.
# Left out is what changes by itself on a machine that is only logged in to.
set -u
subject() { printf '=====%s=====\n' "$1"; }

subject files
find / /var -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \) -prune -o -printf '%p %y %m %u:%g %l\n' |
  grep -vE '^/var/(cache/(apt|debconf|ldconfig|man)|tmp|log/journal|log/(wtmp|btmp|lastlog)|lib/(systemd|private|apt|logrotate))\b'

subject 'content of files'
find /etc /usr/local /opt /root -xdev -type f ! -name mtab -exec sha256sum {} +

subject 'folders of /run'
find /run -mindepth 1 -maxdepth 2 -type d | grep -vE '^/run/(user|systemd|udev|lock|log|sudo|sshd|dbus|mount|credentials)\b'

subject interfaces
ip -o link | cut -d' ' -f2 | cut -d@ -f1

subject addresses
ip -o -4 addr | tr -s ' ' | cut -d' ' -f2,4

subject routes
ip route show table all | grep -v 'proto kernel'

subject rules
nft --stateless list ruleset

subject sets
ipset list -n

subject mounts
# bpf: systemd mounts it on machines that are no containers; here Felix does, and nobody can tell whose it is.
cut -d' ' -f2,3 /proc/mounts | grep -vE '^(/run/user|/sys/fs/bpf bpf)'

subject units
systemctl list-unit-files --no-legend --no-pager | tr -s ' '

subject 'running units'
systemctl list-units --no-legend --no-pager --plain --type=service,mount --all | tr -s ' ' | cut -d' ' -f1-4 |
  grep -vE '^(user@|user-runtime-dir@|run-user-|session|apt-|dpkg-|systemd-tmpfiles|logrotate|fstrim|e2scrub)'

subject processes
# shellcheck disable=SC2009
ps -eo comm= | grep -vE '^(ssh|bash|ps$|grep$|systemd|\(sd-pam\)|sudo|sleep|tr$|cut$)'

subject 'groups of processes'
find /sys/fs/cgroup -maxdepth 4 -type d -name '*kube*'

subject 'kernel settings'
sysctl -a 2>/dev/null | grep -E '^(net\.ipv4\.(ip_forward|conf\.(all|default|eth0)|vs)|net\.bridge|vm\.|fs\.inotify|kernel\.(panic|keys|pid))' |
  grep -vE '^vm\.(stat|numa_stat)'
