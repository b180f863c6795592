/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Which virtio devices are said to ignore the IOMMU. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "fake_virtio.h"
#include "scene.h"

#define PCI	 "/sys/bus/pci/devices"
#define OBEYS	 (UINT64_C(1) << 33)
#define OTHERS	 (~OBEYS)
#define COMMAND	 fake_virtio.config[PCI_COMMAND]
#define ANY_FILE 77

static struct model *m;
static struct ddw_sys sys;
static struct ddw_error err;

static int
device(void **state)
{
	(void)state;
	m = model_create();
	sys = fake_virtio_sys(model_sys(m));
	fake_virtio_reset(OBEYS);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	model_destroy(m);
	return 0;
}

static int
check(void)
{
	ddw_error_clear(&err);
	return ddw_virtio_check(&sys, ANY_FILE, "0001:00:01.0", &err);
}

/* It is refused, with an errno and a word of the cause. */
static void
check_refused(int error, const char *word)
{
	int ret = check();

	check_error(&err, ret, DDW_MSG_VIRTIO_NO_IOMMU);
	assert_int_equal(ret, -error);
	assert_non_null(strstr(err.what, "0001:00:01.0"));
	if (strstr(err.what, word) == NULL && strstr(err.why, word) == NULL)
		fail_msg("\"%s\" is in neither: %s; %s", word, err.what, err.why);
	assert_non_null(strstr(err.fix, "iommu='on'"));
	assert_non_null(strstr(err.fix, "iommu_platform=on"));
}

static void
test_device_that_offers_the_feature_accepted(void **state)
{
	(void)state;
	assert_int_equal(check(), 0);
	assert_int_equal(err.err, 0);
	fake_virtio_reset(~UINT64_C(0));
	assert_int_equal(check(), 0);
}

static void
test_device_without_the_feature_refused(void **state)
{
	(void)state;
	fake_virtio_reset(OTHERS);
	check_refused(ENOTSUP, "VIRTIO_F_ACCESS_PLATFORM");
	fake_virtio_reset(0);
	check_refused(ENOTSUP, "VIRTIO_F_ACCESS_PLATFORM");
}

