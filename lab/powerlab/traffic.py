# SPDX-License-Identifier: BSD-3-Clause
"""Sends frames into one NIC of a machine and checks what comes out of another.

Each end is a unix socket of QEMU's `-netdev stream`: frames with a 4-byte length
in front, lossless. A frame carries its number and pseudo-random bytes that follow
from the seed, so every received frame can be compared with what it must be. Only
a window of frames is under way at a time: the emulated NIC's ring never overflows
and a lost frame is therefore a fault of what is under test.

For programs that route there are IPv4 frames: number and bytes are then what UDP
carries. For those that change headers `transform` is a function that does the same.
"""

import dataclasses
import random
import select
import socket
import struct
import time

from .errors import LabError

ETHERTYPE = 0x88B5                      # IEEE: local experiments
MAGIC = b"ddwT"
_MACS = (bytes.fromhex("02dd00000001"), bytes.fromhex("02dd00000002"))
_ETHER = struct.Struct(">6s6sH")        # dst, src, type
_MARK = struct.Struct(">4sBI")          # magic, flow, number
_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_UDP = struct.Struct(">HHHH")
_IPV4_TYPE = 0x0800
_LENGTH = struct.Struct(">I")
_BLOB = 1 << 18
_BATCH = 64                             # frames per send call
_STALL = 1.0                            # after this many idle seconds the window is reopened
SIZES = range(60, 1515)
JUMBO = range(60, 9015)                 # of NICs with an MTU of 9,000 bytes
TRANSFORMS = {"io": lambda frame: frame,
              "macswap": lambda frame: frame[6:12] + frame[:6] + frame[12:]}


@dataclasses.dataclass
class Result:
    """What happened to the frames of one direction."""
    sent: int = 0
    received: int = 0       # ours, whole or not, duplicates included
    lost: int = 0
    corrupted: int = 0
    duplicated: int = 0
    reordered: int = 0
    foreign: int = 0        # frames of others, for example the guest kernel's
    seconds: float = 0.0

    @property
    def ok(self):
        """Every frame came once, in order and unchanged."""
        return self.sent > 0 and not (self.lost or self.corrupted or self.duplicated
                                      or self.reordered)

    def check(self):
        """Fails unless `ok`; returns the result itself."""
        if not self.ok:
            raise LabError("frames were lost or changed", str(self),
                           "look at the forwarding program's statistics in the guest")
        return self


