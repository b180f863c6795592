/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The gate that lets the plugin touch a DPDK only when it knows its structures. */

#include <string.h>

#include <rte_version.h>

#include "base/dpdk_abi.h"
#include "unit.h"

static void
test_known_dpdk_versions_accepted(void **state)
{
	static const char *const known[] = {
		"DPDK 22.11.0", "DPDK 22.11.11", "DPDK 23.07.0",     "DPDK 24.11.4",
		"DPDK 25.11.4", "DPDK 26.03.0",	 "DPDK 26.03.0-rc1",
	};
	static const char *const unknown[] = {
		"DPDK 22.07.0",	 "DPDK 21.11.9", "DPDK 26.07.0",
		"DPDK 27.11.0",	 "DPDK 24.13.0", "DPDK 24.00.0",
		"Other 24.11.4", "DPDK",	 "",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(spapr_abi_version_known(known[i]));
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_false(spapr_abi_version_known(unknown[i]));
}

static void
test_running_dpdk_accepted_without_pci_bus(void **state)
{
	struct ddw_error err = { 0 };

	(void)state;
	/* No PCI bus is linked into this program. */
	assert_int_equal(spapr_abi_check_running(NULL, &err), 0);
	assert_int_equal(err.err, 0);
}

static int
nothing(void)
{
	return 0;
}

/* A bus whose operations are not where the object that holds the bus is. */
static void
test_foreign_bus_refused(void **state)
{
	struct bus_layout bus = { .name = "pci", .scan = nothing, .probe = nothing };
	struct ddw_error err = { 0 };

	(void)state;
	assert_int_equal(spapr_abi_check_running((const struct rte_bus *)&bus, &err), -95);
	assert_int_equal(err.msg, DDW_MSG_LAYOUT_UNKNOWN);
	assert_non_null(strstr(err.what, rte_version()));
}

static const struct rte_pci_id wanted[] = {
	{ RTE_CLASS_ANY_ID, 0x8086, 0x10d3, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID },
	{ 0x010802, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID, RTE_PCI_ANY_ID },
	{ 0 },
};

/* Only a list that fits is read. */
static void
test_driver_list_checked_before_it_is_read(void **state)
{
	static struct pci_driver_layout drv = { .id_table = wanted };
	static struct pci_bus_layout bus = {
		.bus = { .name = "pci", .scan = nothing, .probe = nothing, .cleanup = nothing },
	};
	const struct rte_bus *pci = (const struct rte_bus *)&bus;
	struct pci_driver_layout *elsewhere = (struct pci_driver_layout *)16;
	struct ddw_error err = { 0 };

	(void)state;
	assert_int_equal(spapr_abi_check_running(pci, &err), -95); /* no list */
	TAILQ_INIT(&bus.driver_list);
	assert_int_equal(spapr_abi_check_running(pci, &err), 0);
	TAILQ_INSERT_TAIL(&bus.driver_list, &drv, next);
	assert_int_equal(spapr_abi_check_running(pci, &err), 0);
	bus.driver_list.tqh_first = elsewhere;
	assert_int_equal(spapr_abi_check_running(pci, &err), -95);
}

static void
test_driver_matched_by_id_table(void **state)
{
	struct pci_driver_layout drv = { .id_table = wanted };
	struct rte_pci_id nic = { 0x020000, 0x8086, 0x10d3, 1, 2 };
	struct rte_pci_id nvme = { 0x010802, 0x1b36, 0x0010, 1, 2 };
	struct rte_pci_id other = { 0x020000, 0x8086, 0x1533, 1, 2 };
	struct pci_bus_layout bus;
	const struct rte_bus *pci = (const struct rte_bus *)&bus;

	(void)state;
	memset(&bus, 0, sizeof(bus));
	TAILQ_INIT(&bus.driver_list);
	assert_false(spapr_abi_pci_driver_exists(pci, &nic));
	TAILQ_INSERT_TAIL(&bus.driver_list, &drv, next);
	assert_true(spapr_abi_pci_driver_exists(pci, &nic));
	assert_true(spapr_abi_pci_driver_exists(pci, &nvme));
	assert_false(spapr_abi_pci_driver_exists(pci, &other));
	drv.id_table = NULL;
	assert_false(spapr_abi_pci_driver_exists(pci, &nic));
}

/* The same code asks for different things, depending on the release. */
static void
test_vfio_requests_identified(void **state)
{
	static const struct {
		int code;
		enum vfio_request meaning[3]; /* by enum vfio_codes */
	} requests[] = {
		{ 0x100,
		  { VFIO_REQUEST_CONTAINER, VFIO_REQUEST_CONTAINER, VFIO_REQUEST_CONTAINER } },
		{ 0x200, { VFIO_REQUEST_GROUP, VFIO_REQUEST_GROUP, VFIO_REQUEST_GROUP } },
		{ 0x400,
		  { VFIO_REQUEST_DEFAULT_CONTAINER, VFIO_REQUEST_IOMMU_TYPE,
		    VFIO_REQUEST_IOMMU_TYPE } },
		{ 0x800,
		  { VFIO_REQUEST_IOMMU_TYPE, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_IOVA_MODE } },
		{ 0, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
		{ 0x1000, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
		{ 0x2000, { VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN, VFIO_REQUEST_UNKNOWN } },
	};
	enum vfio_codes codes;
	unsigned int i;

	(void)state;
	for (i = 0; i < RTE_DIM(requests); i++)
		for (codes = 0; codes < 3; codes++)
			assert_int_equal(spapr_abi_vfio_request(requests[i].code, codes),
					 requests[i].meaning[codes]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_dpdk_versions_accepted),
		cmocka_unit_test(test_running_dpdk_accepted_without_pci_bus),
		cmocka_unit_test(test_foreign_bus_refused),
		cmocka_unit_test(test_driver_list_checked_before_it_is_read),
		cmocka_unit_test(test_driver_matched_by_id_table),
		cmocka_unit_test(test_vfio_requests_identified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
