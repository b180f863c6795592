# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Reads the guides and README.md: their blocks of text, and which test runs which command.

The tags are described in doc/guides/testing.rst.
"""

import collections
import os
import re
import shlex

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GUIDES = os.path.join("doc", "guides")
SHELL = ("console", "sh", "bash", "shell")
RUNNERS = ("host", "lab", "tree", "own", "by", "file")

Block = collections.namedtuple("Block", "page line language text tag section", defaults=("",))
Tag = collections.namedtuple("Tag", "runner words until prints keep status")


class TagError(Exception):
    """A tag that says nothing that a test understands."""


def read(name):
    """A file of the tree."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


def pages():
    """README.md, and the pages of the guides in the order in which one reads them."""
    index = read(os.path.join(GUIDES, "index.rst"))
    names = []
    for tree in re.findall(r"^\.\. toctree::\n((?: .*\n|\n)+)", index, flags=re.M):
        names += re.findall(r"^   ([\w/-]+)$", tree, flags=re.M)
    return ["README.md", *(os.path.join(GUIDES, name + ".rst") for name in names)]


def parse_tag(text):
    """A tag from its words, such as 'lab until "Port statistics"'."""
    try:
        words = shlex.split(text)
    except ValueError as err:
        raise TagError(f"{text}: {err}") from err
    if not words or words[0] not in RUNNERS:
        raise TagError(f"{text}: none of {', '.join(RUNNERS)}")
    if words[0] in ("by", "file"):
        if len(words) == 1 or words[0] == "file" and len(words) > 2:
            raise TagError(f"{text}: which file?")
        return Tag(words[0], words[1:], None, None, False, ())
    found = dict(zip(words[1::2], words[2::2]))
    if len(words) % 2 == 0 or set(found) - {"until", "keep", "prints", "status"} \
            or {"until", "keep"} <= set(found):
        raise TagError(f"{text}: what follows is 'until', 'keep', 'prints' or 'status'")
    status = tuple(int(word) for word in found.get("status", "0").split("|"))
    return Tag(words[0], [], found.get("until") or found.get("keep"), found.get("prints"),
               "keep" in found, status)


def _tag(lines, number, pattern):
    """The tag in the lines before a block, blank lines left out."""
    at = number - 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    match = re.fullmatch(pattern, lines[at].strip()) if at >= 0 else None
    return parse_tag(match[1]) if match else None


def _depth(line, blank):
    """By how much a line is indented; a blank line by as much as its neighbours."""
    return len(line) - len(line.lstrip()) if line.strip() else blank


def _is_title(lines, number):
    """Is the line underlined?"""
    return number + 1 < len(lines) and re.fullmatch(r"([=~-])\1+", lines[number + 1]) \
        and 0 < len(lines[number]) <= len(lines[number + 1])


def _rst_blocks(page, lines):
    number, section = 0, ""
    while number < len(lines):
        section = lines[number] if _is_title(lines, number) else section
        match = re.match(r"( *)\.\. code-block::(?: (\w+))?$", lines[number])
        literal = re.match(r"( *)(?!\.\. ).*::$", lines[number])
        number += 1
        if not match and not literal:
            continue
        indent, start = len((match or literal)[1]), number
        body = []
        while number < len(lines) and _depth(lines[number], indent + 1) > indent:
            body.append(lines[number])
            number += 1
        body = [line for line in body if not re.match(r"\s*:[\w-]+:", line)]
        depth = min((_depth(line, 99) for line in body), default=0)
        text = "\n".join(line[depth:] for line in body).strip("\n")
        language = (match[2] if match else None) or "text"
        yield Block(page, start, language, text, _tag(lines, start - 1, r"\.\. test: (.*)"),
                    section)


def _md_blocks(page, lines):
    number = 0
    while number < len(lines):
        match = re.match(r"```(\w*)$", lines[number])
        number += 1
        if not match:
            continue
        start = number
        while lines[number] != "```":
            number += 1
        yield Block(page, start, match[1] or "text", "\n".join(lines[start:number]),
                    _tag(lines, start - 1, r"<!-- test: (.*) -->"))
        number += 1


def blocks(page):
    """All blocks of a page in order."""
    lines = read(page).split("\n")
    yield from (_md_blocks if page.endswith(".md") else _rst_blocks)(page, lines)


def own_test(page):
    """The test that types the blocks of a page that have the tag "own"."""
    name = os.path.splitext(os.path.basename(page))[0]
    return os.path.join("tests", "lab", f"test_{name}.py")


def is_shell(block):
    """Does a block hold what one types?"""
    return block.language in SHELL


def script(block):
    """The commands of a block: all of it, or what follows the prompts, without the output."""
    lines = block.text.split("\n")
    if not any(line.startswith("$ ") for line in lines):
        return block.text
    found, more = [], False
    for line in lines:
        if more or line.startswith("$ "):
            found.append(line if more else line[2:])
            more = line.endswith("\\")
    return "\n".join(found)


def essential(text):
    """Words of commands that a test has to contain if it runs them."""
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"(^|\s)#.*", "", text)
    words = []
    for word in re.split(r"[\s'\"|&;(){}<>,$=`]+", text):
        word = word.strip("-\\") if not word.startswith("-") else word
        if len(word) > 2 and re.search(r"[a-z]", word) and not re.search(r"[A-Z/*\[\]]", word) \
                and word != "sudo":
            words.append(word)
    return list(dict.fromkeys(words))
