exec bash -c "$(cat <<'=====END-OF-STEP====='
set -euo pipefail
umask 022
STEP=control-plane MACHINE=cp1 STAGE=/run/kubernetes-from-scratch/control-plane
ADDRESS=10.80.0.11
API_PORT=6443
PEERS=''
FOUNDER=yes
NODE=cp1
NODE_UNITS='kube-proxy calico-felix kubelet-serving-approver etcd-snapshot.timer'
UID_ETCD=60901
UID_KUBE_APISERVER=60902
UID_KUBE_CONTROLLER_MANAGER=60903
UID_KUBE_SCHEDULER=60904
mkdir -p /run/kubernetes-from-scratch; exec 9>"$STAGE.lock"
flock -w 900 9 || { echo "$MACHINE: $STEP failed: its former run did not end within 900 s" >&2; exit 1; }
rm -rf "$STAGE"; mkdir -m 0700 "$STAGE"; base64 -d | tar -xz -C "$STAGE"
. $STAGE/step.sh
put /etc/systemd/system/kubelet.service 0644 root:root kubelet <<'=====END-OF-FILE=====' # 9473eb634aad
[Unit]
Description=Kubernetes kubelet
Documentation=https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
After=containerd.service
Wants=containerd.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kubelet \
  --config=/etc/kubernetes/kubelet.yaml \
  --config-dir=/etc/kubernetes/kubelet.conf.d \
  --kubeconfig=/var/lib/kubelet/kubeconfig \
  --bootstrap-kubeconfig=/etc/kubernetes/bootstrap.kubeconfig \
  --cert-dir=/var/lib/kubelet/pki \
  --hostname-override=cp1 \
  --node-ip=10.80.0.11
Restart=always
RestartSec=1
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /etc/kubernetes/kubelet.yaml 0644 root:root kubelet <<'=====END-OF-FILE=====' # e1fbbb6238ed
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
cgroupDriver: systemd
clusterDNS: [10.0.0.10]
clusterDomain: cluster.local
maxPods: 110
podPidsLimit: 4096
staticPodPath: /etc/kubernetes/manifests
registerWithTaints:
  - {key: node-role.kubernetes.io/control-plane, value: "", effect: NoSchedule}

