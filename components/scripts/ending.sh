# Runs first when the whole cluster is destroyed: machines that leave after this are not drained.
# shellcheck shell=bash disable=SC2154
: >"$home/ending"