/* A BAR can be read only while the device decodes it; then the register is as it was. */
static void
test_memory_enabled_for_the_check_only(void **state)
{
	(void)state;
	COMMAND = PCI_COMMAND_IO;
	assert_int_equal(check(), 0);
	assert_int_equal(COMMAND, PCI_COMMAND_IO);
	COMMAND = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	assert_int_equal(check(), 0);
	assert_int_equal(COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void
test_legacy_device_refused(void **state)
{
	(void)state;
	/* No list; one without the capability; one with that of another vendor's number. */
	fake_virtio.config[PCI_STATUS] = 0;
	check_refused(ENOTSUP, "legacy");
	fake_virtio_reset(OBEYS);
	fake_virtio_capability(0x60, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG, 4, 0);
	check_refused(ENOTSUP, "legacy");
	fake_virtio_reset(OBEYS);
	fake_virtio_capability(FAKE_VIRTIO_COMMON, PCI_CAP_ID_PM, VIRTIO_PCI_CAP_COMMON_CFG, 4, 0);
	check_refused(ENOTSUP, "legacy");
}

/* Whatever a list of capabilities is like, the check ends inside of it. */
static void
test_broken_capability_lists_end(void **state)
{
	unsigned int at;

	(void)state;
	/* In a circle, back to the first one. */
	fake_virtio_capability(FAKE_VIRTIO_COMMON, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_PCI_CFG, 4,
			       0x98);
	check_refused(ENOTSUP, "legacy");
	/* Into the header, and past the end. */
	for (at = 0; at < 256; at++) {
		fake_virtio_reset(OBEYS);
		memset(&fake_virtio.config[PCI_STD_HEADER_SIZEOF], 0xff,
		       sizeof(fake_virtio.config) - PCI_STD_HEADER_SIZEOF);
		fake_virtio.config[PCI_CAPABILITY_LIST] = (uint8_t)at;
		check_refused(ENOTSUP, "legacy");
	}
	/* The low bits of a pointer mean nothing. */
	fake_virtio_reset(OBEYS);
	fake_virtio.config[PCI_CAPABILITY_LIST] |= 3;
	assert_int_equal(check(), 0);
}

/* A driver takes the first usable one. */
static void
test_capability_of_reserved_bar_passed_over(void **state)
{
	(void)state;
	fake_virtio_capability(0x60, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 6,
			       FAKE_VIRTIO_COMMON);
	assert_int_equal(check(), 0);
	fake_virtio_capability(FAKE_VIRTIO_COMMON, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 255,
			       0);
	check_refused(ENOTSUP, "legacy");
}

static void
test_configuration_outside_its_bar_refused(void **state)
{
	(void)state;
	fake_virtio.bar_size = fake_virtio.offset + sizeof(struct virtio_pci_common_cfg) - 1;
	check_refused(ERANGE, "cannot be read");
	fake_virtio.bar_size++;
	assert_int_equal(check(), 0);
	fake_virtio.bar = 2; /* then the one of the capability is empty */
	check_refused(ERANGE, "cannot be read");
	fake_virtio_reset(OBEYS);
	fake_virtio.config_size = 0;
	check_refused(ERANGE, "cannot be read");
}

/* What cannot be read is refused, and the device is left as it was. */
static void
test_each_failed_call_refuses(void **state)
{
	unsigned int calls, i;

	(void)state;
	assert_int_equal(check(), 0);
	calls = fake_virtio.calls;
	assert_int_equal(calls, 7);
	for (i = 1; i <= calls; i++) {
		fake_virtio_reset(OBEYS);
		fake_virtio.fail_at = i;
		fake_virtio.fail_with = -ENXIO;
		check_refused(ENXIO, "cannot be read");
		if (i < calls) /* the last one restores it */
			assert_int_equal(COMMAND, PCI_COMMAND_MASTER);
	}
	/* The kernel never does that. */
	fake_virtio_reset(OBEYS);
	fake_virtio.fail_at = 1;
	fake_virtio.fail_with = 1;
	check_refused(EIO, "cannot be read");
}

static void
add_numbers(const char *pci, const char *vendor, const char *device)
{
	char path[128];

	snprintf(path, sizeof(path), PCI "/%s/vendor", pci);
	model_add_file(m, path, vendor);
	snprintf(path, sizeof(path), PCI "/%s/device", pci);
	model_add_file(m, path, device);
}

static void
test_virtio_told_by_its_numbers(void **state)
{
	(void)state;
	add_numbers("0000:00:01.0", "0x1af4\n", "0x1000\n");
	add_numbers("0000:00:02.0", "0x1af4\n", "0x107f\n");
	add_numbers("0000:00:03.0", "0x1af4\n", "0x0fff\n");
	add_numbers("0000:00:04.0", "0x1af4\n", "0x1110\n"); /* ivshmem */
	add_numbers("0000:00:05.0", "0x8086\n", "0x1000\n");
	model_add_file(m, PCI "/0000:00:06.0/vendor", "0x1af4\n");
	assert_true(ddw_pci_is_virtio(&sys, PCI, "0000:00:01.0"));
	assert_true(ddw_pci_is_virtio(&sys, PCI, "0000:00:02.0"));
	assert_false(ddw_pci_is_virtio(&sys, PCI, "0000:00:03.0"));
	assert_false(ddw_pci_is_virtio(&sys, PCI, "0000:00:04.0"));
	assert_false(ddw_pci_is_virtio(&sys, PCI, "0000:00:05.0"));
	assert_false(ddw_pci_is_virtio(&sys, PCI, "0000:00:06.0"));
	assert_false(ddw_pci_is_virtio(&sys, PCI, "0000:00:07.0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_device_that_offers_the_feature_accepted,
						device, end),
		cmocka_unit_test_setup_teardown(test_device_without_the_feature_refused, device,
						end),
		cmocka_unit_test_setup_teardown(test_memory_enabled_for_the_check_only, device,
						end),
		cmocka_unit_test_setup_teardown(test_legacy_device_refused, device, end),
		cmocka_unit_test_setup_teardown(test_broken_capability_lists_end, device, end),
		cmocka_unit_test_setup_teardown(test_capability_of_reserved_bar_passed_over, device,
						end),
		cmocka_unit_test_setup_teardown(test_configuration_outside_its_bar_refused, device,
						end),
		cmocka_unit_test_setup_teardown(test_each_failed_call_refuses, device, end),
		cmocka_unit_test_setup_teardown(test_virtio_told_by_its_numbers, device, end),
	};

	return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
