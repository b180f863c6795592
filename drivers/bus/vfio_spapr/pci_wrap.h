/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PCI_WRAP_H
#define PCI_WRAP_H

/*
 * Wrap operations of the PCI bus: the plugin has to know when devices come and go, and
 * to release everything after they have stopped.
 */

/** Wrap the operations, until the cleanup of the PCI bus. */
void spapr_pci_wrap(void);
/**
 * Keep pci from probing blocked devices of a secondary process. Up to 26.03 that needs nothing,
 * see spapr_device_block().
 */
void spapr_pci_wrap_secondary(void);
/** Restore the operations. */
void spapr_pci_unwrap(void);

#endif /* PCI_WRAP_H */
