/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_BIND_H
#define EDU_BIND_H

/*
 * The file of the driver names no library of DPDK that it needs (DT_NEEDED). It binds to the
 * DPDK that has loaded it: that of shared libraries, or that of a program with DPDK inside.
 *
 * All symbols are weak, so that EAL starts also in a program that lacks some. The compiler
 * includes this before each file of the plugin (meson.build); a test has DPDK's libraries.
 */

/* Of EAL, without which nothing can be said with rte_log(). */
#define EDU_EAL(symbol)                                                                          \
	symbol(rte_delay_us_sleep) symbol(rte_eal_process_type) symbol(rte_free) symbol(rte_log) \
		symbol(rte_log_register_type_and_pick_level) symbol(rte_version)                 \
			symbol(rte_zmalloc_socket)

/* Of the library of DMA devices, which a program has that uses any. */
#define EDU_DMADEV(symbol)                                                                      \
	symbol(rte_dma_fp_objs) symbol(rte_dma_get_dev_id_by_name) symbol(rte_dma_pmd_allocate) \
		symbol(rte_dma_pmd_release) symbol(rte_dma_stop)

#ifdef EDU_WEAK
#define EDU_MAKE_WEAK(name) __asm__(".weak " #name);
EDU_EAL(EDU_MAKE_WEAK)
EDU_DMADEV(EDU_MAKE_WEAK)
#endif

struct rte_pci_driver;

/* What the process has. */
enum edu_bind {
	EDU_BIND_ALL,
	EDU_BIND_NO_EAL,    /* none, or one that does not export its symbols */
	EDU_BIND_NO_DMADEV, /* no use for a driver of DMA devices */
};

/** Look at that, before anything of DPDK is called. */
enum edu_bind edu_bind(void);

/**
 * Call rte_pci_register(). Where the PCI bus is a plugin of a shared DPDK itself, it may come
 * later than this driver: then it is loaded now.
 *
 * @return
 *   0, or -1: there is no PCI bus.
 */
int edu_bind_pci_register(struct rte_pci_driver *driver);

#endif /* EDU_BIND_H */
