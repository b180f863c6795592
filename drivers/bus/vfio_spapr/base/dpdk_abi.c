/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "base/dpdk_abi.h"

/* Releases as year * 100 + month. */
#define FIRST_KNOWN 2211
#define LAST_KNOWN  2603

bool
spapr_abi_version_known(const char *version)
{
	unsigned int year, month, release;

	if (sscanf(version, "DPDK %2u.%2u", &year, &month) != 2 || month < 1 || month > 12)
		return false;
	release = year * 100 + month;
	return release >= FIRST_KNOWN && release <= LAST_KNOWN;
}

/* Return the shared object, or the program, that contains an address. */
static const void *
shared_object_of(const void *addr)
{
	Dl_info info;

	return addr != NULL && dladdr(addr, &info) != 0 ? info.dli_fbase : NULL;
}

/* Convert a pointer to a function, which POSIX allows. */
static const void *
code_address(int (*fn)(void))
{
	const void *p;

	memcpy((void *)&p, (const void *)&fn, sizeof(p));
	return p;
}

/* Drivers are static data of their objects, and the list that they are in leads back here. */
static bool
driver_list_fits(const struct pci_bus_layout *bus)
{
	const struct pci_driver_layout *first = TAILQ_FIRST(&bus->driver_list);

	if (first == NULL)
		return bus->driver_list.tqh_last == &bus->driver_list.tqh_first;
	return shared_object_of(first) != NULL &&
	       first->next.tqe_prev == &bus->driver_list.tqh_first;
}

int
spapr_abi_check_running(const struct rte_bus *pci, struct ddw_error *err)
{
	const struct bus_layout *bus = (const struct bus_layout *)pci;
	int ret;

	if (!spapr_abi_version_known(rte_version())) {
		ret = ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
			       "this plugin does not support %s", rte_version());
		ddw_error_fix(err, "use DPDK 22.11 to 26.03, or a newer plugin");
		return ret;
	}
	if (pci == NULL)
		return 0;
	/* The operations of a bus lie in the object that holds the bus itself. */
	if (bus->name != rte_bus_name(pci) || strcmp(bus->name, "pci") != 0 ||
	    shared_object_of(bus) == NULL ||
	    shared_object_of(code_address(bus->scan)) != shared_object_of(bus) ||
	    shared_object_of(code_address(bus->probe)) != shared_object_of(bus) ||
	    shared_object_of(code_address(bus->cleanup)) != shared_object_of(bus) ||
	    !driver_list_fits((const struct pci_bus_layout *)pci))
		return ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
				"the PCI bus of %s has an unknown layout", rte_version());
	return 0;
}

int
spapr_abi_check_device(const struct rte_device *dev, struct ddw_error *err)
{
	const struct device_layout *d = (const struct device_layout *)dev;

	if (d->name != rte_dev_name(dev) || d->bus != rte_dev_bus(dev) ||
	    d->bus_info != rte_dev_bus_info(dev) || d->devargs != rte_dev_devargs(dev) ||
	    d->numa_node != rte_dev_numa_node(dev))
		return ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
				"the devices of %s have an unknown layout", rte_version());
	return 0;
}

static bool
id_equals(uint32_t want, uint32_t have, uint32_t any)
{
	return want == any || want == have;
}

static bool
id_matches(const struct rte_pci_id *want, const struct rte_pci_id *have)
{
	return id_equals(want->class_id, have->class_id, RTE_CLASS_ANY_ID) &&
	       id_equals(want->vendor_id, have->vendor_id, RTE_PCI_ANY_ID) &&
	       id_equals(want->device_id, have->device_id, RTE_PCI_ANY_ID) &&
	       id_equals(want->subsystem_vendor_id, have->subsystem_vendor_id, RTE_PCI_ANY_ID) &&
	       id_equals(want->subsystem_device_id, have->subsystem_device_id, RTE_PCI_ANY_ID);
}

bool
spapr_abi_pci_driver_exists(const struct rte_bus *pci, const struct rte_pci_id *id)
{
	const struct pci_bus_layout *bus = (const struct pci_bus_layout *)pci;
	const struct pci_driver_layout *drv;
	const struct rte_pci_id *entry;

	TAILQ_FOREACH(drv, &bus->driver_list, next) {
		if (drv->id_table == NULL)
			continue;
		for (entry = drv->id_table; entry->vendor_id != 0; entry++)
			if (id_matches(entry, id))
				return true;
	}
	return false;
}

enum vfio_request
spapr_abi_vfio_request(int code, enum vfio_codes codes)
{
	switch (code) {
	case 0x100:
		return VFIO_REQUEST_CONTAINER;
	case 0x200:
		return VFIO_REQUEST_GROUP;
	case 0x400:
		return codes == VFIO_CODES_FIRST ? VFIO_REQUEST_DEFAULT_CONTAINER
						 : VFIO_REQUEST_IOMMU_TYPE;
	case 0x800:
		if (codes == VFIO_CODES_26_11)
			return VFIO_REQUEST_IOVA_MODE;
		return codes == VFIO_CODES_FIRST ? VFIO_REQUEST_IOMMU_TYPE : VFIO_REQUEST_UNKNOWN;
	default:
		return VFIO_REQUEST_UNKNOWN;
	}
}

bool
spapr_abi_bus_maps(const struct rte_bus *pci, const struct rte_device *dev)
{
	const struct pci_bus_layout *bus = (const struct pci_bus_layout *)pci;
	const void *driver = rte_dev_driver(dev);
	const struct pci_driver_layout *drv;

	TAILQ_FOREACH(drv, &bus->driver_list, next)
		if ((const void *)&drv->driver_next == driver)
			return drv->dma_map == NULL;
	return false;
}
