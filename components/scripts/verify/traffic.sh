# Pods that talk to each other, and people who talk to pods. Sourced by verify.sh.
# shellcheck shell=bash disable=SC2154

# Every pod calls this many others: all of them on clusters of up to nine nodes.
readonly calls_per_pod=8

# pods_run: waits for the pods; writes down "name node address service-address node-port" of each.
pods_run() {
  local node
  if ! kubectl --namespace="$namespace" wait pods --all --for=condition=Ready --timeout=90s >/dev/null 2>&1; then
    node=$(kubectl --namespace="$namespace" get pods \
      -o jsonpath='{range .items[?(@.status.phase!="Running")]}{.spec.nodeName} {.status.containerStatuses[*].state.waiting.reason} {end}')
    begin pods "pods run" broken "no running pod on ${node:-some node}" "journalctl -u containerd -u kubelet | tail (on ${node%% *})"
    return 1
  fi
  join <(columns pods :.spec.nodeName,:.status.podIP) <(columns services ':.spec.clusterIP,:.spec.ports[0].nodePort') >"$work/pods"
  grep '^web-' "$work/pods" | sort -V >"$work/web"
}

# columns KIND COLUMNS: name and columns of all objects of that kind, sorted by name.
columns() {
  kubectl --namespace="$namespace" get "$1" --no-headers -o custom-columns=":.metadata.name,$2" | sort
}

# question FROM HOST PORT: the API's path for what the pod FROM gets from there; its own server asks.
question() {
  printf '/api/v1/namespaces/%s/pods/%s:8080/proxy/dial?protocol=http&request=hostname&tries=1&host=%s&port=%s' \
    "$namespace" "$1" "$2" "$3"
}

# pairs: "caller called" of all calls.
pairs() {
  awk -v calls="$calls_per_pod" '{name[NR] = $1}
    END {
      if (NR == 1) print name[1], name[1]
      for (i = 1; i <= NR; i++) for (k = 1; k <= calls && k < NR; k++) print name[i], name[(i + k - 1) % NR + 1]
    }' "$work/web"
}

# check_pairs address|service|name: every pod reaches the others that way.
check_pairs() {
  local way=$1 caller called total limit=60
  pairs >"$work/$way.left"
  total=$(wc -l <"$work/$way.left")
  mkdir "$work/$way"
  if ! eventually "$limit" call_all "$way"; then
    read -r caller called <"$work/$way.left"
    broken "$(node_of "$caller") does not reach a pod on $(node_of "$called") ($(place_of "$way" "$called"));\
 $(wc -l <"$work/$way.left") of $total calls fail" "$(next_for "$way" "$caller" "$called")"
  fi
  echo "$total of $total calls"
}

place_of() {
  case $1 in
    address) awk -v name="$2" '$1 == name {print $3 " 8080"}' "$work/pods" ;;
    service) awk -v name="$2" '$1 == name {print $4 " 80"}' "$work/pods" ;;
    # Not the bare name, which a pod knows from its own /etc/hosts.
    name) echo "$2.$namespace 80" ;;
  esac
}

node_of() { awk -v name="$1" '$1 == name {print $2}' "$work/pods"; }

next_for() {
  case $1 in
    address) echo "ip route; nft list ruleset | grep -i drop (on $(node_of "$2") and $(node_of "$3"))" ;;
    service) echo "journalctl -u kube-proxy | tail (on $(node_of "$2"))" ;;
    name) echo "kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20" ;;
  esac
}

# call_all WAY: makes the calls that have not succeeded yet, at the same time; those that fail are left.
call_all() {
  local caller called place
  while read -r caller called; do
    # shellcheck disable=SC2046
    place=$(question "$caller" $(place_of "$1" "$called"))
    printf 'url = "http://localhost%s"\noutput = "%s"\n' "$place" "$work/$1/$caller.$called"
  done <"$work/$1.left" >"$work/$1.calls"
  curl --silent --parallel --parallel-max 30 --max-time 5 --unix-socket api --config "$work/$1.calls" 2>/dev/null || true
  while read -r caller called; do
    [[ $(cat "$work/$1/$caller.$called" 2>/dev/null) == *"[\"$called\"]"* ]] || echo "$caller $called"
  done <"$work/$1.left" >"$work/$1.still"
  mv -f "$work/$1.still" "$work/$1.left"
  [ ! -s "$work/$1.left" ]
}

