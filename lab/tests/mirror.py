# SPDX-License-Identifier: BSD-3-Clause
"""A mirror on the loopback interface: small packages, a signed index, and faults on demand.

The packages are made by dpkg-deb, the index is signed with a key made for the test, and
apt itself reads it. Index and pool are changed apart from each other, as on a mirror that is
half updated.
"""

import collections
import hashlib
import http.server
import os
import re
import subprocess
import threading
import time
import urllib.parse

ARCH = "ppc64el"
_RELEASE = """\
Origin: Test
Suite: {suite}
Codename: {suite}
Date: {date}
Architectures: {arch}
Components: main
SHA256:
 {sha256} {size} main/binary-{arch}/Packages
"""


class Key:
    """A key for signing, in a keyring of its own."""

    def __init__(self, folder):
        self._home = os.path.join(folder, "gpg")
        os.makedirs(self._home, mode=0o700)
        self.keyring = os.path.join(folder, "key.gpg")
        self._gpg("--passphrase", "", "--quick-gen-key", "lab@test.example", "ed25519", "sign",
                  "never")
        with open(self.keyring, "wb") as stream:
            stream.write(self._gpg("--export"))

    def _gpg(self, *words, data=None):
        return subprocess.run(["gpg", "--homedir", self._home, "--batch", "--quiet", *words],
                              input=data, check=True, capture_output=True).stdout

    def sign(self, text):
        """The text with its signature around it."""
        return self._gpg("--clearsign", "--digest-algo", "SHA512", data=text.encode())

    def end(self):
        """Ends the agent that gpg has started."""
        subprocess.run(["gpgconf", "--homedir", self._home, "--kill", "all"], check=False)


class Mirror:
    """The server, and the folder that it serves."""

    def __init__(self, folder, key):
        self.folder, self.key = folder, key
        self.requests = collections.Counter()
        self.faults = {}            # {pattern of a path: function(handler, data) or None}
        self.made = set()           # the SHA-256 of all packages there ever were
        self._debs = {}             # {(name, version): (path, control)}
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers from the folder, or as a fault says."""

            def do_GET(self):       # noqa: N802 (the name is http.server's)
                mirror.answer(self)

            def log_message(self, *_words):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self):
        """Stops to serve: from now on nobody answers."""
        self._server.shutdown()
        self._server.server_close()

    # What is served.

    def add(self, name, version="1.0", depends="", size=1000):
        """A package in the pool; no index names it yet."""
        root = os.path.join(self.folder, "make", f"{name}-{version}")
        where = f"pool/main/{name[0]}/{name}/{name}_{version.split(':')[-1]}_{ARCH}.deb"
        control = (f"Package: {name}\nVersion: {version}\nArchitecture: {ARCH}\n"
                   f"Maintainer: Test <lab@test.example>\nDescription: test\n"
                   + (f"Depends: {depends}\n" if depends else ""))
        _write(os.path.join(root, "DEBIAN", "control"), control.encode())
        _write(os.path.join(root, "usr", "include", f"{name}.h"), f"{version}\n".encode() * size)
        target = os.path.join(self.folder, where)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", root, target],
                       check=True, capture_output=True)
        self._debs[name, version] = (where, control)
        with open(target, "rb") as stream:
            self.made.add(hashlib.sha256(stream.read()).hexdigest())

    def drop(self, name, version="1.0"):
        """The pool loses a package; an index may still name it."""
        os.unlink(os.path.join(self.folder, self._debs[name, version][0]))

    def index(self, suite, *debs, arch=ARCH, key=None):
        """The signed index of a suite names these packages: (name, version)."""
        text = ""
        for deb in debs:
            where, control = self._debs[deb]
            with open(os.path.join(self.folder, where), "rb") as stream:
                data = stream.read()
            text += (f"{control}Filename: {where}\nSize: {len(data)}\n"
                     f"SHA256: {hashlib.sha256(data).hexdigest()}\n\n")
        base = os.path.join(self.folder, "dists", suite)
        _write(os.path.join(base, "main", f"binary-{arch}", "Packages"), text.encode())
        release = _RELEASE.format(
            suite=suite, arch=arch, size=len(text),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            date=time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime()))
        _write(os.path.join(base, "InRelease"), (key or self.key).sign(release))

    # How it is served.

    def answer(self, handler):
        """One request."""
        self.requests[handler.path] += 1
        data = self._data(re.sub("^/(elsewhere|first)/", "/", handler.path))
        fault = next((fault for pattern, fault in self.faults.items()
                      if re.search(pattern, handler.path)), send)
        if data is None and fault != redirected:
            handler.send_error(404)
        else:
            fault(handler, data)

    def _data(self, path):
        """The content of a file; None when there is no such file."""
        try:
            with open(os.path.join(self.folder, urllib.parse.unquote(path).lstrip("/")),
                      "rb") as stream:
                return stream.read()
        except OSError:
            return None

    def unsigned(self, suite):
        """The index of a suite has no signature."""
        base = os.path.join(self.folder, "dists", suite)
        with open(os.path.join(base, "InRelease"), encoding="utf-8") as stream:
            text = stream.read()
        os.unlink(os.path.join(base, "InRelease"))
        found = re.search(r"^Origin.*?(?=^-----BEGIN)", text, re.M | re.S)
        _write(os.path.join(base, "Release"), found[0].encode())

    def use(self, config, uris):
        """Other addresses in apt's configuration."""
        path = os.path.join(os.path.dirname(config), "sources", "debian.sources")
        with open(path, encoding="ascii") as stream:
            text = re.sub(r"(?m)^URIs: .*", f"URIs: {uris}", stream.read())
        _write(path, text.encode())

    def apt_config(self, folder):
        """apt's configuration of a machine with this mirror; returns its path."""
        sources = os.path.join(folder, "sources")
        _write(os.path.join(sources, "debian.sources"),
               f"Types: deb\nURIs: http://127.0.0.1:{self.port}\nSuites: stable\n"
               f"Components: main\nSigned-By: {self.key.keyring}\n".encode())
        path = os.path.join(folder, "apt.conf")
        _write(path, (f'Dir::Etc::SourceList "/dev/null";\nDir::Etc::SourceParts "{sources}";\n'
                      'Acquire::http::Proxy::127.0.0.1 "DIRECT";\n'
                      'Acquire::Retries::Delay "false";\n').encode())
        return path


def send(handler, data, length=None):
    """An ordinary answer; `length` is what it claims to be."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)


def redirected(handler, _data):
    """To the same file at another place."""
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere" + handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def truncated(handler, data):
    """Half of the file, then the end of the connection."""
    send(handler, data[:len(data) // 2], len(data))
    handler.close_connection = True


def shortened(handler, data):
    """Half of the file as if it were the whole."""
    send(handler, data[:len(data) // 2])


def garbled(handler, data):
    """A file of the right length with another content."""
    send(handler, data[:-1] + bytes([data[-1] ^ 1]))


def busy(times):
    """503 for the first requests."""
    left = [times]

    def fault(handler, data):
        left[0] -= 1
        if left[0] >= 0:
            handler.send_error(503)
        else:
            send(handler, data)
    return fault


def slow(seconds):
    """The file in two halves with a pause between them."""
    def fault(handler, data):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[:len(data) // 2])
        handler.wfile.flush()
        time.sleep(seconds)
        handler.wfile.write(data[len(data) // 2:])
    return fault


def _write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(data)
