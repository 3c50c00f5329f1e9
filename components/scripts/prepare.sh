# Everything a machine needs before Kubernetes: packages, kernel settings, binaries, the runtime, images.
# shellcheck shell=bash disable=SC2154
# shellcheck source=fetch.sh
. "$STAGE/fetch.sh"
# shellcheck source=drain.sh
. "$STAGE/drain.sh"

# Workloads that run here, and on a shared computer the control plane, go first. Services have their own priority.
[ "$STEP" != node ] || renice -n 10 $$ >/dev/null

install_packages() {
  local missing=() package
  # command=package; what the distribution already gave is left alone.
  for package in "$@"; do
    command -v "${package%=*}" >/dev/null || missing+=("${package#*=}")
  done
  ((${#missing[@]})) || return 0
  say "installing packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -o DPkg::Lock::Timeout=120 update -qq && apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "${missing[@]}"; } >"$home/apt.log" 2>&1 ||
    fail "the packages ${missing[*]}" "$(tail -n 2 "$home/apt.log" | tr '\n' ' ')" "see $home/apt.log on $MACHINE, install them by hand, then pulumi up"
}

# What each of our settings was before: uninstall.sh puts it back.
remember_kernel_settings() {
  local key
  while read -r key; do
    grep -qs "^$key = " "$home/sysctl.before" || sysctl --ignore "$key" >>"$home/sysctl.before" 2>/dev/null || true
  done < <(sed -nE 's/^-?([a-z][^ =]*) *=.*/\1/p' /etc/sysctl.d/9[0-3]-*.conf)
}

apply_kernel_settings() {
  [ -z "${REPAIR:-}" ] || mark sysctl
  # A kernel may have these built in; then there is nothing to load.
  xargs -r -a /etc/modules-load.d/kubernetes.conf -n1 modprobe -q 2>/dev/null || true
  if [ -e "$pending/sysctl" ]; then
    remember_kernel_settings
    sysctl --quiet --load /etc/sysctl.d/9[0-3]-*.conf 2>"$STAGE/sysctl" || fail "kernel settings of /etc/sysctl.d/9*.conf" "$(tail -n 1 "$STAGE/sysctl")" "run 'sysctl --load /etc/sysctl.d/90-kubernetes.conf' on $MACHINE"
    rm -f "$pending/sysctl"
  fi
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || fail "net.ipv4.ip_forward = 1" "0" "see what resets it on $MACHINE: grep -r ip_forward /etc/sysctl*"
}

# A cloud's image may still be at its first start, with packages of its own.
await_cloud_init() {
  command -v cloud-init >/dev/null || return 0
  timeout 300 cloud-init status --wait >"$STAGE/cloud-init" 2>&1 || say "cloud-init did not end well: $(tr -d '\n' <"$STAGE/cloud-init"); see /var/log/cloud-init.log"
}

install -d -m 0700 "$home"
await_cloud_init
drain_before_replacing
# shellcheck disable=SC2086
install_packages nft=nftables conntrack=conntrack iptables=iptables ipset=ipset socat=socat curl=curl openssl=openssl $PACKAGES
apply_kernel_settings
[ "$STEP" != prepare ] || settle_files

# The runtime first: it starts, and takes images, while the rest comes.
readonly runtime=' /usr/local/bin/(containerd|containerd-shim-runc-v2|ctr|runc) '
grep -E "$runtime" "$STAGE/downloads" >"$STAGE/runtime-downloads"
grep -vE "$runtime" "$STAGE/downloads" >"$STAGE/other-downloads"
fetch_binaries "$STAGE/runtime-downloads"
restart containerd
wait_for 60 "containerd's socket" nothing "run 'journalctl -u containerd' on $MACHINE" ctr --connect-timeout 1s version
# What starts first; node.sh and control-plane.sh load the others, while that starts.
load_images pause etcd kube-apiserver &
fetch_binaries "$STAGE/other-downloads"