# The API server answers plain HTTP with a sentence about HTTPS: enough to know that a pod reaches it.
check_api_from_pods() {
  local name node count=0
  while read -r name node _; do
    eventually 60 reaches_api "$name" ||
      broken "a pod on $node does not reach https://kubernetes.default" "journalctl -u kube-proxy | tail (on $node)"
    count=$((count + 1))
  done <"$work/web"
  echo "from $count of $count nodes"
}

reaches_api() { [[ $(api "$(question "$1" kubernetes.default 443)" --max-time 5 2>/dev/null) == *HTTPS* ]]; }

check_node_port() {
  local name address port count=0
  port=$(awk '$1 == "web-0" {print $5}' "$work/pods")
  while read -r name _ _ address _; do
    # After a restart of the API server kube-proxy's watches come back within 30 s (client-go's longest pause) and more.
    eventually 60 node_port_answers "$address" "$port" ||
      broken "$name does not answer on $address:$port" "journalctl -u kube-proxy | tail (on $name)"
    count=$((count + 1))
  done <"$work/nodes"
  echo "$count of $count, port $port"
}

# node_port_answers ADDRESS PORT: asked from here, or by a pod where machines' own addresses are not reached from here.
node_port_answers() {
  if [ -n "${OUTSIDE:-}" ]; then
    [[ $(api "$(question web-0 "$1" "$2")" --max-time 5 2>/dev/null) == *'["web-0"]'* ]]
  else
    answers web-0 "http://$1:$2/hostname"
  fi
}

# answers TEXT URL
answers() { [ "$(curl --silent --max-time 3 "$2")" = "$1" ]; }

check_logs() {
  local name node count=0
  while read -r name node _; do
    eventually 60 has_log "$name" ||
      broken "no log of a pod on $node: $(tail -n 1 "$work/log")" "kubectl get csr; journalctl -u kubelet | tail (on $node)"
    count=$((count + 1))
  done <"$work/web"
  echo "$count of $count nodes"
}

has_log() { api "/api/v1/namespaces/$namespace/pods/$1/log?tailLines=1" >"$work/log" 2>&1 && [ -s "$work/log" ]; }

check_exec() {
  local said
  said=$(kubectl --namespace="$namespace" exec web-0 -- /agnhost --version 2>&1) ||
    broken "$said" "journalctl -u kubelet -u containerd | tail (on $(node_of web-0))"
  echo "in a pod on $(node_of web-0)"
}

check_port_forward() {
  local port
  kubectl --namespace="$namespace" port-forward web-0 :8080 >"$work/forward" 2>&1 &
  if ! eventually 10 grep -q '127\.0\.0\.1:' "$work/forward"; then
    broken "$(tail -n 1 "$work/forward")" "journalctl -u kubelet -u containerd | tail (on $(node_of web-0))"
  fi
  port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\) .*/\1/p' "$work/forward" | head -n 1)
  eventually 5 answers web-0 "http://127.0.0.1:$port/hostname" ||
    broken "nothing comes through the forwarded port" "journalctl -u kubelet | tail (on $(node_of web-0))"
  kill %%
  echo "answers"
}

# reaches FROM TO: a single call.
reaches() {
  # shellcheck disable=SC2046
  [[ $(api "$(question "$1" $(place_of address "$2"))" --max-time 3 2>/dev/null) == *"[\"$2\"]"* ]]
}

felix() { echo "journalctl -u calico-felix | tail (on $(node_of guarded)); curl http://127.0.0.1:9099/readiness"; }

check_policy_allows() {
  [ "$POLICY" != none ] || skipped "this cluster enforces no NetworkPolicy"
  eventually 60 reaches granted guarded || broken "the pod that a policy lets through does not get through" "$(felix)"
  echo "the pod with the label gets through"
}

check_policy_denies() {
  local last
  [ "$POLICY" != none ] || skipped "this cluster enforces no NetworkPolicy"
  last=$(tail -n 1 "$work/web" | cut -d' ' -f1)
  # Only where others do get through does silence prove anything.
  eventually 60 reaches granted guarded || broken "the guarded pod answers nobody" "$(felix)"
  eventually 60 reaches "$last" web-0 || broken "the refused pod reaches nobody" "$(felix)"
  ! reaches "$last" guarded || broken "a pod without the label gets through" "$(felix)"
  echo "the pod without the label does not"
}
