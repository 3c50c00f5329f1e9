exec bash -c "$(cat <<'=====END-OF-STEP====='
set -euo pipefail
umask 022
STEP=prepare MACHINE=cp1 STAGE=/run/kubernetes-from-scratch/prepare
PACKAGES=''
NODE=cp1
DRAIN_SECONDS=300
KUBERNETES_VERSION=1.36.3
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
stage downloads <<'=====END-OF-FILE=====' # ba9906a0284b
amd64 /usr/local/bin/containerd http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/containerd containerd
amd64 /usr/local/bin/containerd-shim-runc-v2 http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/containerd-shim-runc-v2 -
amd64 /usr/local/bin/ctr http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-amd64.tar.gz 3c6926ed76dfb385464aef223fb573c1b449914c2de0d75bcc7d3ac2ab1cb3e4 bin/ctr -
amd64 /usr/local/bin/runc http://10.80.0.2/github.com/opencontainers/runc/releases/download/v1.5.2/runc.amd64 96d7422b548985928cfb0c2d403fb2d7a3fe4b5e9f8558c46e9e4ca13bdd261b - -
amd64 /usr/local/bin/kubelet http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubelet 4a697e1eb60bad7a298350fc9576f00de20aaf5fda9814da5e07aaef0b3b0261 - kubelet
amd64 /usr/local/bin/kubectl http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/amd64/kubectl 0ec9d5309c24eec183174bcf67654c039d6cd1a8608f5e16f77625d54f3bb191 - -
amd64 /usr/local/bin/etcdctl http://10.80.0.2/github.com/etcd/releases/download/v3.6.16/etcdctl-amd64 0432e9c8aa3ea247fa2b6b3cbb17d4b59f6f67c8ec8a97d21e6ee668769081e4 - -
amd64 /usr/local/bin/etcdutl http://10.80.0.2/github.com/etcd/releases/download/v3.6.16/etcdutl-amd64 1096854ce6ad2827b200bf1eb990b756ce4c8eed08ab0c87ab161c3a048d6f49 - -
amd64 /opt/cni/bin/host-local http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./host-local -
amd64 /opt/cni/bin/portmap http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./portmap -
amd64 /opt/cni/bin/loopback http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-amd64.tar.gz b809e885262b51105bed00ffeb2bc2d84a9913f9421e181b077903f99e963c92 ./loopback -
amd64 /opt/cni/bin/calico http://10.80.0.2/github.com/calico/releases/download/v3.28.5/calico-amd64 715a6b1126990bfa1ad84205ec419946f9bd170f435004520843e7ac665f6d53 - -
amd64 /usr/local/bin/calico-node http://10.80.0.2/github.com/calico/releases/download/v3.28.5/calico-node-amd64 015751c93a2dcf8d799a554e8e25f531cf628cf4df9b6112075def4aa3cd4c1e - calico-felix
amd64 /usr/local/bin/kube-proxy http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-proxy 8dd1b322d33065ce2df01911e98ef6695b149b4bbee41b75a630acb85506f0a2 - kube-proxy
arm64 /usr/local/bin/containerd http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/containerd containerd
arm64 /usr/local/bin/containerd-shim-runc-v2 http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/containerd-shim-runc-v2 -
arm64 /usr/local/bin/ctr http://10.80.0.2/github.com/containerd/releases/download/v2.4.2/containerd-2.4.2-linux-arm64.tar.gz 1b6ba7f22b62fa9db412681289e2af90709c81cc6c72825662072e1ec8235985 bin/ctr -
arm64 /usr/local/bin/runc http://10.80.0.2/github.com/opencontainers/runc/releases/download/v1.5.2/runc.arm64 290c01888b44b112cfd696976e8b5f69f3603dc79c7d1d30ca29c82d1f37f41e - -
arm64 /usr/local/bin/kubelet http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/arm64/kubelet b1a9b68280a4cdd9b402cf2dbce6641ac35dc370447af9374d9f2f9c8bdc6a64 - kubelet
arm64 /usr/local/bin/kubectl http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/arm64/kubectl 6e6b685dc0b5f7b77bd9eb0b223d90a06dc2d2ac119db762c42e5335ce30d2a8 - -
arm64 /usr/local/bin/etcdctl http://10.80.0.2/github.com/etcd/releases/download/v3.6.16/etcdctl-arm64 961eb70aedc686b2c64d47a7dd1a57b1b7bfde4343be202b2d633397307df1b1 - -
arm64 /usr/local/bin/etcdutl http://10.80.0.2/github.com/etcd/releases/download/v3.6.16/etcdutl-arm64 b96e47a0bd9061ab745e36633e12df05d7de8a6254c350011e5aee8c19c9cf5e - -
arm64 /opt/cni/bin/host-local http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./host-local -
arm64 /opt/cni/bin/portmap http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./portmap -
arm64 /opt/cni/bin/loopback http://10.80.0.2/github.com/cni-plugins/releases/download/v1.9.1/cni-plugins-1.9.1-linux-arm64.tar.gz 41d67586bc5f26f5a7c98d9ac837efcaaa8fbfc3e338557f1bc1052e23fb31ca ./loopback -
arm64 /opt/cni/bin/calico http://10.80.0.2/github.com/calico/releases/download/v3.28.5/calico-arm64 53823a90674b904747ad015ca54b17851b4f5ec167430a983df64cc1d913765c - -
arm64 /usr/local/bin/calico-node http://10.80.0.2/github.com/calico/releases/download/v3.28.5/calico-node-arm64 fb22ad0a679edfe9d553e5f6c83433ca980cf17786c06a1c1c8907e67406e202 - calico-felix
arm64 /usr/local/bin/kube-proxy http://10.80.0.2/dl.k8s.io/release/v1.36.3/bin/linux/arm64/kube-proxy e679b26b0c4f0ed60f1dafc3fc1a918381a301a8b3c4e3eb9a85cf1237206eca - kube-proxy
=====END-OF-FILE=====
stage image-list <<'=====END-OF-FILE=====' # 5aa347c071b6
amd64 registry.k8s.io/pause:v3.10.2 http://10.80.0.2/images/pause-v3.10.2-amd64.tar 0182f83f82d8f684ae3c50964be6147a5693b7a369693aad942b14b2f03ec8f5
arm64 registry.k8s.io/pause:v3.10.2 http://10.80.0.2/images/pause-v3.10.2-arm64.tar 8fcd3727637c577d2f6a77b7fd1472bba4808b93e9c9d1d8a50f7a1dc207bcd4
amd64 registry.k8s.io/etcd:v3.6.16 http://10.80.0.2/images/etcd-v3.6.16-amd64.tar b8e43234c261edb070aafdd3b907e9d16d9e91be007c178f5e0dd2289541fa14
arm64 registry.k8s.io/etcd:v3.6.16 http://10.80.0.2/images/etcd-v3.6.16-arm64.tar 51c9fc7e2cc21a3467775d68ff28762ca75dea12981a04773dde6282660d4397
amd64 registry.k8s.io/kube-apiserver:v1.36.3 http://10.80.0.2/images/kube-apiserver-v1.36.3-amd64.tar c17374b637918f5349bc3950ae9c23effcd181449dd00b0ffcbf03f589794920
arm64 registry.k8s.io/kube-apiserver:v1.36.3 http://10.80.0.2/images/kube-apiserver-v1.36.3-arm64.tar 1f184834fef4c82db42f76df0c6105797b2b17268387847615b9be1c18504165
amd64 registry.k8s.io/kube-controller-manager:v1.36.3 http://10.80.0.2/images/kube-controller-manager-v1.36.3-amd64.tar 939d93a15da8bc546ce0972f32276a76d3b94fbbe0f9f9123f86cab3013201b5
arm64 registry.k8s.io/kube-controller-manager:v1.36.3 http://10.80.0.2/images/kube-controller-manager-v1.36.3-arm64.tar 05254eb4d2c4cc936530b9596b95b772520aaea2689d407732ead71913f88319
amd64 registry.k8s.io/kube-scheduler:v1.36.3 http://10.80.0.2/images/kube-scheduler-v1.36.3-amd64.tar d7728d3172774490c6624a30d86e38b8c72a79c330b2d2b14122e52b9ec7446f
arm64 registry.k8s.io/kube-scheduler:v1.36.3 http://10.80.0.2/images/kube-scheduler-v1.36.3-arm64.tar 70ad28564879a1309f02fcc676bb7376e03b093af8e34c006118f481ea32162f
=====END-OF-FILE=====
. $STAGE/deprecated.sh
. $STAGE/prepare.sh
=====END-OF-STEP=====
)"
