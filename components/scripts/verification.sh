# Proves from inside that the cluster works.
# shellcheck shell=bash disable=SC2154
rm -f "$home/ending"
