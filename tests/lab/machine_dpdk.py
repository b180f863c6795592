# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 dpdk-ddw contributors
"""Which DPDK the machines have: the one of the suite, or one of the user's own (DPDK=DIR)."""

from powerlab.dpdk import installed

OWN = installed.wanted()
PMDS = (f"{OWN.prefix}/{OWN.libdir}" if OWN else f"/usr/lib/{installed.TRIPLET}") + "/dpdk/pmds-*"
PLUGIN = PMDS + "/librte_bus_vfio_spapr.so"
# Static programs load no plugin by themselves.
LOAD = f"-d {PLUGIN} " if OWN and OWN.static else ""
