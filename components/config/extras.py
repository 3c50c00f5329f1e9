"""What the program does not know by itself: further arguments and files."""

from pydantic import Field, StrictStr

from components.config.base import Settings
from components.config.values import DnsLabel, Mode


class ExtraArgs(Settings):
    """Further command-line flags per component: the flag's name without dashes, its value in quotes.

    A flag that the program sets itself, or that has a setting, is refused: a flag is set in one place.
    """

    etcd: dict[StrictStr, StrictStr] = Field(
        {}, description="Flags of etcd.", examples=[{"max-request-bytes": "3000000"}]
    )
    kube_apiserver: dict[StrictStr, StrictStr] = Field(
        {}, description="Flags of kube-apiserver.", examples=[{"event-ttl": "2h"}]
    )
    kube_controller_manager: dict[StrictStr, StrictStr] = Field(
        {}, description="Flags of kube-controller-manager.", examples=[{"terminated-pod-gc-threshold": "500"}]
    )
    kube_scheduler: dict[StrictStr, StrictStr] = Field(
        {}, description="Flags of kube-scheduler.", examples=[{"v": "2"}]
    )
    kubelet: dict[StrictStr, StrictStr] = Field({}, description="Flags of kubelet.", examples=[{"v": "2"}])
    kube_proxy: dict[StrictStr, StrictStr] = Field({}, description="Flags of kube-proxy.", examples=[{"v": "2"}])


class ExtraFile(Settings):
    """A further file on machines. Its content is shown in previews and kept in the state: no secrets."""

    path: StrictStr = Field(description="The absolute path on the machine.", examples=["/etc/sysctl.d/90-inotify.conf"])
    content: StrictStr = Field(description="The file's text.", examples=["fs.inotify.max_user_instances = 8192\n"])
    mode: Mode = Field("0644", description="Its permissions in octal, in quotes; its owner is root.", examples=["0600"])
    machines: tuple[DnsLabel, ...] = Field(
        (), description="The machines that get it. Default: all.", examples=[["n1", "n2"]]
    )
