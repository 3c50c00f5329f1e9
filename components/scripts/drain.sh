# Empties a machine before its kubelet or its container runtime is replaced, with the kubelet's own credential: the API
# lets a node evict its own pods and cordon itself, and nothing of others. Sourced.
# NODE is its Node; its pods may take DRAIN_SECONDS to leave (0: they have nowhere to go, and stay).
# shellcheck shell=bash disable=SC2154

readonly node_certificate=/var/lib/kubelet/pki/kubelet-client-current.pem
# There while the machine is cordoned by this script.
readonly emptied=$home/emptied

# as_node METHOD PATH [CURL-ARGUMENT…]: prints the answer; fails where the API server refuses or is silent.
as_node() {
  local method=$1 path=$2 server
  shift 2
  server=$(sed -n 's/^ *server: *//p' /var/lib/kubelet/kubeconfig)
  curl --silent --show-error --fail-with-body --max-time 20 --cacert /etc/kubernetes/pki/cluster-ca.crt \
    --cert "$node_certificate" --key "$node_certificate" --request "$method" "$@" "$server$path"
}

own_node() { as_node GET "/api/v1/nodes/$NODE?pretty=true" >"$STAGE/node.json"; }

# change_node JSON: merges it into the machine's own Node.
change_node() { as_node PATCH "/api/v1/nodes/$NODE" --header 'Content-Type: application/merge-patch+json' --data "$1" --output /dev/null; }

# Somebody else's cordon is respected: it stays when this one goes.
cordon() {
  own_node || return
  if grep -q '^    "unschedulable": true' "$STAGE/node.json" && ! grep -q '^      "kubernetes-from-scratch/cordoned"' "$STAGE/node.json"; then
    rm -f "$emptied"
    return
  fi
  : >"$emptied"
  change_node '{"metadata": {"annotations": {"kubernetes-from-scratch/cordoned": "yes"}}, "spec": {"unschedulable": true}}'
}

uncordon() {
  [ -e "$emptied" ] || return 0
  change_node '{"metadata": {"annotations": {"kubernetes-from-scratch/cordoned": null}}, "spec": {"unschedulable": null}}' || return
  rm -f "$emptied"
}

# Lines "NAMESPACE NAME [deleted]" of the pods that have to leave: all but static ones and those of DaemonSets. The API
# server writes its JSON with two blanks for each level.
pods_to_leave() {
  as_node GET "/api/v1/pods?fieldSelector=spec.nodeName=$NODE&pretty=true" >"$STAGE/pods.json" || return
  awk -F '"' '
    /^    \{/ {name = space = deleted = ""; stays = 0}
    /^        "name": / && name == "" {name = $4}
    /^        "namespace": / && space == "" {space = $4}
    /^        "deletionTimestamp": / {deleted = " deleted"}
    /^          "kubernetes.io\/config.mirror": / {stays = 1}
    /^            "kind": "DaemonSet"/ {stays = 1}
    /^    \}/ && !stays {print space " " name deleted}
  ' "$STAGE/pods.json"
}

# evict NAMESPACE NAME: what stands in its way is written down for `stayed`.
evict() {
  local answer="$STAGE/eviction.json" why
  as_node POST "/api/v1/namespaces/$1/pods/$2/eviction" --header 'Content-Type: application/json' --output "$answer" \
    --data "{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {\"namespace\": \"$1\", \"name\": \"$2\"}}" 2>"$STAGE/eviction.errors" && return
  why=$(sed -n 's/^ *"message": "\(The disruption budget.*\)",*$/\1/p' "$answer" 2>/dev/null | head -n 1)
  [ -n "$why" ] || why=$(sed -n 's/^ *"message": "\(.*\)",*$/\1/p' "$answer" 2>/dev/null | head -n 1)
  # One that is gone meanwhile is no obstacle.
  case $why in *' not found') return ;; esac
  echo "$1/$2 (${why:-$(tail -n 1 "$STAGE/eviction.errors")})" >>"$STAGE/stayed"
}

# One pass: asks those that are still there to go. Succeeds when none is left.
is_empty() {
  local namespace name deleted left
  : >"$STAGE/stayed"
  left=$(pods_to_leave) || { echo "pods of which the API server says nothing" >"$STAGE/stayed"; return 1; }
  [ -n "$left" ] || return 0
  while read -r namespace name deleted; do
    if [ -n "$deleted" ]; then
      echo "$namespace/$name (it is still ending)" >>"$STAGE/stayed"
    else
      evict "$namespace" "$name"
    fi
  done <<<"$left"
  return 1
}

drain() {
  local start=$SECONDS told=0
  wait_for 60 "the API server to cordon $NODE" nothing "see whether the control planes serve, then pulumi up" cordon
  say "draining $NODE$([ -e "$emptied" ] || echo " (someone else cordoned it, and it stays so)")"
  until is_empty; do
    if ((SECONDS - start >= DRAIN_SECONDS)); then
      uncordon || true
      fail "the pods of $NODE to leave within $DRAIN_SECONDS s, before its programs are replaced" "$(paste -sd, "$STAGE/stayed" | sed 's/,/, /g')" \
        "make room for them (kubectl get poddisruptionbudgets -A) or raise rollout.drainTimeout, then pulumi up; nothing was replaced"
    fi
    if ((SECONDS - start >= told + 10)); then
      told=$((SECONDS - start))
      say "waiting for $(wc -l <"$STAGE/stayed") pods to leave ($told s)"
    fi
    sleep 1
  done
}

# A machine that has no pods, or whose kubelet could not end them, is not drained.
drain_before_replacing() {
  replaces_what_runs_pods && [ -s "$node_certificate" ] || return 0
  if ((DRAIN_SECONDS == 0)); then
    say "the pods of $NODE have nowhere to go: they stay while its programs are replaced"
  elif ! systemctl is-active --quiet kubelet; then
    say "the kubelet does not run: its pods can't be told to leave"
  elif [ "$STEP" = prepare ] && ! own_node 2>/dev/null; then
    say "no API server answers: its pods can't be moved"
  else
    drain
  fi
}

# With the version that is installed, for a kubelet that has just been started anew may look Ready by what the one before it said.
is_ready_again() {
  own_node && grep --after-context=1 '"type": "Ready"' "$STAGE/node.json" | grep -q '"status": "True"' &&
    grep -qF "\"kubeletVersion\": \"$(kubelet --version | cut -d' ' -f2)\"" "$STAGE/node.json" &&
    curl --silent --fail --max-time 2 http://127.0.0.1:10248/healthz
}

not_ready() { grep --after-context=5 '"type": "Ready"' "$STAGE/node.json" | sed -n 's/^ *"message": "\(.*\)",*$/\1/p'; }

# The end of a step: what was cordoned before it takes pods again.
take_pods_again() {
  [ -e "$emptied" ] || return 0
  wait_for 300 "the Node $NODE to be Ready again" not_ready "run 'journalctl -u kubelet' on $MACHINE" is_ready_again
  wait_for 60 "the API server to let $NODE take pods again" nothing "run 'kubectl uncordon $NODE', then pulumi up" uncordon
  say "$NODE takes pods again"
}
