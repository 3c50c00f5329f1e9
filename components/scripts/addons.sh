# Runs on a control plane: applies every manifest of /etc/kubernetes/addons, and removes what belongs to an addon that is
# no longer there. It does not wait for pods: the nodes may still be joining (verify.sh waits).
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig
readonly folder=/etc/kubernetes/addons label=kubernetes-from-scratch/addon certificate=$home/metrics-server

# What addons are made of; definitions go last, for other objects may be of the kinds that they define.
readonly kinds=apiservices,deployments,daemonsets,poddisruptionbudgets,services,csidrivers,configmaps,secrets,storageclasses,serviceaccounts,rolebindings,roles,clusterrolebindings,clusterroles,namespaces,customresourcedefinitions

# metrics-server's serving certificate. kube-apiserver is told to trust this very one, so it needs no authority.
make_certificate() {
  [ ! -s "$certificate.crt" ] || return 0
  (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=metrics-server \
    -addext subjectAltName=DNS:metrics-server.kube-system.svc -keyout "$certificate.key" -out "$certificate.new" 2>/dev/null)
  mv -f "$certificate.new" "$certificate.crt"
}

metrics_server() {
  make_certificate
  sed "s|@METRICS_SERVER_CERTIFICATE@|$(base64 -w0 "$certificate.crt")|" "$folder/metrics-server.yaml"
  cat <<SECRET
---
apiVersion: v1
kind: Secret
metadata: {name: metrics-server, namespace: kube-system, labels: {$label: metrics-server}}
type: kubernetes.io/tls
data: {tls.crt: $(base64 -w0 "$certificate.crt"), tls.key: $(base64 -w0 "$certificate.key")}
SECRET
}

apply() { kubectl apply --server-side --force-conflicts "${manifests[@]}"; }

# prune NAMES: every object carries the label with the name of its addon.
prune() { kubectl delete "$kinds" --all-namespaces --selector="$label,$label notin ($1)" --ignore-not-found --wait=false; }

settle_files
names='' manifests=()
for file in "$folder"/*.yaml; do
  name=$(basename "$file" .yaml)
  names+=${names:+,}$name
  if [ "$name" = metrics-server ]; then
    metrics_server >"$STAGE/metrics-server.yaml"
    file=$STAGE/metrics-server.yaml
  fi
  manifests+=(--filename="$file")
done

# More than once where an object's kind is defined in the same go.
wait_for 60 "the API server to take the addons $names" apply "run 'kubectl apply --server-side --filename $folder' on $MACHINE" apply
# Nothing to remove where nothing was applied before.
if [ -f "$home/addons" ] && [ "$(cat "$home/addons")" != "$names" ]; then
  wait_for 60 "the API server to give up addons other than $names" nothing "run 'kubectl get deployments -A -l $label' on $MACHINE" prune "$names"
fi
echo "$names" >"$home/addons"
say "applied $names"
