/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef PCI_ADDRESS_H
#define PCI_ADDRESS_H

/*
 * PCI addresses as text. librte_pci has such functions, but EAL does not need that library, so
 * it may be where the plugin does not see it.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_pci.h>

/** Read "0001:00:02.0", or "00:02.0" in domain 0. Returns 0 or -EINVAL. */
static inline int
spapr_pci_parse(const char *text, struct rte_pci_addr *addr)
{
	unsigned int domain = 0, bus, dev, fn;
	int end = 0;

	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &domain, &bus, &dev, &fn, &end) != 4) {
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &dev, &fn, &end) != 3)
			return -EINVAL;
	}
	/* The conversions also take blanks, signs and "0x". */
	if (strspn(text, "0123456789abcdefABCDEF:.") != (size_t)end || text[end] != '\0')
		return -EINVAL;
	*addr = (struct rte_pci_addr){ domain, (uint8_t)bus, (uint8_t)dev, (uint8_t)fn };
	return 0;
}

static inline bool
spapr_pci_same(const struct rte_pci_addr *a, const struct rte_pci_addr *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->devid == b->devid &&
	       a->function == b->function;
}

/** Write it in full. */
static inline void
spapr_pci_format(const struct rte_pci_addr *addr, char *text, size_t len)
{
	(void)snprintf(text, len, "%04x:%02x:%02x.%x", addr->domain, addr->bus, addr->devid,
		       addr->function);
}

#endif /* PCI_ADDRESS_H */
