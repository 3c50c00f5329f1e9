# On every machine when a new authority signs: its kubelet gets both certificates anew at once, not when they end.
# AUTHORITY is in $STAGE/authority.crt, ADDRESS the machine's own.
# shellcheck shell=bash disable=SC2154
# shellcheck source=drain.sh
. "$STAGE/drain.sh"
readonly kubelet_pki=/var/lib/kubelet/pki authority=$STAGE/authority.crt
readonly requests=/apis/certificates.k8s.io/v1/certificatesigningrequests

# signed_by_it FILE: whether the certificate is the new authority's.
signed_by_it() { openssl verify -CAfile "$authority" "$1" >/dev/null 2>&1; }

# The kubelet's own request, with its own credential, signed by the controller manager that leads.
request_client_certificate() {
  local request name
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$STAGE/client.key")
  request=$(openssl req -new -key "$STAGE/client.key" -subj "/O=system:nodes/CN=system:node:$NODE" | base64 -w0)
  name=$(as_node POST "$requests?pretty=true" --header 'Content-Type: application/json' --data @- <<CSR | sed -n 's/^    "name": "\(.*\)",*$/\1/p'
{"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"generateName": "renew-"},
 "spec": {"signerName": "kubernetes.io/kube-apiserver-client-kubelet", "request": "$request",
  "usages": ["digital signature", "client auth"]}}
CSR
  )
  [ -n "$name" ] || return
  for _ in {1..40}; do
    as_node GET "$requests/$name?pretty=true" | sed -n 's/^    "certificate": "\(.*\)",*$/\1/p' | base64 -d >"$STAGE/client.crt"
    [ ! -s "$STAGE/client.crt" ] || break
    sleep 0.25
  done
  signed_by_it "$STAGE/client.crt"
}

# In place as the kubelet itself would put it.
install_client_certificate() {
  local file
  file=$kubelet_pki/kubelet-client-$(date -u +%Y-%m-%d-%H-%M-%S).pem
  mark kubelet kube-proxy
  [ ! -f /etc/calico/felix.env ] || mark calico-felix
  (umask 077 && cat "$STAGE/client.crt" "$STAGE/client.key" >"$file.new")
  mv -f "$file.new" "$file"
  ln -s "$file" "$kubelet_pki/.current.new"
  mv -fT "$kubelet_pki/.current.new" "$node_certificate"
}

serves() { curl --silent --output /dev/null --max-time 5 --cacert "$authority" "https://$ADDRESS:10250/healthz"; }

why_not() { curl --silent --show-error --output /dev/null --max-time 5 --cacert "$authority" "https://$ADDRESS:10250/healthz"; }

if ! signed_by_it "$node_certificate"; then
  wait_for 120 "a client certificate of the new authority" nothing "run 'kubectl get csr' on a control plane: is it signed by its kube-controller-manager?" request_client_certificate
  install_client_certificate
fi
# The kubelet asks for this one when it starts without.
if ! signed_by_it "$kubelet_pki/kubelet-server-current.pem"; then
  mark kubelet
  rm -f "$kubelet_pki/kubelet-server-current.pem"
fi
# shellcheck disable=SC2086
restart kubelet $NODE_UNITS
wait_for 120 "a serving certificate of the new authority" why_not "run 'kubectl get csr' and 'journalctl -u kubelet-serving-approver' on the control planes" serves
wait_for 120 "the Node $NODE to be Ready" not_ready "run 'journalctl -u kubelet' on $MACHINE" is_ready_again
say "the kubelet's certificates are the new authority's"
