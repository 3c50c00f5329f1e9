# What every step's script on a machine uses. Sourced, never run.
# shellcheck shell=bash
# MACHINE and STEP are set by the step's command text (components/remote.py), STAGE is its private folder.

readonly home=/var/lib/kubernetes-from-scratch
# One file a unit whose inputs changed and that was not restarted since: survives a cut between the two.
readonly pending=$home/pending
# kubectl's, which would else be in the home folder of root.
export KUBECACHEDIR=$home/kubectl

say() { printf '%s: %s: %s\n' "$MACHINE" "$STEP" "$*"; }

# fail EXPECTED FOUND WHAT-TO-DO
fail() {
  complain "$@"
  exit 1
}

complain() {
  local full next=$3
  full=$(full_disk)
  [ -z "$full" ] || next="free some on $MACHINE (du -xh --max-depth=3 / | sort -h), then pulumi up"
  printf '%s: %s failed: expected %s; found %s. Next: %s\n' "$MACHINE" "$STEP" "$1" "$2${full:+; $full}" "$next" >&2
  : >"$STAGE/failed"
}

# Says which disk is next to full: whatever went wrong, that is why.
full_disk() {
  df -Pk / /etc /opt /run /usr/local/bin /var/lib "$home" 2>/dev/null |
    awk 'NR > 1 && $4 < 16384 && !seen[$6]++ {printf "%s%s is full (%d MiB free)", sep, $6, $4 / 1024; sep = ", "}'
}

# The end of every step. What no `fail` has foreseen is told in the same form.
ended() {
  local status=$1 command=${2%%$'\n'*}
  if ((status != 0 && status != 143)) && [ ! -e "$STAGE/failed" ]; then
    complain "'$command' to succeed" "status $status" "try it on $MACHINE, then pulumi up"
  fi
  rm -rf "$STAGE"
}

# wait_for SECONDS WHAT FOUND NEXT COMMAND…: polls the command; says what it waits for every ten seconds.
# FOUND is a function that prints the state of things when the time is up.
wait_for() {
  local limit=$1 what=$2 found=$3 next=$4 start=$SECONDS told=0
  shift 4
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS - start >= limit)); then fail "$what within $limit s" "$("$found" 2>&1 | tail -n 1)" "$next"; fi
    if ((SECONDS - start >= told + 10)); then
      told=$((SECONDS - start))
      say "waiting for $what ($told s)"
    fi
    sleep 0.25
  done
}

nothing() { echo "no answer"; }

# Files that earlier runs of this step put here.
declare -A listed=()
if [ -f "$home/files.$STEP" ]; then
  while read -r path; do listed[$path]=yes; done <"$home/files.$STEP"
fi

# Whether an earlier run gave this machine a share in the virtual address. (keepalived may be there for others' sake.)
has_virtual_address() { [ -n "${listed[/etc/keepalived/keepalived.conf]:-}" ]; }

# put PATH MODE OWNER [UNIT…]: installs standard input as that file, if it differs; a change marks the units.
# Bash reads, compares and writes by itself: a step has some sixty files, and each process that is started counts.
# The new file has a dot in front until it is in place: the kubelet takes every other file of its folder for a pod.
put() {
  local path=$1 mode=$2 owner=$3 new="${1%/*}/.${1##*/}.$STEP" wanted='' found=''
  shift 3
  IFS= read -r -d '' wanted || true
  echo "$path" >>"$STAGE/files"
  printf '%s %s %s\n' "$mode" "$owner" "$path" >>"$STAGE/modes"
  if [ -f "$path" ]; then IFS= read -r -d '' found <"$path" || true; fi
  if [ -f "$path" ] && [ "$wanted" = "$found" ]; then return; fi
  [ -d "${path%/*}" ] || mkdir -p "${path%/*}"
  rm -f "$new"
  (umask 077 && printf '%s' "$wanted" >"$new")
  [ "$owner" = root:root ] || chown "$owner" "$new"
  chmod "$mode" "$new"
  mark "$@"
  # Written down before it is there: whatever cuts the step off, the file is found again.
  [ -n "${listed[$path]:-}" ] || echo "$path" >>"$home/files.$STEP"
  case $path in *.service | *.timer | *.d/*) : >"$pending/.units" ;; esac
  mv -f "$new" "$path"
}

# A file whose content was right may still have another mode or owner.
restore_modes() {
  local mode owner path
  while read -r mode owner path; do
    chmod "$mode" "$path"
    chown "$owner" "$path"
  done < <(
    comm -13 <(cut -d' ' -f3 "$STAGE/modes" | xargs -r stat -c '%a %u:%g %n' | sort) \
      <(sed 's/^0*//; s/ root:root / 0:0 /' "$STAGE/modes" | sort)
  )
}

