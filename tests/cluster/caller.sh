# shellcheck shell=bash
# Run on a machine: for each line of standard input one request to URL, from the network of a pod of the load, or from that
# of the machine.
url=$1 network=$2
if [ "$network" = machine ]; then
  pid=1
else
  pod=$(ctr -n k8s.io containers ls -q 'labels."io.kubernetes.container.name"==server' | head -n 1)
  pid=$(ctr -n k8s.io tasks ls | awk -v id="$pod" '$1 == id {print $2}')
fi
if [ -z "$pid" ]; then
  echo "no pod of the load runs here"
  exit 1
fi
echo ready
while read -r _; do
  if said=$(nsenter --target "$pid" --net curl --silent --show-error --fail --max-time 5 "$url" 2>&1); then
    echo ok
  else
    echo "${said//$'\n'/ }"
  fi
done
