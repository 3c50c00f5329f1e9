# One control plane: etcd, the API server, the controller manager and the scheduler as static pods under the kubelet.
# shellcheck shell=bash disable=SC2154
# ADDRESS, PEERS ("name=address …", the other control planes), FOUNDER (yes on the one that may found the cluster)
# and the UID_… of the components are set by the command text.
# shellcheck source=fetch.sh
. "$STAGE/fetch.sh"
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"
# shellcheck source=admit.sh
. "$STAGE/admit.sh"
# shellcheck source=drain.sh
. "$STAGE/drain.sh"

readonly manifests=/etc/kubernetes/manifests addons=/etc/kubernetes/addons
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

# digest FILE…: one sum over files and folders, for a static pod's annotation.
digest() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16; }

# static_pod NAME FILE…: puts the manifest where the kubelet sees it. FILE… are what the pod reads at its start.
static_pod() {
  local name=$1
  shift
  local rendered=$STAGE/$name.yaml
  sed -e "s|@CONFIG_DIGEST@|$(digest "$@")|" \
    -e "s|@INITIAL_CLUSTER@|$(cut -d' ' -f2 "$home/etcd-initial-cluster")|" \
    -e "s|@INITIAL_CLUSTER_STATE@|$(cut -d' ' -f1 "$home/etcd-initial-cluster")|" \
    "$STAGE$manifests/$name.yaml" >"$rendered"
  cmp -s "$rendered" "$manifests/$name.yaml" || containers "$name" >>"$STAGE/replaced"
  put "$manifests/$name.yaml" 0600 root:root <"$rendered"
}

containers() { ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.container.name\"==$1" 2>/dev/null; }

# What a changed manifest replaces must be gone before anything is asked: it would answer for its successor.
replaced_are_gone() { ! ctr -n k8s.io tasks ls 2>/dev/null | awk '$3 == "RUNNING" {print $1}' | grep -qxFf "$STAGE/replaced"; }

await_former_pods() {
  [ ! -s "$STAGE/replaced" ] || wait_for 120 "the former static pods to end" nothing "run 'journalctl -u kubelet' on $MACHINE" replaced_are_gone
}

own() {
  local uid=$1
  shift
  install -d -m 0700 -o "$uid" -g "$uid" "$@"
}

answers() { curl --silent --output /dev/null --max-time 2 --cacert /etc/kubernetes/pki/cluster-ca.crt "https://$ADDRESS:$API_PORT/livez"; }

ready() { curl --silent --fail --max-time 2 --cacert /etc/kubernetes/pki/cluster-ca.crt "https://$ADDRESS:$API_PORT/readyz"; }

# Roles for joining, and the policy engine's resources; the latter need their definitions, so they may take two tries.
apply_foundations() {
  local files=()
  for file in rbac calico-crds calico-policy; do
    [ ! -f "$addons/$file.yaml" ] || files+=(--filename="$addons/$file.yaml")
  done
  kubectl apply --server-side --force-conflicts "${files[@]}"
}

# Whether kubelets that ask for a certificate are answered: by this machine's controller manager or, where another one
# leads, by that.
signs() {
  local leader
  leader=$(api GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager | sed -n 's/^ *"holderIdentity": "\([^_]*\)_.*/\1/p')
  case $leader in
    '') false ;;
    "$HOSTNAME") curl --silent --insecure --max-time 2 'https://127.0.0.1:10257/healthz?verbose' | grep -q '+\]certificatesigningrequest-signing-controller ok' ;;
  esac
}

# A kubelet that asks earlier than that would pause longer and longer. Who has others sign (extraArgs) needn't wait for it.
await_signer() {
  local start=$SECONDS
  until signs 2>/dev/null || ((SECONDS - start >= 30)); do sleep 0.25; done
}

balancer() { curl --silent --fail --max-time 2 http://127.0.0.1:8405/health; }

start_virtual_address() {
  [ -f "$STAGE/etc/keepalived/keepalived.conf" ] || return 0
  local interface
  interface=$(ip -o -4 addr show | awk -v a="$ADDRESS" '{split($4, x, "/"); if (x[1] == a) print $2}')
  sed "s|@INTERFACE@|$interface|" "$STAGE/etc/keepalived/keepalived.conf" | put /etc/keepalived/keepalived.conf 0644 root:root keepalived
  restart haproxy keepalived
  wait_for 30 "HAProxy to find a ready API server" balancer "run 'journalctl -u haproxy' on $MACHINE" balancer
}

stop_virtual_address() {
  [ -f "$STAGE/etc/keepalived/keepalived.conf" ] || ! has_virtual_address || systemctl disable --quiet --now keepalived haproxy
}

pki=/etc/kubernetes/pki extra=/etc/kubernetes/extra
own "$UID_ETCD" /var/lib/etcd
own "$UID_KUBE_APISERVER" /var/log/kubernetes/kube-apiserver
install -d -m 0755 /etc/kubernetes/kubelet.conf.d "$manifests" /etc/kubernetes/extra

[ ! -e /etc/systemd/system/kubernetes-routes.service ] || restart kubernetes-routes
follow_api_server
# One that runs starts anew only when the API server is as new: it must never be newer. And one that has just started looks
# after a static pod's volumes first: where the pod is replaced meanwhile, it is two minutes until the former one is ended.
systemctl is-active --quiet kubelet || restart kubelet
decide_etcd_membership
static_pod etcd "$pki/etcd" "$pki/etcd-ca.crt"
# An API server goes with its etcd, and before it: what it is asked until the balancer has seen it go is still answered.
static_pod kube-apiserver "$manifests/etcd.yaml" "$extra" "$pki/kube-apiserver" "$pki/cluster-ca.crt" "$pki/etcd-ca.crt" "$pki/front-proxy-ca.crt" /etc/kubernetes/kube-apiserver
await_former_pods
fetch_images "$STAGE/image-list" &
images=$!

wait_for_etcd
readonly logs="run 'ls -t /var/log/pods/kube-system_kube-apiserver*/*/' on $MACHINE and look into the newest"
wait_for 180 "the API server on $ADDRESS:$API_PORT" answers "$logs" answers
wait_for 180 "the API server's /readyz on $ADDRESS:$API_PORT" ready "$logs" ready
# Only now: its clients must not be newer than it is, and those that came before its roles are there would pause for seconds.
wait "$images" || exit 1
static_pod kube-controller-manager "$extra" "$pki/kube-controller-manager" "$pki/cluster-ca.crt" "$pki/front-proxy-ca.crt" /etc/kubernetes/kube-controller-manager.kubeconfig
static_pod kube-scheduler "$extra" "$pki/kube-scheduler" "$pki/cluster-ca.crt" /etc/kubernetes/kube-scheduler.kubeconfig
await_former_pods
wait_for 60 "the API server to take the first objects" apply_foundations "run 'kubectl apply -f $addons/rbac.yaml' on $MACHINE" apply_foundations
restart kubelet
if ! openssl x509 -checkend 0 -noout -in /var/lib/kubelet/pki/kubelet-client-current.pem >/dev/null 2>&1; then
  await_signer
  wait_for 60 "the API server to take the bootstrap token" admit "run 'kubectl get --raw /readyz?verbose' on $MACHINE" admit
  # The kubelet asked for a certificate before anyone could answer, and now pauses longer and longer: it may ask again.
  systemctl restart --no-block kubelet
fi
# shellcheck disable=SC2086
restart $NODE_UNITS
start_virtual_address
stop_virtual_address
settle_files
take_pods_again
