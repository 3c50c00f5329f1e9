# How every step on a machine begins: the frame around its files and its script. Sourced by the step's command text, with
# STEP, MACHINE and STAGE set and standard input unpacked.
# shellcheck shell=bash disable=SC2154
# shellcheck source=lib.sh
. "$STAGE/lib.sh"

trap 'ended $? "$BASH_COMMAND"' EXIT
trap 'exit 143' TERM HUP INT
mkdir -p "$pending"
: >"$STAGE/files"
: >"$STAGE/modes"
