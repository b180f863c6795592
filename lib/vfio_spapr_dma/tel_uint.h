/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TEL_UINT_H
#define TEL_UINT_H

/*
 * A number in an answer of telemetry. DPDK 23.03 renamed the function: the process has one of
 * the two names, or both. No version of the headers decides, so one file fits all releases.
 */

#include <errno.h>
#include <stdint.h>

#include <rte_telemetry.h>

/* Under names of their own: the headers of a release declare one of them. */
int vfio_spapr_dma_old_uint(struct rte_tel_data *d, const char *name,
			    uint64_t value) __asm__("rte_tel_data_add_dict_u64")
	__attribute__((weak));
int vfio_spapr_dma_new_uint(struct rte_tel_data *d, const char *name,
			    uint64_t value) __asm__("rte_tel_data_add_dict_uint")
	__attribute__((weak));

static inline int
vfio_spapr_dma_tel_uint(struct rte_tel_data *d, const char *name, uint64_t value)
{
	if (vfio_spapr_dma_new_uint != NULL)
		return vfio_spapr_dma_new_uint(d, name, value);
	if (vfio_spapr_dma_old_uint != NULL)
		return vfio_spapr_dma_old_uint(d, name, value);
	return -ENOTSUP;
}

#endif /* TEL_UINT_H */