def checksum(data):
    """The checksum of an IPv4 header of even length."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def ipv4_header(size, source, target, ttl=64):
    """The headers of a UDP datagram; `size` is that of IPv4 header and all that follows."""
    udp = _UDP.pack(9, 9, size - _IPV4.size, 0)
    fields = (0x45, 0, size, 0, 0, ttl, socket.IPPROTO_UDP)
    ends = (socket.inet_aton(source), socket.inet_aton(target))
    return _IPV4.pack(*fields, checksum(_IPV4.pack(*fields, 0, *ends)), *ends) + udp


class Frames:
    """The frames of one direction: any of them can be made at any time."""

    def __init__(self, flow, count, sizes, seed, transform, ipv4=None):
        if transform not in TRANSFORMS and not callable(transform):
            raise LabError(f"unknown transformation '{transform}'",
                           "known are " + ", ".join(TRANSFORMS), "choose one of them")
        source = random.Random(f"{seed}/{flow}")
        self.count = count
        self.flow = flow
        self.type = _IPV4_TYPE if ipv4 else ETHERTYPE
        self.mark = _ETHER.size + (_IPV4.size + _UDP.size if ipv4 else 0)
        self.smallest = self.mark + _MARK.size
        self._ipv4 = ipv4
        self._sizes = list(sizes)
        if not self._sizes or min(self._sizes) < self.smallest:
            raise LabError("the frames are too small", f"{self.smallest} bytes are the least",
                           "choose larger sizes")
        source.shuffle(self._sizes)
        self._blob = source.randbytes(_BLOB + max(self._sizes))
        self._transform = transform if callable(transform) else TRANSFORMS[transform]

    def make(self, number, received=False):
        """Frame `number` as it is sent, or as it must be received."""
        size = self._sizes[number % len(self._sizes)]
        first = number * 7919 % _BLOB
        inner = ipv4_header(size - _ETHER.size, *self._ipv4) if self._ipv4 else b""
        frame = (_ETHER.pack(*_MACS, self.type) + inner + _MARK.pack(MAGIC, self.flow, number)
                 + self._blob[first:first + size - self.smallest])
        return self._transform(frame) if received else frame

    def number(self, frame):
        """The number that a received frame carries; None when it is not of this flow."""
        if len(frame) < self.smallest or frame[12:14] != self.type.to_bytes(2, "big"):
            return None
        magic, flow, number = _MARK.unpack_from(frame, self.mark)
        return number if magic == MAGIC and flow == self.flow else None


class _End:
    """One socket: a send buffer and a parser of length-prefixed frames."""

    def __init__(self, where):
        if isinstance(where, socket.socket):
            self.socket = where
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.connect(where)
        self.owned = not isinstance(where, socket.socket)
        self.socket.setblocking(False)
        self.outgoing = b""
        self._incoming = bytearray()

    def flush(self):
        """Sends what the socket takes."""
        try:
            while self.outgoing:
                self.outgoing = self.outgoing[self.socket.send(self.outgoing):]
        except BlockingIOError:
            pass
        except OSError as err:
            raise _gone(err) from err

    def frames(self):
        """The frames that have arrived completely."""
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return []
        except OSError as err:
            raise _gone(err) from err
        if not data:
            raise _gone("the connection was closed")
        self._incoming += data
        found, start, end = [], 0, len(self._incoming)
        while end - start >= 4:
            length, = _LENGTH.unpack_from(self._incoming, start)
            if end - start - 4 < length:
                break
            found.append(bytes(self._incoming[start + 4:start + 4 + length]))
            start += 4 + length
        del self._incoming[:start]
        return found


def _gone(reason):
    return LabError("the network connection of the machine is gone", str(reason),
                    "the machine has ended, or another program took the connection")


class _Flow:
    """One direction: what was sent, and judgement of what arrives."""

    def __init__(self, frames, source, window):
        self.frames, self.source = frames, source
        self.result = Result()
        self._window = window
        self._outstanding = 0
        self._seen = bytearray(frames.count)
        self._highest = -1
        self._ended = False

    @property
    def sending(self):
        """Frames are left to be sent."""
        return self.result.sent < self.frames.count and not self._ended

    def end(self):
        """No more frames are sent."""
        self._ended = True

    @property
    def done(self):
        """Every frame is accounted for; after a loss only the idle time-out ends the run."""
        result = self.result
        return not self.sending and result.received - result.duplicated >= result.sent

    def fill(self):
        """Queues as many frames as the window allows."""
        if self.source.outgoing:
            return
        first = self.result.sent
        left = self.frames.count - first if self.sending else 0
        count = min(_BATCH, self._window - self._outstanding, left)
        parts = []
        for number in range(first, first + max(count, 0)):
            frame = self.frames.make(number)
            parts += (_LENGTH.pack(len(frame)), frame)
        self.source.outgoing = b"".join(parts)
        self.result.sent += len(parts) // 2
        self._outstanding += len(parts) // 2

    def reopen(self):
        """Gives up on what is under way, so that one loss does not stop the rest."""
        self._outstanding = 0

    def judge(self, frame):
        """Counts one received frame; returns False when it is not of this flow."""
        number = self.frames.number(frame)
        if number is None:
            return False
        result = self.result
        result.received += 1
        if number >= result.sent or frame != self.frames.make(number, True):
            result.corrupted += 1
        elif self._seen[number]:
            result.duplicated += 1
            return True
        else:
            self._seen[number] = 1
            result.reordered += number < self._highest
            self._highest = max(self._highest, number)
        self._outstanding -= 1
        return True

    def finish(self, seconds):
        """The final count: what is neither whole nor corrupted is lost."""
        self.result.seconds = seconds
        self.result.lost = max(0, self.result.sent - sum(self._seen) - self.result.corrupted)
        return self.result


def run_traffic(sock_in, sock_out, frames=100_000, sizes=SIZES, transform="io", window=256,
                seed=1, idle_timeout=10.0, both=False, on_progress=None, ipv4=None,
                enough=None):
    """Sends `frames` frames into `sock_in` and checks what `sock_out` gives back.

    The ends are socket paths or connected sockets. With `both`, as many go the
    other way at the same time and a pair of results is returned. It ends when all
    frames are back, or when nothing came for `idle_timeout` seconds. `transform` is a
    name or a function of a frame, with `both` a pair of them. `ipv4` is a pair of
    addresses, source and target; what goes the other way goes back. Once `enough`, a function,
    returns true, no more frames are sent; until then nothing that came is no reason to end.
    """
    ends = [_End(sock_in), _End(sock_out)]
    there, back = transform if isinstance(transform, tuple) else (transform, transform)
    flows = [_Flow(Frames(0, frames, sizes, seed, there, ipv4), ends[0], window)]
    if both:
        flows.append(_Flow(Frames(1, frames, sizes, seed, back, ipv4 and ipv4[::-1]), ends[1],
                           window))
    # What arrives at an end was sent from the other one.
    arriving = {ends[1]: flows[0], ends[0]: flows[1] if both else None}
    started = time.monotonic()
    try:
        _exchange(ends, flows, arriving, idle_timeout, on_progress, enough)
    finally:
        for end in ends:
            if end.owned:
                end.socket.close()
    results = [flow.finish(time.monotonic() - started) for flow in flows]
    return tuple(results) if both else results[0]


def _exchange(ends, flows, arriving, idle_timeout, on_progress, enough):
    """The loop: keep the windows full, judge what arrives."""
    last = reopened = time.monotonic()
    by_fd = {end.socket.fileno(): end for end in ends}
    while not all(flow.done for flow in flows):
        poll = select.poll()
        for flow in flows:
            flow.fill()
        for end in ends:
            end.flush()
            poll.register(end.socket, select.POLLIN | (select.POLLOUT if end.outgoing else 0))
        for fd, events in poll.poll(100):
            if events & ~select.POLLOUT and _take(by_fd[fd], flows, arriving):
                last = reopened = time.monotonic()
        now = time.monotonic()
        if enough and enough():
            enough = None
            for flow in flows:
                flow.end()
        if enough:
            last = now
        if now - last > idle_timeout:
            return
        if now - reopened > _STALL:
            reopened = now
            for flow in flows:
                if flow.sending:
                    flow.reopen()
        if on_progress:
            on_progress(sum(flow.result.received for flow in flows))


def _take(end, flows, arriving):
    """Judges what one end received; returns whether any frame was ours."""
    flow = arriving[end]
    ours = False
    for frame in end.frames():
        if flow and flow.judge(frame):
            ours = True
        else:
            (flow or flows[0]).result.foreign += 1
    return ours
