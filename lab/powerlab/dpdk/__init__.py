# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own programs on the machines of the lab.

  examples      builds DPDK's examples for POWER
  tests         runs dpdk-test without the plugin and with it
  report        what came of that
"""
