# Runs checks side by side and tells what came of them. Sourced by verify.sh.
# shellcheck shell=bash disable=SC2154
#
# A check is a function that prints what it found. It ends with `broken` or `skipped`, or simply ends where all is well.

keys=()
declare -A title=() job=()

# begin KEY TITLE FUNCTION…
begin() {
  keys+=("$1")
  title[$1]=$2
  "${@:3}" >"$work/$1.found" 2>"$work/$1.errors" &
  job[$1]=$!
}

# broken FOUND NEXT: NEXT is the command to type first.
broken() {
  printf '%s\n%s\n' "$1" "$2"
  exit 1
}

skipped() {
  echo "$1"
  exit 3
}

# eventually SECONDS COMMAND…: tries until it succeeds.
eventually() {
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    ((SECONDS < end)) || return 1
    sleep 0.2
  done
}

# api PATH OPTION…
api() { curl --silent --show-error --fail-with-body --max-time 10 --unix-socket api "http://localhost$1" "${@:2}"; }

still_running() {
  local key
  for key in "${keys[@]}"; do
    if kill -0 "${job[$key]}" 2>/dev/null; then printf '%s, ' "${title[$key]}"; fi
  done
}

# Says every five seconds what it waits for.
wait_for_checks() {
  local start=$SECONDS told=0 running
  while running=$(still_running) && [ -n "$running" ]; do
    if ((SECONDS - start >= told + 5)); then
      told=$((SECONDS - start))
      echo "still checking ($told s): ${running%, }"
    fi
    sleep 0.1
  done
}

report() {
  local key status result found next failed='' first=''
  wait_for_checks
  printf '%-33s %-8s %s\n' CHECK RESULT DETAIL
  for key in "${keys[@]}"; do
    status=0
    wait "${job[$key]}" || status=$?
    found='' next=''
    { read -r found && read -r next; } <"$work/$key.found" || true
    case $status in
      0) result=ok ;;
      3) result=skipped ;;
      *) result=FAILED failed+=" $key" ;;
    esac
    if [ "$result" = FAILED ] && [ -z "$next" ]; then
      found=$(tail -n 1 "$work/$key.errors") next="kubectl get --raw '/readyz?verbose'"
    fi
    printf '%-33s %-8s %s\n' "${title[$key]}" "$result" "$found"
    [ "$result" != FAILED ] || first=${first:-"expected ${title[$key]}; found $found. Next: $next"}
  done
  [ -z "$failed" ] || { printf '\n%s: verification failed: %s\n' "${MACHINE:-cluster}" "$first" >&2 && return 1; }
}
