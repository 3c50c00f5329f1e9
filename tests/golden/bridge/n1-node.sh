exec bash -c "$(cat <<'=====END-OF-STEP====='
set -euo pipefail
umask 022
STEP=node MACHINE=n1 STAGE=/run/kubernetes-from-scratch/node
PACKAGES=''
NODE_UNITS=kube-proxy
NODE=n1
DRAIN_SECONDS=300
mkdir -p /run/kubernetes-from-scratch; exec 9>"$STAGE.lock"
flock -w 900 9 || { echo "$MACHINE: $STEP failed: its former run did not end within 900 s" >&2; exit 1; }
rm -rf "$STAGE"; mkdir -m 0700 "$STAGE"; base64 -d | tar -xz -C "$STAGE"
. $STAGE/step.sh
put /etc/modules-load.d/kubernetes.conf 0644 root:root sysctl <<'=====END-OF-FILE=====' # 84c45c026e11
overlay
br_netfilter
nf_conntrack
=====END-OF-FILE=====
put /etc/sysctl.d/90-kubernetes.conf 0644 root:root sysctl <<'=====END-OF-FILE=====' # 7b80b363035f
# Pods' packets are forwarded.
net.ipv4.ip_forward = 1
# A pod's reply may leave by another interface than its request came in by.
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.default.rp_filter = 0
# Connection tracking: kube-proxy's own defaults for a machine of eight cores (a '-' lets machines go on that may not set it).
-net.netfilter.nf_conntrack_max = 262144
-net.netfilter.nf_conntrack_tcp_timeout_established = 86400
-net.netfilter.nf_conntrack_tcp_timeout_close_wait = 3600
# Every pod with a log or a config to watch takes inotify instances.
-fs.inotify.max_user_instances = 8192
-fs.inotify.max_user_watches = 524288
=====END-OF-FILE=====
on_own_kernel && put /etc/sysctl.d/91-kubelet-defaults.conf 0644 root:root sysctl <<'=====END-OF-FILE=====' # 28cd9204e7c7
# What the kubelet's protectKernelDefaults expects to find.
vm.overcommit_memory = 1
vm.panic_on_oom = 0
kernel.panic = 10
kernel.panic_on_oops = 1
=====END-OF-FILE=====
put /etc/sysctl.d/92-bridge.conf 0644 root:root sysctl <<'=====END-OF-FILE=====' # ce6be2f728e5
# Only with the bridge plugin: services must be translated for pods of the same machine too.
net.bridge.bridge-nf-call-iptables = 1
=====END-OF-FILE=====
put /etc/systemd/system/containerd.service 0644 root:root containerd <<'=====END-OF-FILE=====' # 3256439c223d
[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd
Restart=always
RestartSec=2
# The kubelet's cgroups below this unit are its own to manage.
Delegate=yes
# Containers outlive a restart of the runtime.
KillMode=process
OOMScoreAdjust=-999
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /etc/containerd/config.toml 0644 root:root containerd <<'=====END-OF-FILE=====' # fc67ac576047
version = 3
# What only some machines need (a machine that is itself a container, a private registry) is a file beside this one.
imports = ["/etc/containerd/conf.d/*.toml"]
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = -999

[grpc]
  address = "/run/containerd/containerd.sock"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "registry.k8s.io/pause:v3.10.2"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"

[plugins."io.containerd.cri.v1.runtime"]
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        # The kubelet uses the same driver (kubelet.yaml: cgroupDriver).
        SystemdCgroup = true
=====END-OF-FILE=====
in_container && put /etc/containerd/conf.d/50-container.toml 0644 root:root containerd <<'=====END-OF-FILE=====' # 28ac17c226a6
# Only on a machine that is itself a container: it may not lower the OOM score below its own.
version = 3

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
=====END-OF-FILE=====
put /etc/systemd/system/kubelet.service 0644 root:root kubelet <<'=====END-OF-FILE=====' # 1379e3be98d9
[Unit]
Description=Kubernetes kubelet
Documentation=https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
After=containerd.service
Wants=containerd.service
StartLimitIntervalSec=0

[Service]
# Without a certificate of its own the kubelet must find an API server that accepts its bootstrap token:
# starting earlier would only run into the kubelet's growing pauses between attempts.
ExecStartPre=/usr/local/lib/kubernetes-from-scratch/wait-for-api
TimeoutStartSec=infinity
ExecStart=/usr/local/bin/kubelet \
  --config=/etc/kubernetes/kubelet.yaml \
  --config-dir=/etc/kubernetes/kubelet.conf.d \
  --kubeconfig=/var/lib/kubelet/kubeconfig \
  --bootstrap-kubeconfig=/etc/kubernetes/bootstrap.kubeconfig \
  --cert-dir=/var/lib/kubelet/pki \
  --hostname-override=n1 \
  --node-ip=10.80.0.21
Restart=always
RestartSec=1
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /etc/kubernetes/kubelet.yaml 0644 root:root kubelet <<'=====END-OF-FILE=====' # 442ad79769b2
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: systemd
clusterDNS: [10.0.0.10]
clusterDomain: cluster.local
maxPods: 110
podPidsLimit: 4096

# Who may talk to the kubelet: the API server's certificate or an authorised token, nobody else.
address: 10.80.0.21
port: 10250
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
healthzPort: 10248
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: /etc/kubernetes/pki/cluster-ca.crt}
authorization: {mode: Webhook}
enableProfilingHandler: false
enableDebugFlagsHandler: false