# Who may talk to the kubelet: the API server's certificate or an authorised token, nobody else.
address: 10.80.0.11
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
put /etc/kubernetes/kubelet.conf.d/70-taints.conf 0644 root:root <<'=====END-OF-FILE=====' # b75a31295eec
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
# From its first moment on: a pod that does not belong here must not slip in before register.sh has been.
registerWithTaints:
  - {key: "node-role.kubernetes.io/control-plane", value: "", effect: NoSchedule}
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
put /etc/kubernetes/kube-proxy.yaml 0644 root:root kube-proxy <<'=====END-OF-FILE=====' # 94ff8782d582
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
hostnameOverride: cp1
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
put /etc/cni/net.d/10-kubernetes.conflist 0644 root:root <<'=====END-OF-FILE=====' # 535b6dc7bc0c
{
  "cniVersion": "1.0.0",
  "name": "kubernetes",
  "plugins": [
    {
      "type": "calico",
      "datastore_type": "kubernetes",
      "kubernetes": {"kubeconfig": "/etc/kubernetes/node.kubeconfig"},
      "nodename": "cp1",
      "nodename_file_optional": true,
      "policy": {"type": "k8s"},
      "policy_setup_timeout_seconds": 30,
      "endpoint_status_dir": "/run/calico/endpoint-status",
      "log_level": "error",
      "log_file_path": "/var/log/calico/cni.log",
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni/host-local",
        "ranges": [[{"subnet": "10.10.11.0/24"}]],
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
put /etc/systemd/system/calico-felix.service 0644 root:root calico-felix <<'=====END-OF-FILE=====' # 02228f223fe0
[Unit]
Description=Calico Felix, enforces NetworkPolicy
Documentation=https://docs.tigera.io/calico/latest/reference/felix/
After=kubelet.service
# It leaves and wants to be started again when its settings change.
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/calico/felix.env
# It signs in with the kubelet's certificate, which is there once the machine has joined.
ExecStartPre=/usr/local/lib/kubernetes-from-scratch/wait-for-certificate
TimeoutStartSec=infinity
# Upstream publishes Felix inside this program only.
ExecStart=/usr/local/bin/calico-node -felix
Restart=always
RestartSec=1
RuntimeDirectory=calico
RuntimeDirectoryPreserve=yes
# Its rules stay in the kernel while it is down: what was denied stays denied.
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /etc/calico/felix.env 0644 root:root calico-felix <<'=====END-OF-FILE=====' # 57db016ea87c
# Felix only enforces policy here: addresses come from host-local, routes between machines from the machines or the cloud.
DATASTORE_TYPE=kubernetes
KUBECONFIG=/etc/kubernetes/node.kubeconfig
USE_POD_CIDR=true
FELIX_DATASTORETYPE=kubernetes
FELIX_FELIXHOSTNAME=cp1
FELIX_INTERFACEPREFIX=cali
# What a pod may send to its own machine is the firewall's matter, as it is without Felix.
FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT
FELIX_IPTABLESBACKEND=NFT
FELIX_IPV6SUPPORT=false
FELIX_IPINIPENABLED=false
FELIX_VXLANENABLED=false
FELIX_BPFENABLED=false
FELIX_XDPENABLED=false
FELIX_USAGEREPORTINGENABLED=false
# The journal gets what it prints, so it need not send it to syslog as well.
FELIX_LOGFILEPATH=none
FELIX_LOGSEVERITYFILE=none
FELIX_LOGSEVERITYSYS=none
FELIX_LOGSEVERITYSCREEN=WARNING
# curl http://127.0.0.1:9099/readiness
FELIX_HEALTHENABLED=true
FELIX_HEALTHHOST=127.0.0.1
# A file for each pod whose policy is in force; the CNI plugin waits for it before the pod starts.
FELIX_ENDPOINTSTATUSPATHPREFIX=/run/calico
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
put /etc/kubernetes/routes.env 0644 root:root kubernetes-routes <<'=====END-OF-FILE=====' # 1c8985f9863f
# Read by /usr/local/lib/kubernetes-from-scratch/routes.
OWN_ADDRESS=10.80.0.11
OWN_POD_RANGE=10.10.11.0/24
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
put /etc/kubernetes/kube-apiserver/authentication.yaml 0644 root:root <<'=====END-OF-FILE=====' # cb3416ddd9e8
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
# Without a credential the health endpoints answer, for load balancers, and nothing else.
anonymous:
  enabled: true
  conditions:
    - {path: /livez}
    - {path: /readyz}
    - {path: /healthz}
=====END-OF-FILE=====
put /etc/kubernetes/kube-apiserver/admission.yaml 0644 root:root <<'=====END-OF-FILE=====' # 0018d189365c
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      # A namespace chooses another level by its label pod-security.kubernetes.io/enforce.
      defaults:
        enforce: baseline
        enforce-version: latest
        audit: restricted
        audit-version: latest
        warn: baseline
        warn-version: latest
      exemptions:
        namespaces: ["kube-system"]
  - name: EventRateLimit
    configuration:
      apiVersion: eventratelimit.admission.k8s.io/v1alpha1
      kind: Configuration
      limits:
        # Per node and namespace: one noisy workload can't fill etcd with events.
        - {type: Server, qps: 500, burst: 5000}
        - {type: Namespace, qps: 50, burst: 200, cacheSize: 2000}
=====END-OF-FILE=====
put /etc/kubernetes/kube-apiserver/audit-policy.yaml 0644 root:root <<'=====END-OF-FILE=====' # 762507e024ce
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  # Who touched a secret, never what is in it.
  - level: Metadata
    resources:
      - {group: "", resources: [secrets, serviceaccounts/token]}
      - {group: authentication.k8s.io, resources: [tokenreviews]}
  # The machinery's own steady reading says nothing about what people do.
  - level: None
    verbs: [get, list, watch]
    users:
      - system:kube-controller-manager
      - system:kube-scheduler
      - system:apiserver
  - level: None
    verbs: [get, list, watch]
    userGroups: [system:nodes]
  - level: None
    verbs: [get, update, patch]
    resources:
      - {group: coordination.k8s.io, resources: [leases]}
  - level: None
    nonResourceURLs: ["/livez*", "/readyz*", "/healthz*", /version, "/openapi/*"]
  - level: None
    resources:
      - {group: "", resources: [events]}
      - {group: events.k8s.io, resources: [events]}
  - level: Metadata
    resources:
      - {group: "", resources: [configmaps]}
  # What opens a way into containers and what grants rights is kept whole.
  - level: Request
    resources:
      - {group: "", resources: [pods/exec, pods/attach, pods/portforward, pods/proxy, services/proxy]}
  - level: RequestResponse
    verbs: [create, update, patch, delete, deletecollection]
    resources:
      - {group: rbac.authorization.k8s.io}
      - {group: certificates.k8s.io}
      - {group: admissionregistration.k8s.io}
  - level: Request
    verbs: [create, update, patch, delete, deletecollection]
  - level: Metadata
=====END-OF-FILE=====
put /etc/kubernetes/kube-controller-manager.kubeconfig 0644 root:root <<'=====END-OF-FILE=====' # c9eb8b6c7744
apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      # The API server of the same machine: during an upgrade never an older one than its client.
      server: https://10.80.0.11:6443
      certificate-authority: /etc/kubernetes/pki/cluster-ca.crt
users:
  - name: kube-controller-manager
    user:
      client-certificate: /etc/kubernetes/pki/kube-controller-manager/client.crt
      client-key: /etc/kubernetes/pki/kube-controller-manager/client.key
contexts:
  - name: kube-controller-manager
    context: {cluster: local, user: kube-controller-manager}
current-context: kube-controller-manager
=====END-OF-FILE=====
put /etc/kubernetes/kube-scheduler.kubeconfig 0644 root:root <<'=====END-OF-FILE=====' # 545322602b78
apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      # The API server of the same machine: during an upgrade never an older one than its client.
      server: https://10.80.0.11:6443
      certificate-authority: /etc/kubernetes/pki/cluster-ca.crt
users:
  - name: kube-scheduler
    user:
      client-certificate: /etc/kubernetes/pki/kube-scheduler/client.crt
      client-key: /etc/kubernetes/pki/kube-scheduler/client.key
contexts:
  - name: kube-scheduler
    context: {cluster: local, user: kube-scheduler}
current-context: kube-scheduler
=====END-OF-FILE=====
put /etc/kubernetes/admin.kubeconfig 0600 root:root <<'=====END-OF-FILE=====' # 9d1147a54f84
apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      # The API server of the same machine: during an upgrade never an older one than its client.
      server: https://10.80.0.11:6443
      certificate-authority: /etc/kubernetes/pki/cluster-ca.crt
users:
  - name: admin
    user:
      client-certificate: /etc/kubernetes/pki/operator/client.crt
      client-key: /etc/kubernetes/pki/operator/client.key
contexts:
  - name: admin
    context: {cluster: local, user: admin}
current-context: admin
=====END-OF-FILE=====
put /etc/kubernetes/kubelet-serving-approver.kubeconfig 0644 root:root kubelet-serving-approver <<'=====END-OF-FILE=====' # d8bceff7f6a3
apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      # The API server of the same machine: during an upgrade never an older one than its client.
      server: https://10.80.0.11:6443
      certificate-authority: /etc/kubernetes/pki/cluster-ca.crt
users:
  - name: kubelet-serving-approver
    user:
      client-certificate: /etc/kubernetes/pki/kubelet-serving-approver/client.crt
      client-key: /etc/kubernetes/pki/kubelet-serving-approver/client.key
contexts:
  - name: kubelet-serving-approver
    context: {cluster: local, user: kubelet-serving-approver}
current-context: kubelet-serving-approver
=====END-OF-FILE=====
put /usr/local/lib/kubernetes-from-scratch/kubelet-serving-approver 0755 root:root kubelet-serving-approver <<'=====END-OF-FILE=====' # 45146bb51551
#!/bin/bash
# Approves a kubelet's request for a serving certificate if it asks for its own machine's name and address, nothing else.
#
# The address is the label node-restriction.kubernetes.io/address of the Node, which only an administrator can set
# (NodeRestriction refuses it to kubelets). A request that may not pass stays pending, and the log says why.
#
# Nothing is read out of a request: there is but one honest request to a machine, up to its key and signature, because
# every kubelet writes it with the same library. So what it must be is put together and compared, byte by byte. Text that
# a tool prints about a request can be made to look innocent, by a line break within a name for one.
set -euo pipefail
export LC_ALL=C

# Seconds between two looks at requests that wait for their Node's label, and seconds until a request is given up (the
# kubelet itself asks anew after 15 minutes).
readonly pause=1 patience=900

# One line a request. Between its fields stands the control character US, which %q writes as \x1f wherever a request holds
# one itself. (Not a tab: kubectl aligns columns at tabs, with spaces.)
readonly request_columns='
{{- $us := "\x1f" -}}
{{.type}}{{with .object}}{{$us}}{{.metadata.name}}{{$us}}{{printf "%q" .spec.username}}
{{- $us}}[{{range .spec.groups}}{{printf "%q" .}},{{end}}]
{{- $us}}[{{range .spec.usages}}{{printf "%q" .}},{{end}}]
{{- $us}}{{with .status.conditions}}decided{{else}}open{{end}}
{{- $us}}{{.spec.request}}{{end}}{{"\n"}}'
# One line a Node: its name and its label. kubectl gives a list only where there are several.
readonly node_columns='
{{- define "node"}}{{.metadata.name}}
  {{- with .metadata.labels}}{{with index . "node-restriction.kubernetes.io/address"}} {{.}}{{end}}{{end}}{{"\n"}}
{{- end -}}
{{if eq .kind "List"}}{{range .items}}{{template "node" .}}{{end}}{{else}}{{template "node" .}}{{end}}'

kubectl=(kubectl --cache-dir="${CACHE_DIRECTORY:-/tmp}")

# The requests still to be decided: name → Node, PEM in base64, second at which it came; and those that the log says wait.
declare -A node_of=() request_of=() since=() told=()
# Node → address label.
declare -A address_of=()

log() { printf '%s: %s\n' "$1" "$2"; }

forget() { unset "node_of[$1]" "request_of[$1]" "since[$1]" "told[$1]"; }

# leave NAME WHY: the request stays pending.
leave() {
  log "$1" "left pending: $2"
  forget "$1"
}

# der TAG HEX…: a DER value with that content, in hex.
der() {
  local content length
  content=$(printf '%s' "${@:2}")
  length=$((${#content} / 2))
  if ((length < 128)); then
    printf '%s%02x%s' "$1" "$length" "$content"
  elif ((length < 256)); then
    printf '%s81%02x%s' "$1" "$length" "$content"
  else
    printf '%s82%04x%s' "$1" "$length" "$content"
  fi
}

to_hex() { od -An -v -tx1 | tr -d ' \n'; }

# subject NODE: O=system:nodes, CN=system:node:NODE.
subject() {
  der 30 \
    "$(der 31 "$(der 30 060355040a "$(der 13 "$(printf system:nodes | to_hex)")")")" \
    "$(der 31 "$(der 30 0603550403 "$(der 13 "$(printf 'system:node:%s' "$1" | to_hex)")")")"
}

# names NODE ADDRESS: the attribute that asks for the extension subjectAltName with that DNS name and that address. With an
# empty NODE the address only: a machine whose host name is an address has no other.
names() {
  local octets name=''
  IFS=. read -ra octets <<<"$2"
  [ -z "$1" ] || name=$(der 82 "$(printf '%s' "$1" | to_hex)")
  der a0 "$(der 30 06092a864886f70d01090e "$(der 31 "$(der 30 "$(
    der 30 0603551d11 "$(der 04 "$(der 30 "$name" "$(der 87 "$(printf '%02x' "${octets[@]}")")")")"
  )")")")"
}

# judge NODE ADDRESS REQUEST: prints "honest", or what is wrong with the request (base64 of PEM).
judge() {
  local pem body pattern wanted
  # kube-controller-manager must see the same block as this script: nothing may come before, between or after.
  pem=$(base64 -d <<<"$3" | tr -d '\0')
  if [ "$(base64 -w0 <<<"$pem")" != "$3" ] ||
    ! [[ $pem =~ ^-----BEGIN\ CERTIFICATE\ REQUEST-----([A-Za-z0-9+/=$'\n']+)-----END\ CERTIFICATE\ REQUEST-----$ ]]; then
    echo "it is not one PEM block and nothing else"
    return
  fi
  body=$(base64 -d <<<"${BASH_REMATCH[1]}" | to_hex)
  if [[ $body != *"020100$(subject "$1")"* ]]; then
    echo "its subject is not O=system:nodes, CN=system:node:$1"
    return
  fi

  # The key: a point of the curve P-256 (65 bytes). The signature: ECDSA with SHA-256.
  local key=3059301306072a8648ce3d020106082a8648ce3d030107034200 signature=300a06082a8648ce3d040302
  local point any_point='04[0-9a-f]{128}'
  printf -v point '%130s' ''
  point=${point// /x}
  for wanted in "$(names "$1" "$2")" "$(names '' "$2")"; do
    pattern=$(der 30 020100 "$(subject "$1")" "$key$point" "$wanted")
    pattern="^30(81..|82....)${pattern/$point/$any_point}${signature}03[0-9a-f]+$"
    if [[ $body =~ $pattern ]]; then
      echo honest
      return
    fi
  done
  echo "it asks for other names or addresses than $1 and $2, or is not made as kubelets make it"
}

# take NAME USER GROUPS USAGES REQUEST: a request that nobody decided yet.
take() {
  local name=$1 node_user='^"system:node:([a-z0-9]([a-z0-9.-]*[a-z0-9])?)"$'
  if ! [[ $2 =~ $node_user ]]; then
    leave "$name" "its sender $2 is no node"
  elif [[ $3 != *[[,]'"system:nodes",'* ]]; then
    leave "$name" "its sender $2 is not in the group system:nodes"
  elif [[ $4 != '['?('"key encipherment",')'"digital signature","server auth",]' ]]; then
    leave "$name" "its usages are $4"
  else
    [[ $2 =~ $node_user ]]
    node_of[$name]=${BASH_REMATCH[1]} request_of[$name]=$5
    : "${since[$name]:=$SECONDS}"
  fi
}

look_up_addresses() {
  local node address
  address_of=()
  while read -r node address; do
    address_of[$node]=$address
  done < <("${kubectl[@]}" --request-timeout=10s get nodes "${node_of[@]}" --ignore-not-found -o go-template="$node_columns" || true)
}

decide() {
  local name address verdict
  look_up_addresses
  for name in "${!node_of[@]}"; do
    address=${address_of[${node_of[$name]}]:-}
    if ((SECONDS - ${since[$name]} >= patience)); then
      leave "$name" "for $patience s its Node had no address label, or it could not be approved"
      continue
    fi
    if ! [[ $address =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]]; then
      [ "${told[$name]:-}" ] || log "$name" "waits for the label node-restriction.kubernetes.io/address of ${node_of[$name]}"
      told[$name]=yes
      continue
    fi
    # Anything but this one word, an error in the judging too, is a refusal.
    verdict=$(judge "${node_of[$name]}" "$address" "${request_of[$name]}") || true
    if [ "$verdict" != honest ]; then
      leave "$name" "${verdict:-it can not be read}"
    elif "${kubectl[@]}" --request-timeout=10s certificate approve "$name" >/dev/null; then
      log "$name" "approved for ${node_of[$name]} at $address"
      forget "$name"
    fi
  done
}

exec 3< <(exec "${kubectl[@]}" get certificatesigningrequests --watch --output-watch-events \
  --field-selector spec.signerName=kubernetes.io/kubelet-serving -o go-template="$request_columns")

line=''
while true; do
  # Waits without end where nothing is pending.
  limit=()
  ((${#node_of[@]} == 0)) || limit=(-t "$pause")
  status=0
  IFS= read -r -u 3 "${limit[@]}" part || status=$?
  line+=$part
  if ((status == 0)); then
    IFS=$'\x1f' read -r type name user groups usages state request <<<"$line"
    line=''
    case $type/$state in
      DELETED/* | */decided) forget "$name" ;;
      */open) take "$name" "$user" "$groups" "$usages" "$request" ;;
    esac
  elif ((status <= 128)); then
    break
  fi
  ((${#node_of[@]} == 0)) || decide
done
=====END-OF-FILE=====
put /etc/systemd/system/kubelet-serving-approver.service 0644 root:root kubelet-serving-approver <<'=====END-OF-FILE=====' # 6e404c98e0c7
[Unit]
Description=Approves kubelets' requests for serving certificates
After=kubelet.service
StartLimitIntervalSec=0

[Service]
Environment=KUBECONFIG=/etc/kubernetes/kubelet-serving-approver.kubeconfig
# The API server ends every watch after a while, and kubectl and this service with it: the next start goes on.
ExecStart=/usr/local/lib/kubernetes-from-scratch/kubelet-serving-approver
Restart=always
RestartSec=2
CacheDirectory=kubelet-serving-approver
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
NoNewPrivileges=true
MemoryMax=256M

[Install]
WantedBy=multi-user.target
=====END-OF-FILE=====
put /usr/local/lib/kubernetes-from-scratch/etcd-snapshot 0755 root:root <<'=====END-OF-FILE=====' # 960fa55ba15d
#!/bin/bash
# Snapshots of this machine's etcd member: verified, encrypted, authenticated, kept by number and age.
#
#   etcd-snapshot take             takes one and prints its path
#   etcd-snapshot check FILE       ends with 1 and a reason where FILE is no sound snapshot of this cluster
#   etcd-snapshot open FILE DB     the same, and writes the database that is in it
#
# A snapshot is one file: ten lines of text, of which the last is the HMAC-SHA256 of the nine before it and of all that
# follows; then the database as etcd gives it, gzipped, and encrypted with AES-256 in counter mode. (openssl's command line
# has authenticated ciphers only for what fits into memory.) Keys are read from files: they are in no argument.
set -euo pipefail
umask 077
export LC_ALL=C
readonly keys=/etc/kubernetes/backup folder=/var/lib/etcd-snapshots pki=/etc/kubernetes/pki
readonly title='kubernetes-from-scratch etcd snapshot 1' lines=10
KEEP=12 MAX_AGE_DAYS=14 COPY_HOST='' COPY_PORT=22
# shellcheck source=/dev/null
. "$keys/settings"

fail() {
  echo "$*" >&2
  exit 1
}

sha256() { openssl dgst -sha256 -r | cut -d' ' -f1; }

# pad BYTE: the 64 bytes of the key, each XOR that byte.
pad() {
  local hex text='' i
  hex=$(<"$keys/authentication.key")
  for ((i = 0; i < 128; i += 2)); do printf -v text '%s\\x%02x' "$text" $((16#${hex:i:2} ^ $1)); done
  printf '%b' "$text"
}

# HMAC-SHA256 of standard input (RFC 2104).
seal() { { pad 0x36; cat; } | openssl dgst -sha256 -binary | { pad 0x5c; cat; } | sha256; }

cipher() { openssl enc -aes-256-ctr -pbkdf2 -pass "file:$keys/encryption.key" "$@"; }

header() { head -c 4096 "$1" | tr -d '\0' | sed -n "1,${lines}p"; }

# field FILE NAME: what the header says.
field() { header "$1" | sed -n "s/^$2 //p"; }

check() {
  local file=$1 found
  [ -f "$file" ] || fail "there is no file $file"
  [ "$(header "$file" | sed -n 1p)" = "$title" ] || fail "$(basename "$file") is no snapshot, or its beginning is damaged"
  found=$(field "$file" cluster)
  [ "$found" = "$CLUSTER" ] || fail "it is a snapshot of the cluster $found, and this is $CLUSTER"
  found=$({ header "$file" | sed '$d'; tail -n +$((lines + 1)) "$file"; } | seal)
  [ "$found" = "$(field "$file" hmac)" ] ||
    fail "it is damaged, or of another cluster of this name: its seal does not fit this cluster's key"
  found=$(field "$file" kubernetes)
  [ "$(printf '%s\n' "${found%.*}" "${KUBERNETES%.*}" | sort -V | tail -n 1)" = "${KUBERNETES%.*}" ] ||
    fail "it was taken by Kubernetes $found, and this cluster runs $KUBERNETES, which may not read all that is in it"
}

open_snapshot() {
  check "$1"
  tail -n +$((lines + 1)) "$1" | cipher -d | gunzip >"$2" || fail "it can't be decrypted and unpacked"
  [ "$(sha256 <"$2")" = "$(field "$1" database)" ] || fail "the database in it is not the one that was put there"
}

etcdctl_here() {
  etcdctl --endpoints=https://127.0.0.1:2379 --cacert="$pki/etcd-ca.crt" --cert="$pki/etcd/server.crt" \
    --key="$pki/etcd/server.key" --dial-timeout=5s "$@"
}

# etcd appends the sum of all before it.
is_whole() { [ "$(head -c -32 "$1" | sha256)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" ]; }

take() {
  mkdir -p "$folder"
  exec 9>"$folder/.lock"
  flock -w 1800 9 || fail "another snapshot has been taken for half an hour"
  # What one that was cut off left.
  rm -rf "$folder"/.work.*
  work=$(mktemp -d "$folder/.work.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # It would wait without an end for a snapshot of an etcd that does not run.
  { etcdctl_here --command-timeout=10s endpoint status && etcdctl_here snapshot save "$work/db"; } >"$work/log" 2>&1 ||
    fail "etcd gave no snapshot: $(tail -n 1 "$work/log")"
  is_whole "$work/db" || fail "the snapshot is not whole: its sum is wrong"
  local status now name
  status=$(etcdutl snapshot status "$work/db" --write-out=json 2>"$work/log") || fail "the snapshot can't be read: $(tail -n 1 "$work/log")"
  now=$(date -u +%Y%m%dT%H%M%SZ)
  name="$CLUSTER-$now-$MACHINE.snapshot"
  cat >"$work/snapshot" <<HEADER
$title
cluster $CLUSTER
machine $MACHINE
time $now
kubernetes $KUBERNETES
etcd $(etcdutl version | sed -n 's/^etcdutl version: //p')
revision $(sed -E 's/.*"revision":([0-9]+).*/\1/' <<<"$status")
keys $(sed -E 's/.*"totalKey":([0-9]+).*/\1/' <<<"$status")
database $(sha256 <"$work/db")
HEADER
  gzip --fast <"$work/db" | cipher >"$work/body"
  echo "hmac $(cat "$work/snapshot" "$work/body" | seal)" >>"$work/snapshot"
  cat "$work/body" >>"$work/snapshot"
  # Read back as a restore would read it.
  (open_snapshot "$work/snapshot" "$work/again")
  cmp -s "$work/db" "$work/again" || fail "the snapshot could not be read back"
  sync "$work/snapshot"
  mv -f "$work/snapshot" "$folder/$name"
  prune
  copy "$folder/$name" "$name"
  echo "$folder/$name"
}

# The newest one stays, however old it is. Names are in the order of time.
prune() {
  local all file i=0
  mapfile -t all < <(find "$folder" -maxdepth 1 -name '*.snapshot' | sort -r)
  for file in "${all[@]:1}"; do
    i=$((i + 1))
    if ((i >= KEEP)) || [ -n "$(find "$file" -mmin "+$((MAX_AGE_DAYS * 1440))")" ]; then rm -f "$file"; fi
  done
}

# Under another name until it is whole.
copy() {
  [ -n "$COPY_HOST" ] || return 0
  sftp -q -b - -P "$COPY_PORT" -i "$keys/copy.key" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=20 \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$keys/known_hosts" -o GlobalKnownHostsFile=/dev/null \
    -o HostKeyAlias=copy-to "$COPY_USER@$COPY_HOST" >"$work/log" 2>&1 <<COMMANDS || fail "$1 is sound, but its copy did not reach $COPY_HOST: $(tail -n 1 "$work/log")"
put $1 $COPY_PATH/.$2.part
rename $COPY_PATH/.$2.part $COPY_PATH/$2
COMMANDS
}

case ${1:-} in
  take) take ;;
  check) check "$2" ;;
  open) open_snapshot "$2" "$3" ;;
  *) fail "usage: etcd-snapshot take | check FILE | open FILE DATABASE" ;;
esac
=====END-OF-FILE=====
put /etc/kubernetes/backup/settings 0644 root:root <<'=====END-OF-FILE=====' # 14fae8d2cd6b
# What etcd-snapshot reads: whose snapshots these are, how many stay, where copies go.
CLUSTER=local
MACHINE=cp1
KUBERNETES=1.36.3
KEEP=12
MAX_AGE_DAYS=14
=====END-OF-FILE=====
put /etc/systemd/system/etcd-snapshot.service 0644 root:root <<'=====END-OF-FILE=====' # 69a15dd193a9
[Unit]
Description=Snapshot of etcd, verified and encrypted
After=kubelet.service

[Service]
Type=oneshot
ExecStart=/usr/local/lib/kubernetes-from-scratch/etcd-snapshot take
# 4 GiB, the most that etcd holds, on a slow disk.
TimeoutStartSec=3600
# etcd itself goes first.
Nice=15
IOSchedulingClass=idle
StateDirectory=etcd-snapshots
StateDirectoryMode=0700
ProtectSystem=strict
ProtectHome=true
PrivateTmp=true
NoNewPrivileges=true
=====END-OF-FILE=====
put /etc/systemd/system/etcd-snapshot.timer 0644 root:root etcd-snapshot.timer <<'=====END-OF-FILE=====' # 315debba3c93
[Unit]
Description=Snapshots of etcd

[Timer]
OnCalendar=*-*-* 00/6:00:00
# Not all control planes at once.
RandomizedDelaySec=60
# One that was missed, because the machine was off, is made up for.
Persistent=true

[Install]
WantedBy=timers.target
=====END-OF-FILE=====
put /etc/kubernetes/addons/rbac.yaml 0644 root:root <<'=====END-OF-FILE=====' # 1f56a21114d9
# Who may do what among the cluster's own parts. The roles with the prefix system: are made by kube-apiserver itself.

# A machine that joins shows a bootstrap token of this group. It may ask for a kubelet's client certificate, ...
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:node-bootstrap
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:node-bootstrapper"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:bootstrappers:kubernetes-from-scratch"}
---
# ... which kube-controller-manager approves by itself, ...
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:node-client-approval
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:bootstrappers:kubernetes-from-scratch"}
---
# ... and from then on a node renews its own client certificate, and no other's.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:node-client-renewal
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}
---
# kube-apiserver speaks to the kubelets with this user's certificate: logs, exec, port-forward.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:kubelet-api
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:kubelet-api-admin"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: kube-apiserver-kubelet-client}
---
# kube-proxy uses the kubelet's own rotating certificate, so that no long-lived credential is shared between machines.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:node-proxy
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:node-proxier"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}
---
# kubelet-serving-approver: may approve requests for kubelets' serving certificates, and no other kind.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: kubernetes-from-scratch:kubelet-serving-approver
  labels: {kubernetes-from-scratch/addon: rbac}
rules:
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [get, list, watch]}
  - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}
  - {apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubernetes.io/kubelet-serving], verbs: [approve]}
  - {apiGroups: [""], resources: [nodes], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:kubelet-serving-approver
  labels: {kubernetes-from-scratch/addon: rbac}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "kubernetes-from-scratch:kubelet-serving-approver"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: kubelet-serving-approver}
=====END-OF-FILE=====
put /etc/kubernetes/addons/calico-crds.yaml 0644 root:root <<'=====END-OF-FILE=====' # ae0c7b488877
# The nine kinds that Calico's Felix and CNI plugin look at. Calico's clients check the content; kube-apiserver only keeps it.
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: bgpconfigurations.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: BGPConfiguration, listKind: BGPConfigurationList, plural: bgpconfigurations, singular: bgpconfiguration}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: clusterinformations.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: ClusterInformation, listKind: ClusterInformationList, plural: clusterinformations, singular: clusterinformation}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: felixconfigurations.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: FelixConfiguration, listKind: FelixConfigurationList, plural: felixconfigurations, singular: felixconfiguration}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: globalnetworkpolicies.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: GlobalNetworkPolicy, listKind: GlobalNetworkPolicyList, plural: globalnetworkpolicies, singular: globalnetworkpolicy}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: globalnetworksets.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: GlobalNetworkSet, listKind: GlobalNetworkSetList, plural: globalnetworksets, singular: globalnetworkset}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: hostendpoints.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: HostEndpoint, listKind: HostEndpointList, plural: hostendpoints, singular: hostendpoint}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ippools.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Cluster
  names: {kind: IPPool, listKind: IPPoolList, plural: ippools, singular: ippool}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: networkpolicies.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Namespaced
  names: {kind: NetworkPolicy, listKind: NetworkPolicyList, plural: networkpolicies, singular: networkpolicy}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: networksets.crd.projectcalico.org
  labels: {kubernetes-from-scratch/addon: calico-crds}
