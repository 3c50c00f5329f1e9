# Prints what there is of what was put on this machine; changes nothing (`make drift`). Reads $STAGE/wanted:
#   file PATH | secret PATH | program PATH | unit NAME | setting KEY | pod NAME | when FUNCTION
# Each gives one line, KIND NAME and what was found; contents in base64, of secret files only the sum.
# shellcheck shell=bash disable=SC2154

look_at() {
  local kind=$1 name=$2
  case $kind in
    file | secret | program)
      [ -f "$name" ] || { echo "$kind $name absent"; return; }
      echo "$kind $name $(stat -c '%a %u:%g' "$name") $("content_of_$kind" "$name")"
      ;;
    # Whether it is enabled is not asked of `show`: systemd remembers what was so when somebody first asked.
    unit) echo "unit $name $(systemctl show --property=ActiveState,DropInPaths,NeedDaemonReload "$name" | tr ' ' ',' | tr '\n' ' ')UnitFileState=$(systemctl is-enabled "$name" 2>/dev/null || true)" ;;
    setting) echo "setting $name $(sysctl --values "$name" 2>/dev/null | tr -s '\t' ' ' || echo absent)" ;;
    pod) echo "pod $name $(is_running "$name" && echo running || echo absent)" ;;
    when) echo "when $name $("$name" && echo yes || echo no)" ;;
  esac
}

content_of_file() { base64 -w0 "$1"; }
content_of_secret() { sha256 "$1"; }
# The sum, and what fetch.sh wrote down when it installed it.
content_of_program() { echo "$(sha256 "$1") $(cat "$home/installed/${1//\//_}" 2>/dev/null)"; }

ctr -n k8s.io tasks ls 2>/dev/null | awk '$3 == "RUNNING" {print $1}' >"$STAGE/running" || true
is_running() {
  local containers
  # Not into a pipe: grep leaves at the first match, and ctr, writing on, would fail.
  containers=$(ctr -n k8s.io containers ls -q "labels.\"io.kubernetes.pod.namespace\"==kube-system,labels.\"io.kubernetes.container.name\"==$1" 2>/dev/null)
  grep -qxFf "$STAGE/running" <<<"$containers"
}

while read -r kind name; do look_at "$kind" "$name"; done <"$STAGE/wanted"
[ ! -d /etc/kubernetes/manifests ] || find /etc/kubernetes/manifests -type f ! -name '.*' | sed 's/^/manifest /'
