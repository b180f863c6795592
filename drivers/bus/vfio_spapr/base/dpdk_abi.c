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
#define LAST_KNOWN  2607

enum abi_generation
spapr_abi_generation_of(const char *version)
{
	unsigned int year, month, release;

	if (sscanf(version, "DPDK %2u.%2u", &year, &month) != 2 || month < 1 || month > 12)
		return ABI_UNKNOWN;
	release = year * 100 + month;
	if (release < FIRST_KNOWN || release > LAST_KNOWN)
		return ABI_UNKNOWN;
	return release < 2607 ? ABI_2211 : ABI_2607;
}

enum abi_generation
spapr_abi_generation(void)
{
	return spapr_abi_generation_of(rte_version());
}

/* Of the tables below. Nothing is read with an unknown generation. */
static size_t
column(void)
{
	return spapr_abi_generation() == ABI_2607 ? ABI_2607 : ABI_2211;
}

#define OFFSETS(member, old, now) { old, now },

static const uint8_t bus_offsets[ABI_BUS_N_MEMBERS][ABI_GENERATIONS] = { ABI_BUS_MEMBERS(OFFSETS) };

#define DRIVER_ENUM(member, old, now) PCI_##member,
enum driver_member { ABI_DRIVER_MEMBERS(DRIVER_ENUM) PCI_N_MEMBERS };

static const uint8_t driver_offsets[PCI_N_MEMBERS][ABI_GENERATIONS] = { ABI_DRIVER_MEMBERS(
	OFFSETS) };

void *
spapr_abi_bus(const struct rte_bus *bus, enum abi_bus_member member)
{
	return (void *)((uintptr_t)bus + bus_offsets[member][column()]);
}

/* What all elements of a list begin with, and its head. */
struct link {
	TAILQ_ENTRY(link) next;
};
TAILQ_HEAD(list, link);

/* Return the address of a member of a driver of PCI; "at" is column(), once for a list. */
static const void *
driver_member(const struct link *driver, enum driver_member member, size_t at)
{
	return (const char *)driver + driver_offsets[member][at];
}

/* Return the shared object, or the program, that contains an address. */
static const void *
shared_object_of(const void *addr)
{
	Dl_info info;

	return addr != NULL && dladdr(addr, &info) != 0 ? info.dli_fbase : NULL;
}

/* Does a function of the bus lie in the object that holds the bus? */
static bool
has_own(const struct rte_bus *bus, enum abi_bus_member member)
{
	const void *const *fn = spapr_abi_bus(bus, member);

	return shared_object_of(bus) != NULL && shared_object_of(*fn) == shared_object_of(bus);
}

/* The list that the elements are in leads back here. */
static bool
list_fits(const struct rte_bus *bus, enum abi_bus_member member)
{
	const struct list *list = spapr_abi_bus(bus, member);
	const struct link *first = TAILQ_FIRST(list);

	if (first == NULL)
		return list->tqh_last == &list->tqh_first;
	return (uintptr_t)first % _Alignof(struct link) == 0 &&
	       first->next.tqe_prev == &list->tqh_first;
}

/* Drivers are static data of their objects. */
static bool
drivers_fit(const struct rte_bus *bus)
{
	const struct list *list = spapr_abi_bus(bus, ABI_BUS_DRIVERS);
	const struct link *first = TAILQ_FIRST(list);

	return (first == NULL || shared_object_of(first) != NULL) &&
	       list_fits(bus, ABI_BUS_DRIVERS);
}

static bool
bus_fits(const struct rte_bus *pci)
{
	const char *const *name = spapr_abi_bus(pci, ABI_BUS_NAME);

	return *name == rte_bus_name(pci) && strcmp(*name, "pci") == 0 &&
	       has_own(pci, ABI_BUS_SCAN) && has_own(pci, ABI_BUS_PLUG) &&
	       has_own(pci, ABI_BUS_UNPLUG) && has_own(pci, ABI_BUS_DMA_MAP) &&
	       has_own(pci, ABI_BUS_DMA_UNMAP) && list_fits(pci, ABI_BUS_DEVICES) &&
	       drivers_fit(pci);
}

int
spapr_abi_check_running(const struct rte_bus *pci, struct ddw_error *err)
{
	int ret;

	if (spapr_abi_generation() == ABI_UNKNOWN) {
		ret = ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
			       "this plugin does not support %s", rte_version());
		ddw_error_fix(err, "use DPDK 22.11 to 26.07, or a newer plugin");
		return ret;
	}
	if (pci == NULL || bus_fits(pci))
		return 0;
	return ddw_fail(err, DDW_MSG_LAYOUT_UNKNOWN, ENOTSUP,
			"the PCI bus of %s has an unknown layout", rte_version());
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
	const struct list *drivers = spapr_abi_bus(pci, ABI_BUS_DRIVERS);
	const struct rte_pci_id *entry;
	const struct link *drv;
	size_t at = column();

	TAILQ_FOREACH(drv, drivers, next) {
		entry = *(const struct rte_pci_id *const *)driver_member(drv, PCI_ID_TABLE, at);
		for (; entry != NULL && entry->vendor_id != 0; entry++)
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
	const struct list *drivers = spapr_abi_bus(pci, ABI_BUS_DRIVERS);
	const void *driver = rte_dev_driver(dev);
	const struct link *drv;
	size_t at = column();

	TAILQ_FOREACH(drv, drivers, next)
		if (driver_member(drv, PCI_DRIVER, at) == driver)
			return *(const void *const *)driver_member(drv, PCI_DMA_MAP, at) == NULL;
	return false;
}