# Both certificates are asked for through the API and renewed by the kubelet itself.
rotateCertificates: true
serverTLSBootstrap: true
tlsMinVersion: VersionTLS12
tlsCipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]

seccompDefault: true
protectKernelDefaults: true
makeIPTablesUtilChains: false
eventRecordQPS: 50
serializeImagePulls: false
maxParallelImagePulls: 4
containerLogMaxSize: 20Mi
containerLogMaxFiles: 5
# Loss of a node is seen after 40 s (the controller manager's grace period): four missed reports.
nodeStatusUpdateFrequency: 10s
nodeLeaseDurationSeconds: 40
shutdownGracePeriod: 30s
shutdownGracePeriodCriticalPods: 10s
=====END-OF-FILE=====
in_container && put /etc/kubernetes/kubelet.conf.d/50-container.conf 0644 root:root kubelet <<'=====END-OF-FILE=====' # 9f27abf31d4a
# Only on a machine that is itself a container: kernel, swap, cgroup version and disk are its host's.
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
failSwapOn: false
protectKernelDefaults: false
# The host's disk counts as the machine's: relative thresholds would evict pods on any half-full computer.
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard:
  memory.available: 100Mi
  nodefs.available: 1Gi
  imagefs.available: 1Gi
=====END-OF-FILE=====
has_resolved && put /etc/kubernetes/kubelet.conf.d/60-resolved.conf 0644 root:root kubelet <<'=====END-OF-FILE=====' # 566d7cb724f3
# Only where systemd-resolved runs: its stub on 127.0.0.53 can't be reached from pods.
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
resolvConf: /run/systemd/resolve/resolv.conf
=====END-OF-FILE=====
put /usr/local/lib/kubernetes-from-scratch/wait-for-api 0755 root:root <<'=====END-OF-FILE=====' # 5b9b9cb87895
#!/bin/bash
# Returns once the kubelet can get or has a certificate of its own. Run by kubelet.service before each start.
set -euo pipefail

[ -s /var/lib/kubelet/pki/kubelet-client-current.pem ] && exit 0
bootstrap=/etc/kubernetes/bootstrap.kubeconfig
server=$(sed -n 's/^ *server: *//p' "$bootstrap")

# The token goes to curl on a file descriptor: arguments can be read by every user of the machine.
header() { printf 'Authorization: Bearer %s\n' "$(sed -n 's/^ *token: *//p' "$bootstrap")"; }