spec:
  group: crd.projectcalico.org
  scope: Namespaced
  names: {kind: NetworkSet, listKind: NetworkSetList, plural: networksets, singular: networkset}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
=====END-OF-FILE=====
put /etc/kubernetes/addons/calico-policy.yaml 0644 root:root <<'=====END-OF-FILE=====' # 72be7b3efd66
# What Calico's Felix and CNI plugin need besides the definitions in calico-crds.yaml. They run as services of the machine and use the
# kubelet's certificate, hence the group system:nodes.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: kubernetes-from-scratch:calico
  labels: {kubernetes-from-scratch/addon: calico-policy}
rules:
  - {apiGroups: [""], resources: [pods, namespaces, serviceaccounts, nodes, services, endpoints], verbs: [get, list, watch]}
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
  - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [list, watch]}
  - {apiGroups: [crd.projectcalico.org], resources: ["*"], verbs: [get, list, watch]}
  # The CNI plugin notes a pod's address in an annotation. NodeRestriction keeps it to the pods of its own machine.
  - {apiGroups: [""], resources: [pods/status], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: kubernetes-from-scratch:calico
  labels: {kubernetes-from-scratch/addon: calico-policy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "kubernetes-from-scratch:calico"}
subjects:
  - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}
---
# Felix and the plugin refuse to work until this says that the data is ready for them.
apiVersion: crd.projectcalico.org/v1
kind: ClusterInformation
metadata:
  name: default
  labels: {kubernetes-from-scratch/addon: calico-policy}