mark() {
  local unit
  for unit in "$@"; do : >"$pending/$unit"; done
}

# put_secrets: installs the files that came by standard input, as $STAGE/secrets.list says: "PATH MODE OWNER UNIT…".
put_secrets() {
  local path mode owner units
  while read -r path mode owner units; do
    # shellcheck disable=SC2086
    put "$path" "$mode" "$owner" $units <"$STAGE/secrets$path"
  done <"$STAGE/secrets.list"
}

# stage PATH: keeps standard input for the step's script alone.
stage() {
  install -d "$STAGE/$(dirname "$1")"
  cat >"$STAGE/$1"
}

# Ends the putting of files: modes are right, and files that an earlier run of this step put here and that are no longer
# among its files are gone.
settle_files() {
  local list=$home/files.$STEP path
  restore_modes
  if [ -f "$list" ]; then
    while read -r path; do
      case $path in /etc/systemd/system/*.timer | /etc/systemd/system/*.service) systemctl disable --quiet --now "${path##*/}" || true ;; esac
      rm -f "$path"
      say "removed $path"
    done < <(grep -vxFf "$STAGE/files" "$list" || true)
  fi
  sort -u "$STAGE/files" >"$list.new"
  mv -f "$list.new" "$list"
}

# restart UNIT…: enables and starts each; restarts it only where an input changed since its last start.
restart() {
  local unit wants
  if [ -e "$pending/.units" ]; then
    systemctl daemon-reload
    rm -f "$pending/.units"
  fi
  for unit in "$@"; do
    wants=multi-user.target.wants/$unit.service
    [ "${unit%.timer}" = "$unit" ] || wants=timers.target.wants/$unit
    [ -e "/etc/systemd/system/$wants" ] || systemctl --quiet --no-reload enable "$unit"
    if [ -e "$pending/$unit" ]; then
      say "starting $unit"
      case $unit in
        # They hold other machines' connections, and the virtual address: they take new settings without letting go.
        haproxy | keepalived) systemctl reload-or-restart --no-block "$unit" ;;
        *) systemctl restart --no-block "$unit" ;;
      esac
      rm -f "$pending/$unit"
    elif ! systemctl is-active --quiet "$unit"; then
      systemctl start --no-block "$unit"
    fi
  done
}

# sha256 FILE: prints the sum. openssl uses the processor's instructions for it, coreutils often does not.
sha256() { openssl dgst -sha256 -r "$1" | cut -d' ' -f1; }

# The kubelet wrote where its API server is when it joined; it may have moved since.
follow_api_server() {
  local written=/var/lib/kubelet/kubeconfig server
  server=$(sed -n 's/^ *server: *//p' /etc/kubernetes/bootstrap.kubeconfig)
  if [ -f "$written" ] && ! grep -qF "server: $server" "$written"; then
    mark kubelet
    sed -i "s|server: .*|server: $server|" "$written"
  fi
}

has_resolved() { [ -e /run/systemd/resolve/resolv.conf ]; }

on_own_kernel() { ! in_container; }

in_container() { systemd-detect-virt --quiet --container; }