for ((waited = 0; ; waited++)); do
  code=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 \
    --cacert /etc/kubernetes/pki/cluster-ca.crt --header @<(header) "$server/version") || true
  # /version is open to every known user, and to no unknown one.
  [ "$code" = 200 ] && exit 0
  ((waited % 60 == 30)) && echo "waiting for $server to accept this machine's bootstrap token (last answer: $code)"
  sleep 0.5
done
=====END-OF-FILE=====
put /usr/local/lib/kubernetes-from-scratch/wait-for-certificate 0755 root:root <<'=====END-OF-FILE=====' # abf7d5af67bc
#!/bin/bash
# Returns once the kubelet has its certificate, which kube-proxy and Felix use as well.
set -euo pipefail
for ((waited = 0; ; waited++)); do
  [ -s /var/lib/kubelet/pki/kubelet-client-current.pem ] && exit 0
  ((waited % 60 == 59)) && echo "waiting for the kubelet's certificate; see: journalctl -u kubelet"
  sleep 0.5
done
=====END-OF-FILE=====
put /etc/kubernetes/node.kubeconfig 0644 root:root kube-proxy calico-felix <<'=====END-OF-FILE=====' # ba781eb2027b
# What runs on the machine beside the kubelet (kube-proxy, Felix, the CNI plugin) uses the kubelet's own certificate,
# which the kubelet renews: no long-lived credential lies on a node.
apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      server: https://10.80.0.11:6443
      certificate-authority: /etc/kubernetes/pki/cluster-ca.crt
users:
  - name: node
    user:
      client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
      client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
contexts:
  - name: node
    context: {cluster: local, user: node}
current-context: node
=====END-OF-FILE=====
put /etc/systemd/system/kube-proxy.service 0644 root:root kube-proxy <<'=====END-OF-FILE=====' # 3568d4f804f9
[Unit]
Description=Kubernetes service proxy
Documentation=https://kubernetes.io/docs/reference/command-line-tools-reference/kube-proxy/
After=kubelet.service
StartLimitIntervalSec=0

[Service]
# It signs in with the kubelet's certificate, which is there once the machine has joined.
ExecStartPre=/usr/local/lib/kubernetes-from-scratch/wait-for-certificate
TimeoutStartSec=infinity
ExecStart=/usr/local/bin/kube-proxy \
  --config=/etc/kubernetes/kube-proxy.yaml
