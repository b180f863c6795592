# SPDX-License-Identifier: BSD-3-Clause
"""Network cards (and the edu device) of a machine, and their text form."""

import dataclasses

from .errors import LabError

MODELS = {
    "e1000e": {"romfile": ""},
    "e1000": {"romfile": ""},
    "igb": {"romfile": ""},
    "virtio-net-pci": {"romfile": "", "disable-legacy": "on", "iommu_platform": "on"},
    "edu": {},
}
STREAM = ("stream", "socket")


@dataclasses.dataclass
class Nic:
    """One test device.

    bridge: the PCI host bridge that it sits on, hence its IOMMU group.
    net:    None (no peer), "stream" (a unix socket for a program on the host), or
            any other name: devices of the same name are joined by a hub.
    """
    model: str
    bridge: int = 1
    net: str = None
    options: dict = dataclasses.field(default_factory=dict)
    socket: str = None                  # set by the machine for net="stream"
    address: str = None                 # set by bind_vfio(): the PCI address in the guest

    def device(self, bus, index, slot=""):
        """QEMU's -device argument."""
        words = [self.model, f"id=nic{index}", f"bus={bus}"]
        if slot:
            words.append(slot)
        if self.model != "edu":
            words += [f"netdev=net{index}", f"mac=52:54:00:dd:00:{index:02x}"]
        settings = {**MODELS.get(self.model, {}), **self.options}
        return ",".join(words + [f"{name}={value}" for name, value in settings.items()])

    def netdev(self, index, hubs):
        """QEMU's -netdev argument, or None for a device that has no network."""
        if self.model == "edu":
            return None
        if self.net in STREAM:
            return f"stream,id=net{index},server=on,addr.type=unix,addr.path={self.socket}"
        hub = hubs.setdefault(self.net or f"alone{index}", len(hubs) + 1)
        return f"hubport,id=net{index},hubid={hub}"


def parse(text):
    """A Nic from its text form MODEL@BRIDGE[,net=NAME][,option=value]..."""
    head, *rest = text.split(",")
    model, _, bridge = head.partition("@")
    if model not in MODELS or not (bridge or "1").isdigit():
        raise LabError(f"cannot understand the device '{text}'",
                       "it is not MODEL@BRIDGE with MODEL one of " + ", ".join(MODELS),
                       "write for example e1000e@1,net=a")
    options = pairs(rest, text)
    return Nic(model, int(bridge or 1), options.pop("net", None), options)


def parse_bridge(text):
    """(number, properties) from N,name=value,..."""
    head, *rest = text.split(",")
    if not head.isdigit():
        raise LabError(f"cannot understand the bridge '{text}'", "it does not start with a number",
                       "write for example 1,pgsz=0x11000")
    return int(head), pairs(rest, text)


def pairs(words, text):
    """{name: value} from words of the form name=value."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise LabError(f"cannot understand '{word}' in '{text}'", "it is not name=value",
                           "separate several settings by commas")
        found[name] = value
    return found
