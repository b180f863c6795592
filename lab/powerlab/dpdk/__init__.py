# SPDX-License-Identifier: BSD-3-Clause
"""DPDK and its own programs on the machines of the lab.

  examples      builds DPDK's examples for POWER
  installed     a DPDK of the user's own, in the place of Debian's
  tests         runs dpdk-test without the plugin and with it
  report        what came of that
"""
