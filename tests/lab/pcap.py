# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Reads capture files: the classic format, with either resolution and byte order."""

import struct

_MAGICS = (0xa1b2c3d4, 0xa1b23c4d)      # microseconds, nanoseconds
_ETHERNET = 1


def frames(data):
    """All frames of a capture, whole or not at all."""
    for order in "<>":
        if len(data) >= 24 and struct.unpack(order + "I", data[:4])[0] in _MAGICS:
            break
    else:
        raise ValueError(f"no capture file: {data[:24].hex()}")
    if struct.unpack(order + "I", data[20:24])[0] != _ETHERNET:
        raise ValueError("a capture of something else than Ethernet")
    found, start = [], 24
    while start < len(data):
        _, _, captured, length = struct.unpack_from(order + "IIII", data, start)
        start += 16
        if captured != length or start + length > len(data):
            raise ValueError(f"frame {len(found)} was cut: {captured} of {length} bytes")
        found.append(data[start:start + length])
        start += length
    return found
