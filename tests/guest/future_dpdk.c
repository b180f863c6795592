/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * For LD_PRELOAD: a DPDK release that nobody knows yet. The plugin must refuse
 * it, whatever its symbols say.
 */

const char *rte_version(void);

const char *
rte_version(void)
{
	return "DPDK 99.11.0";
}
