# Runs on a control plane when the group GROUP is gone: takes away what its machines fetched, their tokens and their Nodes.
# shellcheck shell=bash disable=SC2154
export KUBECONFIG=/etc/kubernetes/admin.kubeconfig

# Machines of a pool that has the same name and is no group have other names.
nodes() { kubectl get nodes --selector="kubernetes-from-scratch/pool=$GROUP" -o name | grep -E "^node/$GROUP(-[0-9]+){4}$" || true; }

end() {
  kubectl --namespace=kube-system delete secrets --selector="kubernetes-from-scratch/group=$GROUP" --ignore-not-found
  nodes | xargs -r kubectl delete --ignore-not-found --wait=false
}

wait_for 60 "the API server to give up the group $GROUP" nothing "run 'kubectl get nodes' on $MACHINE, then pulumi up" end
say "$GROUP is gone"
