# SPDX-License-Identifier: BSD-3-Clause
"""What strace has seen of VFIO."""

import re

# Numbers instead of names: some of them have several.
RAW = "-f -X raw -e trace=ioctl"

_BASE = 0x3b64                          # VFIO_TYPE ';' and VFIO_BASE 100
_LAST = _BASE + 30
NUMBERS = {"map": _BASE + 13, "unmap": _BASE + 14, "enable": _BASE + 15, "disable": _BASE + 16,
           "register": _BASE + 17, "unregister": _BASE + 18, "create": _BASE + 19,
           "remove": _BASE + 20}


def numbers(trace):
    """The number of each ioctl in the log."""
    return [int(number, 16) & 0xffff for number in re.findall(r"ioctl\(\S+, (0x[0-9a-f]+)", trace)]


def counts(trace):
    """{name: how often} of the calls of a container."""
    found = numbers(trace)
    return {name: found.count(number) for name, number in NUMBERS.items()}


def of_vfio(trace):
    """Each ioctl that is one of VFIO's."""
    return [hex(number) for number in numbers(trace) if _BASE <= number <= _LAST]


def seconds(trace, name):
    """How long each call of that name took ("strace -T")."""
    return [float(time) for number, time in
            re.findall(r"ioctl\(\S+, (0x[0-9a-f]+).*<([\d.]+)>$", trace, re.M)
            if int(number, 16) & 0xffff == NUMBERS[name]]


def place(trace, name):
    """Which ioctl of the first thread is the first of that name, counted from 1."""
    thread = trace.split(maxsplit=1)[0]
    own = "\n".join(line for line in trace.splitlines() if line.split()[0] == thread)
    return numbers(own).index(NUMBERS[name]) + 1


def longest_close(trace):
    """The longest close(): that of a group, which takes its windows along ("-T")."""
    return max(float(time) for time in re.findall(r"close\(.*<([\d.]+)>$", trace, re.M))