spec:
  datastoreReady: true
=====END-OF-FILE=====
stage etc/kubernetes/manifests/etcd.yaml <<'=====END-OF-FILE=====' # 0198e031e976
apiVersion: v1
kind: Pod
metadata:
  name: etcd
  namespace: kube-system
  labels: {component: etcd, tier: control-plane}
  annotations:
    # Filled in on the machine: a changed certificate changes the digest, and the kubelet restarts the pod.
    kubernetes-from-scratch/config-digest: "@CONFIG_DIGEST@"
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 32
  priorityClassName: system-node-critical
  securityContext:
    runAsUser: 60901
    runAsGroup: 60901
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: etcd
      image: registry.k8s.io/etcd:v3.6.16
      imagePullPolicy: IfNotPresent
      command:
        - etcd
        - --name=cp1
        - --data-dir=/var/lib/etcd
        # Decided once, on the machine: a member of its own founds the cluster or joins the one that is there.
        - --initial-cluster=@INITIAL_CLUSTER@
        - --initial-cluster-state=@INITIAL_CLUSTER_STATE@
        - --initial-cluster-token=local
        - --initial-advertise-peer-urls=https://10.80.0.11:2380
        - --listen-peer-urls=https://10.80.0.11:2380
        - --advertise-client-urls=https://10.80.0.11:2379
        - --listen-client-urls=https://127.0.0.1:2379,https://10.80.0.11:2379
        - --listen-metrics-urls=http://127.0.0.1:2381
        - --client-cert-auth=true
        - --trusted-ca-file=/etc/kubernetes/pki/etcd-ca.crt
        - --cert-file=/etc/kubernetes/pki/etcd/server.crt
        - --key-file=/etc/kubernetes/pki/etcd/server.key
        - --peer-client-cert-auth=true
        - --peer-trusted-ca-file=/etc/kubernetes/pki/etcd-ca.crt
        - --peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt
        - --peer-key-file=/etc/kubernetes/pki/etcd/peer.key
        - --tls-min-version=TLS1.2
        - --cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        - --auto-compaction-mode=periodic
        - --auto-compaction-retention=8h
        - --quota-backend-bytes=4294967296
        - --snapshot-count=10000
        - --watch-progress-notify-interval=5s
      livenessProbe:
        httpGet: {host: 127.0.0.1, port: 2381, path: /livez}
        initialDelaySeconds: 10
        periodSeconds: 10
        timeoutSeconds: 15
        failureThreshold: 8
      readinessProbe:
        httpGet: {host: 127.0.0.1, port: 2381, path: /readyz}
        periodSeconds: 1
        timeoutSeconds: 15
      startupProbe:
        httpGet: {host: 127.0.0.1, port: 2381, path: /livez}
        periodSeconds: 1
        timeoutSeconds: 15
        failureThreshold: 240
      resources:
        requests: {cpu: 100m, memory: 100Mi}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        - {name: data, mountPath: /var/lib/etcd}
        - {name: pki, mountPath: /etc/kubernetes/pki/etcd, readOnly: true}
        - {name: authority, mountPath: /etc/kubernetes/pki/etcd-ca.crt, readOnly: true}
  volumes:
    - {name: data, hostPath: {path: /var/lib/etcd, type: Directory}}
    - {name: pki, hostPath: {path: /etc/kubernetes/pki/etcd, type: Directory}}
    - {name: authority, hostPath: {path: /etc/kubernetes/pki/etcd-ca.crt, type: File}}
