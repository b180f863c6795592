/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PCI_H
#define PCI_H

/* List the PCI devices of a machine. */

#include <stdbool.h>

#include <ddw.h>

#define PCI_DEVICES "/sys/bus/pci/devices"
/* Base class of network devices. */
#define PCI_CLASS_NETWORK 0x02

struct pci_device {
	char name[DDW_PCI_NAME]; /* address */
	char driver[DDW_DRIVER_NAME];
	int group;	    /* negative: none */
	unsigned int class; /* base class */
	bool vfio;	    /* bound to vfio-pci */
};

struct pci_devices {
	struct pci_device *list; /* by address */
	unsigned int n;
};

/* List devices that are bound to vfio-pci, and network devices. Returns 0 or -ENOMEM. */
int test_ddw_pci_read(const struct ddw_sys *sys, struct pci_devices *all);
void test_ddw_pci_free(struct pci_devices *all);

#endif /* PCI_H */