Restart=always
RestartSec=2
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /etc/kubernetes/kube-proxy.yaml 0644 root:root kube-proxy <<'=====END-OF-FILE=====' # 7b69dd713c83
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
hostnameOverride: n1
clusterCIDR: 10.10.0.0/16
detectLocalMode: ClusterCIDR
nodePortAddresses: [primary]
clientConnection:
  kubeconfig: /etc/kubernetes/node.kubeconfig
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
# Connection tracking is sized by /etc/sysctl.d/90-kubernetes.conf, in one place for every process.
conntrack: {maxPerCore: 0, min: 0}
=====END-OF-FILE=====
put /etc/cni/net.d/10-kubernetes.conflist 0644 root:root <<'=====END-OF-FILE=====' # a3d69902d8f3
{
  "cniVersion": "1.0.0",
  "name": "kubernetes",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni/host-local",
        "ranges": [[{"subnet": "10.10.21.0/24"}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {
      "type": "portmap",
      "backend": "nftables",
      "capabilities": {"portMappings": true}
    }
  ]
}
=====END-OF-FILE=====
put /usr/local/lib/kubernetes-from-scratch/routes 0755 root:root kubernetes-routes <<'=====END-OF-FILE=====' # 46338e7396e5
#!/bin/bash
# Puts the routes to every machine's pods into the kernel: a machine's place in the node range is its place in the
# pod range, so one rule gives all routes, and a new machine changes nothing on the others.
# Reads /etc/kubernetes/routes.env: OWN_ADDRESS, OWN_POD_RANGE, NODE_RANGE, POD_RANGE, POD_PREFIX, ROUTED_BY,
# EXCEPTIONS ("pod-range=address …", machines whose pod range was chosen by hand) and, where there is a tunnel, TUNNEL.
set -euo pipefail
. /etc/kubernetes/routes.env

# number VARIABLE ADDRESS and dotted VARIABLE NUMBER set the variable: a process for each of hundreds of routes takes seconds.
number() { local IFS=. a b c d; read -r a b c d <<<"${2%/*}"; printf -v "$1" %d $(((a << 24) + (b << 16) + (c << 8) + d)); }
dotted() { printf -v "$1" %d.%d.%d.%d $(($2 >> 24 & 255)) $(($2 >> 16 & 255)) $(($2 >> 8 & 255)) $(($2 & 255)); }

# `proto 201` marks the routes as ours, so that stale ones can be told from others'.
readonly protocol=201

tunnel_rules=
if [ -n "${TUNNEL:-}" ]; then
  . "${BASH_SOURCE[0]%/*}/tunnel"
  make_tunnel
else
  # One from before: its routes go with it.
  ip link delete vxlan.pods 2>/dev/null || true
fi

routes() {
  local node pods slots slot address range first size=$((32 - POD_PREFIX))
  number node "$NODE_RANGE"
  number pods "$POD_RANGE"
  slots=$((1 << (32 - ${NODE_RANGE#*/})))
  # A range chosen by hand takes the places of the addresses whose ranges it lies in: they have no machine.
  local -A exception=() by_hand=()
  for pair in $EXCEPTIONS; do
    range=${pair%=*}
    exception[${pair#*=}]=$range
    number first "$range"
    for ((slot = (first - pods) >> size; slot <= (first + (1 << (32 - ${range#*/})) - 1 - pods) >> size; slot++)); do
      by_hand[$slot]=1
    done
  done
  for ((slot = 1; slot < slots - 1; slot++)); do
    dotted address $((node + slot))
    dotted range $((pods + (slot << size)))
    [ -n "${exception[$address]:-}" ] || [ -z "${by_hand[$slot]:-}" ] || continue
    range=${exception[$address]:-$range/$POD_PREFIX}
    if [ "$address" = "$OWN_ADDRESS" ]; then
      # An address of ours that no pod has must not wander off to the default gateway.
      echo "blackhole $OWN_POD_RANGE proto $protocol metric 4096"
    elif [ -n "${TUNNEL:-}" ]; then
      tunnel_route "$range" "$address"
    elif [ "$ROUTED_BY" = machines ]; then
      echo "$range via $address proto $protocol"
    fi
  done
}

mapfile -t wanted < <(routes)
[ -z "${TUNNEL:-}" ] || neighbours "${wanted[@]}" | ip -batch -
printf 'route replace %s\n' "${wanted[@]}" | ip -batch -
# What the rule no longer gives goes.
{ ip -o route show proto $protocol; ip -o route show type blackhole proto $protocol; } | awk '{print ($1 == "blackhole") ? $2 : $1}' | sort -u |
  grep -vxFf <(awk '{print ($1 == "blackhole") ? $2 : $1}' < <(printf '%s\n' "${wanted[@]}")) | sed 's/^/route del /' | ip -force -batch - || true

# A cloud's metadata server tells whoever asks what this machine was started with, its host key too. Pods keep its DNS.
metadata_rule=
[ "$ROUTED_BY" = machines ] || metadata_rule="ip saddr $OWN_POD_RANGE ip daddr 169.254.169.254 tcp dport != 53 drop"

# Packets from pods to anywhere else leave under the machine's address: hosts that are no machines of the cluster have no
# routes to pods.
nft -f - <<RULES
table ip kubernetes-from-scratch
delete table ip kubernetes-from-scratch
table ip kubernetes-from-scratch {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr $OWN_POD_RANGE ip daddr != $POD_RANGE masquerade
  }
  chain forward {
    type filter hook forward priority filter;
    $metadata_rule
  }
  $tunnel_rules
}
RULES
=====END-OF-FILE=====
put /etc/kubernetes/routes.env 0644 root:root kubernetes-routes <<'=====END-OF-FILE=====' # de14b25eb78f
# Read by /usr/local/lib/kubernetes-from-scratch/routes.
OWN_ADDRESS=10.80.0.21
OWN_POD_RANGE=10.10.21.0/24
NODE_RANGE=10.80.0.0/24
POD_RANGE=10.10.0.0/16
POD_PREFIX=24
EXCEPTIONS=""
# "cloud" where a route table outside has the routes to other machines' pods.
ROUTED_BY=machines
=====END-OF-FILE=====
put /etc/systemd/system/kubernetes-routes.service 0644 root:root kubernetes-routes <<'=====END-OF-FILE=====' # 60cbebf3d3fc
[Unit]
Description=Routes to the pods of every machine of the cluster
After=network-online.target
Wants=network-online.target
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/kubernetes-from-scratch/routes
ExecReload=/usr/local/lib/kubernetes-from-scratch/routes

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
stage downloads <<'=====END-OF-FILE=====' # 814270887818
amd64 /usr/local/bin/containerd https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/containerd containerd
amd64 /usr/local/bin/containerd-shim-runc-v2 https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/containerd-shim-runc-v2 -
amd64 /usr/local/bin/ctr https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/ctr -
amd64 /usr/local/bin/runc https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64 96d7422b548985928cfb0c2d403fb2d7a3fe4b5e9f8558c46e9e4ca13bdd261b - -
amd64 /usr/local/bin/kubelet https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet 4a697e1eb60bad7a298350fc9576f00de20aaf5fda9814da5e07aaef0b3b0261 - kubelet
amd64 /opt/cni/bin/host-local https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./host-local -
amd64 /opt/cni/bin/portmap https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./portmap -
amd64 /opt/cni/bin/loopback https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./loopback -
amd64 /opt/cni/bin/bridge https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./bridge -
amd64 /usr/local/bin/kube-proxy https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-proxy 8dd1b322d33065ce2df01911e98ef6695b149b4bbee41b75a630acb85506f0a2 - kube-proxy
arm64 /usr/local/bin/containerd https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/containerd containerd
arm64 /usr/local/bin/containerd-shim-runc-v2 https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/containerd-shim-runc-v2 -
arm64 /usr/local/bin/ctr https://github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/ctr -
arm64 /usr/local/bin/runc https://github.com/opencontainers/runc/releases/download/v1.5.2/runc.arm64 290c01888b44b112cfd696976e8b5f69f3603dc79c7d1d30ca29c82d1f37f41e - -
arm64 /usr/local/bin/kubelet https://dl.k8s.io/release/v1.36.3/bin/linux/arm64/kubelet b1a9b68280a4cdd9b402cf2dbce6641ac35dc370447af9374d9f2f9c8bdc6a64 - kubelet
arm64 /opt/cni/bin/host-local https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./host-local -
arm64 /opt/cni/bin/portmap https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./portmap -
arm64 /opt/cni/bin/loopback https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./loopback -
arm64 /opt/cni/bin/bridge https://github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./bridge -
arm64 /usr/local/bin/kube-proxy https://dl.k8s.io/release/v1.36.3/bin/linux/arm64/kube-proxy e679b26b0c4f0ed60f1dafc3fc1a918381a301a8b3c4e3eb9a85cf1237206eca - kube-proxy
=====END-OF-FILE=====
stage image-list <<'=====END-OF-FILE=====' # e3b0c44298fc
=====END-OF-FILE=====
# secret file /etc/kubernetes/pki/cluster-ca.crt 0644 root:root
# secret file /etc/kubernetes/bootstrap.kubeconfig 0600 root:root
put_secrets
. $STAGE/prepare.sh
. $STAGE/node.sh
=====END-OF-STEP=====
)"
