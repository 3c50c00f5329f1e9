# Downloads: binaries and image archives, each checked against the lock's sha256. Sourced.
# shellcheck shell=bash disable=SC2154

readonly cache=$home/downloads

# download URL SHA256 FILE: FILE is there and has that sum, or the step ends.
download() {
  local url=$1 sum=$2 file=$3 errors=$STAGE/curl.$2 found
  rm -f "$file.part"
  curl --silent --show-error --fail --location --retry 3 --retry-connrefused --connect-timeout 10 --speed-limit 1000 --speed-time 60 \
    --output "$file.part" "$url" 2>"$errors" ||
    fail "$url" "$(tail -n 1 "$errors")" "see whether $MACHINE reaches that address (curl -I $url), then pulumi up"
  found=$(sha256 "$file.part")
  if [ "$found" != "$sum" ]; then
    rm -f "$file.part"
    fail "sha256 $sum of $url, as the lock says" "$found" "find out who changed the file, or correct the lock (make lock), then pulumi up"
  fi
  mv -f "$file.part" "$file"
}

# archive URL SHA256: an archive that several binaries come from.
archive() { [ -f "$cache/$2" ] || download "$1" "$2" "$cache/$2"; }

# What is installed from which sum, and the sum of the file itself: written after the file is in place.
record_of() { echo "$home/installed/${1//\//_}"; }

# is_installed TARGET SHA256 MEMBER
is_installed() {
  local sum='' member='' own='' record
  record=$(record_of "$1")
  [ -x "$1" ] && [ -f "$record" ] || return 1
  read -r sum member own <"$record" || true
  [ "$sum $member" = "$2 $3" ] || return 1
  # Only a repair looks into each file: that takes seconds.
  [ -z "${REPAIR:-}" ] || [ "$(sha256 "$1")" = "$own" ]
}

# Whether the downloads hold another kubelet, containerd or runc than the one that is installed.
replaces_what_runs_pods() {
  local target sum member
  while read -r target _ sum member _; do
    [ ! -e "$(record_of "$target")" ] || is_installed "$target" "$sum" "$member" || return 0
  done < <(grep -E "^$(machine_arch) [^ ]*/(kubelet|containerd|containerd-shim-runc-v2|runc) " "$STAGE/downloads" | cut -d' ' -f2-)
  return 1
}

# binary TARGET URL SHA256 MEMBER UNIT: MEMBER is the file in the archive, or - where the download is the binary.
binary() {
  local target=$1 url=$2 sum=$3 member=$4 unit=$5 own=$3
  if is_installed "$target" "$sum" "$member"; then return; fi
  install -d "${target%/*}" "$home/installed"
  if [ "$member" = - ]; then
    download "$url" "$sum" "$target.new"
  else
    tar -xzOf "$cache/$sum" "$member" >"$target.new" || fail "$member in $url" "no such file in the archive" "correct 'members' in the lock"
    own=$(sha256 "$target.new")
  fi
  chmod 0755 "$target.new"
  [ "$unit" = - ] || mark "$unit"
  mv -f "$target.new" "$target"
  echo "$sum $member $own" >"$(record_of "$target")"
  say "installed $target"
}

machine_arch() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) fail "an x86_64 or aarch64 processor" "$(uname -m)" "use another machine" ;;
  esac
}

# in_parallel FUNCTION LIST: calls it with each line's words, a few at a time; the first failure ends the step.
in_parallel() {
  local function=$1 list=$2 failed=0 words
  while read -ra words; do
    while (($(jobs -rp | wc -l) >= 3)); do wait -n || failed=1; done
    ((failed == 0)) || break
    "$function" "${words[@]}" &
  done <"$list"
  while (($(jobs -p | wc -l))); do wait -n || failed=1; done
  ((failed == 0)) || exit 1
}

# fetch_binaries LIST: lines "ARCH TARGET URL SHA256 MEMBER UNIT".
fetch_binaries() {
  local arch
  arch=$(machine_arch)
  install -d -m 0700 "$cache"
  grep "^$arch " "$1" | cut -d' ' -f2- >"$1.here" ||
    fail "downloads for $arch" "none in the lock" "complete the lock: make lock"
  # Archives that give several binaries are downloaded once.
  awk '$4 != "-" && !seen[$3]++ {print $2, $3}' "$1.here" >"$1.archives"
  in_parallel archive "$1.archives"
  in_parallel binary "$1.here"
  while read -r _ sum; do rm -f "$cache/$sum"; done <"$1.archives"
}

# image NAME URL SHA256: loads an archive into containerd, pinned: nothing could pull it again.
image() {
  local name=$1 url=$2 sum=$3 label="kubernetes-from-scratch/archive=$3"
  if ctr -n k8s.io images ls -q "name==$name,labels.\"${label%=*}\"==$sum" 2>/dev/null | grep -q .; then return; fi
  install -d -m 0700 "$cache"
  download "$url" "$sum" "$cache/$sum"
  ctr -n k8s.io images import --local --label io.cri-containerd.pinned=pinned --label "$label" --discard-unpacked-layers "$cache/$sum" >"$cache/$sum.log" 2>&1 ||
    fail "the image $name in $url" "$(tail -n 1 "$cache/$sum.log")" "run 'systemctl status containerd' on $MACHINE"
  rm -f "$cache/$sum" "$cache/$sum.log"
  say "loaded $name"
}

# fetch_images LIST: lines "ARCH NAME URL SHA256"; empty where images come from a registry.
fetch_images() {
  local arch
  arch=$(machine_arch)
  grep "^$arch " "$1" | cut -d' ' -f2- >"$1.here" || true
  in_parallel image "$1.here"
}

# load_images NAME…: those images of $STAGE/image-list, ahead of the others; one that the machine does not run is not there.
load_images() {
  local name
  for name in "$@"; do grep " [^ ]*/$name:[^ ]* " "$STAGE/image-list" || true; done >"$STAGE/image-list.first"
  fetch_images "$STAGE/image-list.first"
}
