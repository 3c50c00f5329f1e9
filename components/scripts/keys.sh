# Before a control plane is given fewer keys for what is encrypted in etcd: nothing may be left that only they can read.
# ENCRYPTION_KEYS are those that it will have.
# shellcheck shell=bash disable=SC2154
# shellcheck source=etcd.sh
. "$STAGE/etcd.sh"
# shellcheck source=encryption.sh
. "$STAGE/encryption.sh"

check_keys() {
  local name going='' left
  local configured=/etc/kubernetes/kube-apiserver/encryption.yaml
  [ -f "$configured" ] || return 0
  while read -r name; do
    [[ " $ENCRYPTION_KEYS " == *" $name "* ]] || going+=" $name"
  done < <(sed -n 's/.*{name: "\([0-9]*\)".*/\1/p' "$configured")
  [ -n "$going" ] || return 0
  stored_keys >"$STAGE/stored-keys" ||
    fail "etcd on $MACHINE to say which keys Secrets are encrypted with" "no answer" "run 'etcdctl endpoint health' on $MACHINE; the key$going stays until then"
  # What is in clear can always be read.
  # shellcheck disable=SC2086
  left=$(counted clear $ENCRYPTION_KEYS <"$STAGE/stored-keys")
  [ -z "$left" ] || fail "no Secret that is encrypted with the key$going any more" "$left" \
    "write stage: use for rotation.encryption, make repair (it rewrites them), then drop"
  say "no Secret of $(wc -l <"$STAGE/stored-keys") needs the key$going any more"
}

check_keys