=====END-OF-FILE=====
stage etc/kubernetes/manifests/kube-apiserver.yaml <<'=====END-OF-FILE=====' # 2e9ee95b6f33
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
  labels: {component: kube-apiserver, tier: control-plane}
  annotations:
    # Filled in on the machine: a changed certificate or configuration changes the digest, and the kubelet restarts the pod.
    kubernetes-from-scratch/config-digest: "@CONFIG_DIGEST@"
spec:
  hostNetwork: true
  terminationGracePeriodSeconds: 30
  priorityClassName: system-node-critical
  securityContext:
    runAsUser: 60902
    runAsGroup: 60902
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.36.3
      imagePullPolicy: IfNotPresent
      command:
        - kube-apiserver
        # Its own address alone: with several control planes the virtual address has the same port.
        - --bind-address=10.80.0.11
        - --advertise-address=10.80.0.11
        - --secure-port=6443
        - --service-cluster-ip-range=10.0.0.0/16
        - --endpoint-reconciler-type=lease
        # etcd
        - --etcd-servers=https://127.0.0.1:2379
        - --etcd-cafile=/etc/kubernetes/pki/etcd-ca.crt
        - --etcd-certfile=/etc/kubernetes/pki/kube-apiserver/etcd-client.crt
        - --etcd-keyfile=/etc/kubernetes/pki/kube-apiserver/etcd-client.key
        - --encryption-provider-config=/etc/kubernetes/kube-apiserver/encryption.yaml
        # who may come in
        - --tls-cert-file=/etc/kubernetes/pki/kube-apiserver/server.crt
        - --tls-private-key-file=/etc/kubernetes/pki/kube-apiserver/server.key
        - --tls-min-version=VersionTLS12
        - --tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        - --client-ca-file=/etc/kubernetes/pki/cluster-ca.crt
        - --authentication-config=/etc/kubernetes/kube-apiserver/authentication.yaml
        - --enable-bootstrap-token-auth=true
        - --service-account-issuer=https://kubernetes.default.svc.cluster.local
        - --service-account-key-file=/etc/kubernetes/pki/kube-apiserver/service-account.pub
        - --service-account-signing-key-file=/etc/kubernetes/pki/kube-apiserver/service-account.key
        # what they may do
        - --authorization-mode=Node,RBAC
        - --enable-admission-plugins=NodeRestriction,EventRateLimit
        - --admission-control-config-file=/etc/kubernetes/kube-apiserver/admission.yaml
        - --allow-privileged=true
        - --profiling=false
        # what is written down
        - --audit-policy-file=/etc/kubernetes/kube-apiserver/audit-policy.yaml
        - --audit-log-path=/var/log/kubernetes/kube-apiserver/audit.log
        - --audit-log-maxage=30
        - --audit-log-maxbackup=10
        - --audit-log-maxsize=100
        # kubelets
        - --kubelet-client-certificate=/etc/kubernetes/pki/kube-apiserver/kubelet-client.crt
        - --kubelet-client-key=/etc/kubernetes/pki/kube-apiserver/kubelet-client.key
        - --kubelet-certificate-authority=/etc/kubernetes/pki/cluster-ca.crt
        - --kubelet-preferred-address-types=InternalIP,Hostname
        # extension API servers
        - --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
        - --requestheader-allowed-names=front-proxy-client
        - --requestheader-extra-headers-prefix=X-Remote-Extra-
        - --requestheader-group-headers=X-Remote-Group
        - --requestheader-username-headers=X-Remote-User
        - --proxy-client-cert-file=/etc/kubernetes/pki/kube-apiserver/front-proxy-client.crt
        - --proxy-client-key-file=/etc/kubernetes/pki/kube-apiserver/front-proxy-client.key
      livenessProbe:
        httpGet: {host: 10.80.0.11, port: 6443, path: /livez, scheme: HTTPS}
        initialDelaySeconds: 10
        periodSeconds: 10
        timeoutSeconds: 15
        failureThreshold: 8
      readinessProbe:
        httpGet: {host: 10.80.0.11, port: 6443, path: /readyz, scheme: HTTPS}
        periodSeconds: 1
        timeoutSeconds: 15
      startupProbe:
        httpGet: {host: 10.80.0.11, port: 6443, path: /livez, scheme: HTTPS}
        periodSeconds: 1
        timeoutSeconds: 15
        failureThreshold: 240
      resources:
        requests: {cpu: 250m, memory: 256Mi}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        # Files of the setting extraFiles, for flags of the setting extraArgs.
        - {name: extra, mountPath: /etc/kubernetes/extra, readOnly: true}
        - {name: config, mountPath: /etc/kubernetes/kube-apiserver, readOnly: true}
        - {name: pki, mountPath: /etc/kubernetes/pki/kube-apiserver, readOnly: true}
        - {name: cluster-ca, mountPath: /etc/kubernetes/pki/cluster-ca.crt, readOnly: true}
        - {name: etcd-ca, mountPath: /etc/kubernetes/pki/etcd-ca.crt, readOnly: true}
        - {name: front-proxy-ca, mountPath: /etc/kubernetes/pki/front-proxy-ca.crt, readOnly: true}
        - {name: log, mountPath: /var/log/kubernetes/kube-apiserver}
  volumes:
    - {name: extra, hostPath: {path: /etc/kubernetes/extra, type: Directory}}
    - {name: config, hostPath: {path: /etc/kubernetes/kube-apiserver, type: Directory}}
    - {name: pki, hostPath: {path: /etc/kubernetes/pki/kube-apiserver, type: Directory}}
    - {name: cluster-ca, hostPath: {path: /etc/kubernetes/pki/cluster-ca.crt, type: File}}
    - {name: etcd-ca, hostPath: {path: /etc/kubernetes/pki/etcd-ca.crt, type: File}}
    - {name: front-proxy-ca, hostPath: {path: /etc/kubernetes/pki/front-proxy-ca.crt, type: File}}
    - {name: log, hostPath: {path: /var/log/kubernetes/kube-apiserver, type: Directory}}
