#!/bin/bash
# Runs on the operator's computer: does an SSH server answer at ADDRESS PORT, within LIMIT seconds? A machine that takes
# the connection and then says nothing would otherwise hold the whole roll-out for ever.
set -euo pipefail
machine=$1 address=$2 port=$3 limit=$4

banner() {
  timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1" && IFS= read -r -t 9 line <&3 && printf "%s\n" "$line"' "$address" "$port" 2>&1
}

for ((start = SECONDS; ; )); do
  answer=$(banner) || answer=${answer##*: }
  case $answer in SSH-2.0-*) exit 0 ;; esac
  ((SECONDS - start < limit)) || break
  sleep 1
done
echo "$machine: reach failed: expected an SSH server at $address port $port within $limit s; found ${answer:-a connection that stays silent}." \
  "Next: see whether $machine runs (ssh -v -p $port $address), then pulumi up" >&2
exit 1
