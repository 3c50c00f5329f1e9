# Who may come in by SSH as the user that this step came as: the keys of $STAGE/authorized-keys. Of those that were among
# them earlier none stays that is no longer; keys that people put there do.
# shellcheck shell=bash disable=SC2154

authorize() {
  local user=${SUDO_USER:-root} group folder file known=$home/authorized-keys
  group=$(id -g "$user")
  folder=$(getent passwd "$user" | cut -d: -f6)/.ssh
  file=$folder/authorized_keys
  install -d -m 0700 -o "$user" -g "$group" "$folder"
  touch "$file" "$known"
  {
    grep -vxFf <(cat "$known" "$STAGE/authorized-keys") "$file" || true
    cat "$STAGE/authorized-keys"
  } >"$STAGE/keys"
  # Written down before: whatever cuts this off, none of them is taken for somebody else's.
  sort -u "$known" "$STAGE/authorized-keys" >"$known.new"
  mv -f "$known.new" "$known"
  if ! cmp -s "$STAGE/keys" "$file"; then
    install -m 0600 -o "$user" -g "$group" "$STAGE/keys" "$file.new"
    mv -f "$file.new" "$file"
  fi
  say "$(wc -l <"$STAGE/authorized-keys") of the program's SSH keys let $user in"
}

authorize