=====END-OF-FILE=====
stage etc/kubernetes/manifests/kube-controller-manager.yaml <<'=====END-OF-FILE=====' # 31c4181e6e94
apiVersion: v1
kind: Pod
metadata:
  name: kube-controller-manager
  namespace: kube-system
  labels: {component: kube-controller-manager, tier: control-plane}
  annotations:
    # Filled in on the machine: a changed certificate changes the digest, and the kubelet restarts the pod.
    kubernetes-from-scratch/config-digest: "@CONFIG_DIGEST@"
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  securityContext:
    runAsUser: 60903
    runAsGroup: 60903
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: kube-controller-manager
      image: registry.k8s.io/kube-controller-manager:v1.36.3
      imagePullPolicy: IfNotPresent
      command:
        - kube-controller-manager
        - --bind-address=127.0.0.1
        - --cluster-name=local
        - --kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig
        - --authentication-kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig
        - --authorization-kubeconfig=/etc/kubernetes/kube-controller-manager.kubeconfig
        - --use-service-account-credentials=true
        - --controllers=*,bootstrap-signer-controller,token-cleaner-controller
        # Pod ranges follow the machines' addresses (components/plan/addresses.py); nothing is handed out here.
        - --allocate-node-cidrs=false
        - --cluster-signing-cert-file=/etc/kubernetes/pki/cluster-ca.crt
        - --cluster-signing-key-file=/etc/kubernetes/pki/kube-controller-manager/cluster-ca.key
        # Kubelets' certificates live 72 h and are renewed by themselves: a lost one is soon worth nothing.
        - --cluster-signing-duration=72h
        - --root-ca-file=/etc/kubernetes/pki/cluster-ca.crt
        - --service-account-private-key-file=/etc/kubernetes/pki/kube-controller-manager/service-account.key
        - --client-ca-file=/etc/kubernetes/pki/cluster-ca.crt
        - --requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt
        - --tls-min-version=VersionTLS12
        - --profiling=false
        - --leader-elect=true
        # At its start it makes some forty service accounts' tokens: 20 requests a second, the default, take seconds for that.
        - --kube-api-qps=100
        - --kube-api-burst=200
      livenessProbe:
        httpGet: {host: 127.0.0.1, port: 10257, path: /healthz, scheme: HTTPS}
        initialDelaySeconds: 10
        periodSeconds: 10
        timeoutSeconds: 15
        failureThreshold: 8
      startupProbe:
        httpGet: {host: 127.0.0.1, port: 10257, path: /healthz, scheme: HTTPS}
        periodSeconds: 1
        timeoutSeconds: 15
        failureThreshold: 240
      resources:
        requests: {cpu: 200m, memory: 100Mi}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        # Files of the setting extraFiles, for flags of the setting extraArgs.
        - {name: extra, mountPath: /etc/kubernetes/extra, readOnly: true}
        - {name: kubeconfig, mountPath: /etc/kubernetes/kube-controller-manager.kubeconfig, readOnly: true}
        - {name: pki, mountPath: /etc/kubernetes/pki/kube-controller-manager, readOnly: true}
        - {name: cluster-ca, mountPath: /etc/kubernetes/pki/cluster-ca.crt, readOnly: true}
        - {name: front-proxy-ca, mountPath: /etc/kubernetes/pki/front-proxy-ca.crt, readOnly: true}
        # A writable /tmp: it makes a serving certificate for its loopback port there.
        - {name: tmp, mountPath: /tmp}
  volumes:
    - {name: extra, hostPath: {path: /etc/kubernetes/extra, type: Directory}}
    - {name: kubeconfig, hostPath: {path: /etc/kubernetes/kube-controller-manager.kubeconfig, type: File}}
    - {name: pki, hostPath: {path: /etc/kubernetes/pki/kube-controller-manager, type: Directory}}
    - {name: cluster-ca, hostPath: {path: /etc/kubernetes/pki/cluster-ca.crt, type: File}}
    - {name: front-proxy-ca, hostPath: {path: /etc/kubernetes/pki/front-proxy-ca.crt, type: File}}
    - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 16Mi}}
