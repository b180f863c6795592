# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""How Sphinx builds these pages. Works with Sphinx 5.3 and 8.1."""

import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def _version():
    """The version that meson.build has."""
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as stream:
        return re.search(r"version: '([^']+)'", stream.read()).group(1)


project = "dpdk-ddw"
author = "dpdk-ddw contributors"
copyright = "2026, " + author
version = release = _version()
extensions = ["sphinx.ext.autosectionlabel"]
# Headings of the same words may be on several pages.
autosectionlabel_prefix_document = True
# On one page "Parameters" may be both the page and a part of it.
suppress_warnings = []
highlight_language = "none"
html_theme = "sphinx_rtd_theme"
html_show_sourcelink = False
html_copy_source = False
smartquotes = False
man_pages = [("man/dpdk-test-ddw", "dpdk-test-ddw", "looks at DMA windows on IBM POWER", "", 1)]
man_make_section_directory = False
