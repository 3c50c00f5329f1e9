# One node: kubelet, kube-proxy and the policy engine. It joins as soon as an API server accepts its token.
# shellcheck shell=bash disable=SC2154

install -d -m 0755 /etc/kubernetes/kubelet.conf.d
settle_files
[ ! -e /etc/systemd/system/kubernetes-routes.service ] || restart kubernetes-routes
# What the machine's first pods need goes in before the kubelet starts, so that it does not try to pull.
load_images pause coredns
follow_api_server
restart kubelet
# shellcheck disable=SC2086
restart $NODE_UNITS
fetch_images "$STAGE/image-list"
take_pods_again