=====END-OF-FILE=====
stage etc/kubernetes/manifests/kube-scheduler.yaml <<'=====END-OF-FILE=====' # 1bbbdbc4f848
apiVersion: v1
kind: Pod
metadata:
  name: kube-scheduler
  namespace: kube-system
  labels: {component: kube-scheduler, tier: control-plane}
  annotations:
    # Filled in on the machine: a changed certificate changes the digest, and the kubelet restarts the pod.
    kubernetes-from-scratch/config-digest: "@CONFIG_DIGEST@"
spec:
  hostNetwork: true
  priorityClassName: system-node-critical
  securityContext:
    runAsUser: 60904
    runAsGroup: 60904
    runAsNonRoot: true
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: kube-scheduler
      image: registry.k8s.io/kube-scheduler:v1.36.3
      imagePullPolicy: IfNotPresent
      command:
        - kube-scheduler
        - --bind-address=127.0.0.1
        - --kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig
        - --authentication-kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig
        - --authorization-kubeconfig=/etc/kubernetes/kube-scheduler.kubeconfig
        - --tls-min-version=VersionTLS12
        - --profiling=false
        - --leader-elect=true
      livenessProbe:
        httpGet: {host: 127.0.0.1, port: 10259, path: /livez, scheme: HTTPS}
        initialDelaySeconds: 10
        periodSeconds: 10
        timeoutSeconds: 15
        failureThreshold: 8
      startupProbe:
        httpGet: {host: 127.0.0.1, port: 10259, path: /livez, scheme: HTTPS}
        periodSeconds: 1
        timeoutSeconds: 15
        failureThreshold: 240
      resources:
        requests: {cpu: 100m, memory: 64Mi}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      volumeMounts:
        # Files of the setting extraFiles, for flags of the setting extraArgs.
        - {name: extra, mountPath: /etc/kubernetes/extra, readOnly: true}
        - {name: kubeconfig, mountPath: /etc/kubernetes/kube-scheduler.kubeconfig, readOnly: true}
        - {name: pki, mountPath: /etc/kubernetes/pki/kube-scheduler, readOnly: true}
        - {name: cluster-ca, mountPath: /etc/kubernetes/pki/cluster-ca.crt, readOnly: true}
        - {name: tmp, mountPath: /tmp}
  volumes:
    - {name: extra, hostPath: {path: /etc/kubernetes/extra, type: Directory}}
    - {name: kubeconfig, hostPath: {path: /etc/kubernetes/kube-scheduler.kubeconfig, type: File}}
    - {name: pki, hostPath: {path: /etc/kubernetes/pki/kube-scheduler, type: Directory}}
    - {name: cluster-ca, hostPath: {path: /etc/kubernetes/pki/cluster-ca.crt, type: File}}
    - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 16Mi}}
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
# secret file /etc/kubernetes/pki/cluster-ca.crt 0644 root:root
# secret file /etc/kubernetes/bootstrap.kubeconfig 0600 root:root
# secret file /etc/kubernetes/pki/etcd-ca.crt 0644 root:root
# secret file /etc/kubernetes/pki/front-proxy-ca.crt 0644 root:root
# secret file /etc/kubernetes/pki/etcd/server.crt 0600 60901:60901
# secret file /etc/kubernetes/pki/etcd/server.key 0600 60901:60901
# secret file /etc/kubernetes/pki/etcd/peer.crt 0600 60901:60901
# secret file /etc/kubernetes/pki/etcd/peer.key 0600 60901:60901
# secret file /etc/kubernetes/pki/kube-apiserver/server.crt 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/server.key 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/etcd-client.crt 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/etcd-client.key 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/kubelet-client.crt 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/kubelet-client.key 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/front-proxy-client.crt 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/front-proxy-client.key 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/service-account.key 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-apiserver/service-account.pub 0600 60902:60902
# secret file /etc/kubernetes/kube-apiserver/encryption.yaml 0600 60902:60902
# secret file /etc/kubernetes/pki/kube-controller-manager/client.crt 0600 60903:60903
# secret file /etc/kubernetes/pki/kube-controller-manager/client.key 0600 60903:60903
# secret file /etc/kubernetes/pki/kube-controller-manager/cluster-ca.key 0600 60903:60903
# secret file /etc/kubernetes/pki/kube-controller-manager/service-account.key 0600 60903:60903
# secret file /etc/kubernetes/pki/kube-scheduler/client.crt 0600 60904:60904
# secret file /etc/kubernetes/pki/kube-scheduler/client.key 0600 60904:60904
# secret file /etc/kubernetes/pki/kubelet-serving-approver/client.crt 0600 0:0
# secret file /etc/kubernetes/pki/kubelet-serving-approver/client.key 0600 0:0
# secret file /etc/kubernetes/pki/operator/client.crt 0600 0:0
# secret file /etc/kubernetes/pki/operator/client.key 0600 0:0
# secret file /etc/kubernetes/backup/encryption.key 0600 0:0
# secret file /etc/kubernetes/backup/authentication.key 0600 0:0
put_secrets
. $STAGE/control-plane.sh
=====END-OF-STEP=====
)"
