# SPDX-License-Identifier: BSD-3-Clause
"""Finds the Debian mirror that this machine is configured to use.

The lab names no mirror. It reads the machine's apt sources, in both formats
(one line per source, and deb822 paragraphs), and takes from the entry of the
Debian archive its URIs and its keyring. The files are read directly, because
`apt-get indextargets` shows nothing on a machine whose lists are empty.
"""

import dataclasses
import glob
import os
import re
import subprocess

from .errors import LabError

_KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",
             "/usr/share/keyrings/debian-archive-keyring.pgp")
_ROLLING = {"stable", "oldstable", "testing", "unstable", "sid"}


@dataclasses.dataclass
class Source:
    """One source: where it is, what it offers, which key signs it."""
    types: list
    uris: list
    suites: list
    components: list
    signed_by: str = ""
    path: str = ""
    enabled: bool = True


def parse_one_line(text, path=""):
    """Sources in the classic format: `deb [options] URI suite component...`."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if not match:
            continue
        kind, options, uri, suite, components = match.groups()
        signed_by = ""
        for option in (options or "").split():
            name, _, value = option.partition("=")
            if name.lower() == "signed-by":
                signed_by = value
        found.append(Source([kind], [uri], [suite], components.split(), signed_by, path))
    return found


def parse_deb822(text, path=""):
    """Sources in paragraphs of `Field: value`, with continuation lines."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        fields = _fields(paragraph)
        if "uris" not in fields or "suites" not in fields:
            continue
        found.append(Source(
            fields.get("types", "deb").split(), fields["uris"].split(),
            fields["suites"].split(), fields.get("components", "").split(),
            fields.get("signed-by", ""), path,
            fields.get("enabled", "yes").lower() not in ("no", "false", "0", "off", "disable")))
    return found


def _fields(paragraph):
    """The fields of one paragraph; an embedded key keeps its line structure."""
    fields, name = {}, None
    for line in paragraph.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t") and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return {name: value.strip() for name, value in fields.items()}


def _apt_paths():
    """The machine's list of sources: (file, directory), as apt itself resolves them."""
    shell = subprocess.run(
        ["apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f",
         "PARTS", "Dir::Etc::sourceparts/d"], capture_output=True, text=True, check=False)
    values = dict(re.findall(r"(\w+)='([^']*)'", shell.stdout))
    return (values.get("LIST", "/etc/apt/sources.list"),
            values.get("PARTS", "/etc/apt/sources.list.d"))


def read_machine():
    """All enabled binary sources of this machine."""
    one_file, directory = _apt_paths()
    found = []
    for path in [one_file] + sorted(glob.glob(os.path.join(directory, "*"))):
        parse = parse_deb822 if path.endswith(".sources") else parse_one_line
        if path != one_file and not path.endswith((".list", ".sources")):
            continue
        try:
            with open(path, encoding="utf-8") as stream:
                found += parse(stream.read(), path)
        except OSError:
            continue
    return [source for source in found if source.enabled and "deb" in source.types]


def _rank(source, codename):
    """How much a source looks like the Debian archive proper; 0 means not at all."""
    if "main" not in source.components:
        return 0
    if not ({codename} | _ROLLING).intersection(source.suites):
        return 0
    rank = 1
    if "debian-archive" in source.signed_by:
        rank += 4
    elif not source.signed_by:
        rank += 2
    if os.path.basename(source.path) in ("debian.sources", "sources.list"):
        rank += 2
    if any(suite == codename + "-updates" for suite in source.suites):
        rank += 1
    if any(uri.rstrip("/").endswith("/debian") for uri in source.uris):
        rank += 1
    return rank


def codename():
    """The code name of the Debian release that runs here."""
    try:
        with open("/etc/os-release", encoding="utf-8") as stream:
            match = re.search(r'^VERSION_CODENAME="?(\w+)', stream.read(), re.M)
    except OSError:
        match = None
    return match.group(1) if match else "sid"


def pick(sources, name):
    """The source of the Debian archive among all sources of a machine."""
    best = max(sources, key=lambda source: _rank(source, name), default=None)
    if best is None or _rank(best, name) == 0:
        raise LabError(
            "this machine's apt configuration names no Debian mirror",
            f"no enabled source offers '{name} main'",
            f"add the Debian archive ('{name}', component main) to the apt sources")
    return best


def signed_by(source):
    """The keyring for a suite of the archive: the source's own, or Debian's."""
    if source.signed_by:
        return source.signed_by
    for path in _KEYRINGS:
        if os.path.exists(path):
            return path
    return ""


def paragraph(source, suites):
    """A deb822 paragraph for other suites of the same archive."""
    keyring = signed_by(source)
    lines = ["Types: deb", "URIs: " + " ".join(source.uris), "Suites: " + " ".join(suites),
             "Components: main"]
    if keyring:
        # The lines of an embedded key start with a space: they continue the field.
        lines.append("Signed-By:" + ("\n " if "\n" in keyring else " ") + keyring)
    return "\n".join(lines) + "\n"


def debian():
    """The Debian archive as this machine reaches it."""
    return pick(read_machine(), codename())
