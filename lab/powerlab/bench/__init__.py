# SPDX-License-Identifier: BSD-3-Clause
"""The benchmark behind `make bench`: the plugin and stock DPDK in turn, on one machine.

  cli           options, and what is done in which order
  schedule      steps one after the other, with retries and the time that remains
  rig           machines, and DPDK with and without the plugin in them
  startup       start and end of EAL, and what they ask of VFIO
  again         scan and probe of the buses when nothing has changed
  pmd           testpmd at its prompt
  rates         packets per second
  instructions  instructions per packet
  mempool       the benchmark behind `make bench-mempool`
  mapping       a packet's memory mapped for it alone
  record        results/bench.json
  figures       medians, and ratios pair by pair
  targets       what must be reached
  tables        results/bench.md
  plots         PNG and SVG, by gnuplot

Only a ratio of two runs that follow each other says something about time: the host may
be shared, and its speed drifts.
"""
