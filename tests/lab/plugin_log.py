# SPDX-License-Identifier: BSD-3-Clause
"""What the plugin prints, as values: tests compare these and never free text."""

import dataclasses
import re

PREFIX = "VFIO_SPAPR: "
WINDOW_START = 1 << 59                  # where both platforms put the first 64-bit window
GROUP_GONE = "last device removed, window closed"
GROUP_JOINED = "added with the same window as the other groups"
STOCK_FAILURE = "Received unsupported start address"

_SETUP = re.compile(re.escape(PREFIX) + r"setup: (.*)")
_RELEASE = re.compile(re.escape(PREFIX) + r"release: (.*)")
_GROUP = re.compile(re.escape(PREFIX) + r"IOMMU group (?P<number>\d+) \((?P<device>[^)]+)\): "
                    r"window start=(?P<start>\S+) size=(?P<size>\d+) page=(?P<page>\S+) "
                    r"levels=(?P<levels>\d+) default_window=(?P<default>\w+)")
_MESSAGE = re.compile(re.escape(PREFIX) + r"(?P<id>DDW-[a-z0-9-]+): (?P<what>\S.*?)\r?\n"
                      + re.escape(PREFIX) + r"  why: (?P<why>\S.*?)\r?\n"
                      + re.escape(PREFIX) + r"  fix: (?P<fix>\S.*?)\r?\n")
_GONE = re.compile(re.escape(PREFIX) + r"IOMMU group (\d+) \(([^)]+)\): "
                   rf"(?:(?P<gone>{GROUP_GONE})|{GROUP_JOINED}|window start=)")
_FALLBACK = re.compile(re.escape(PREFIX) + r"the default windows are used, mapped on demand: "
                       r"(.*?)\r?$", re.M)
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def size(text):
    """The bytes of a size as the plugin writes it: 64K, 2M, 1G."""
    return int(text.rstrip("KMGT")) * _UNITS[text[-1] if text[-1].isalpha() else ""]


@dataclasses.dataclass
class Group:
    """One line per group: its window."""
    number: int
    device: str
    start: int
    size: int
    page: int
    levels: int
    default: str


@dataclasses.dataclass
class Message:
    """One error: its ID, what happened, why, and the remedy."""
    id: str
    what: str
    why: str
    fix: str


def _pairs(pattern, text):
    """The numbers of the only line that matches; None when there is no such line."""
    found = pattern.findall(text)
    if not found:
        return None
    if len(found) > 1:
        raise AssertionError(f"{len(found)} lines instead of one: {found}")
    return {name: int(value, 0) for name, value in re.findall(r"(\w+)=(\w+)", found[0])}


def setup(text):
    """The figures of the start: {groups, start, size, page, mapped_bytes, ...} or None."""
    return _pairs(_SETUP, text)


def release(text):
    """The figures of the end: {mapped_bytes, regions, registers, ..., errors} or None."""
    return _pairs(_RELEASE, text)


def groups(text):
    """All groups that got a window, in the order of the log."""
    return [Group(int(m["number"]), m["device"], int(m["start"], 0), int(m["size"]),
                  size(m["page"]), int(m["levels"]), m["default"])
            for m in _GROUP.finditer(text)]


def groups_at_end(text):
    """{number: device} of all groups that were there, and the numbers of those that still are."""
    seen, there = {}, set()
    for found in _GONE.finditer(text):
        number = int(found[1])
        seen[number] = found[2]
        (there.discard if found["gone"] else there.add)(number)
    return seen, there


def fallback(text):
    """Why the default windows are used instead of dynamic ones; None when they are not."""
    found = _FALLBACK.findall(text)
    if len(found) > 1:
        raise AssertionError(f"told more than once: {found}")
    return found[0] if found else None


def messages(text):
    """All errors that have all three parts."""
    return [Message(m["id"], m["what"], m["why"], m["fix"]) for m in _MESSAGE.finditer(text)]


def message_ids(text):
    """The ID of every error, complete or not, wherever it stands."""
    return re.findall(r"DDW-[a-z0-9]+(?:-[a-z0-9]+)*", text)


def lines(text):
    """Everything that the plugin has said."""
    return [line for line in text.splitlines() if PREFIX in line]
