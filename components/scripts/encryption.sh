# Which keys Secrets are encrypted with in etcd. Sourced, after etcd.sh.
# shellcheck shell=bash disable=SC2154

# stored_keys: for each Secret the name of its key, "clear" where it has none. Of each value only the first 30 bytes are
# looked at, and nothing is written down.
stored_keys() {
  etcdctl_at 127.0.0.1 --command-timeout=60s get /registry/secrets/ --prefix --write-out=json >"$STAGE/secrets.json" || return
  { grep -o '"value":"[^"]\{40\}' "$STAGE/secrets.json" || true; } | cut -d'"' -f4 | tr -d '\n' | base64 -d | LC_ALL=C tr -c 'a-z0-9:' '?' |
    fold -b -w 30 | awk -F : '/^k8s:enc:secretbox:v1:[0-9]+:/ {print $5; next} {print "clear"}'
  rm -f "$STAGE/secrets.json"
}

# counted NAME…: of the keys on standard input those that are none of these, as "2 with key 1, 1 with key 3".
counted() {
  { grep -vxF "$(printf '%s\n' "$@")" || true; } | sort | uniq -c | awk '{printf "%s%s with key %s", sep, $1, $2; sep = ", "}'
}
