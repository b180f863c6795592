/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The doctor on machines with virtio NICs, with and without the IOMMU. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/vfio.h>

#include "fake_virtio.h"
#include "scene.h"

#include <doctor/check_devices.h>

#define PCI   "/sys/bus/pci/devices/"
#define OBEYS (UINT64_C(1) << 33)

static struct model *m;
static struct ddw_sys sys;
static struct doctor d;

static int
lpar(void **state)
{
	(void)state;
	m = model_create();
	sys = fake_virtio_sys(model_sys(m));
	d = (struct doctor){ .sys = &sys, .platform = PLATFORM_PSERIES };
	return 0;
}

static int
end(void **state)
{
	(void)state;
	doctor_findings_free(&d.findings);
	model_destroy(m);
	return 0;
}

static void
add_file(const char *pci, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), PCI "%s/%s", pci, name);
	model_add_file(m, path, text);
}

static void
add_virtio(const char *pci, int group, const char *driver)
{
	struct model_group_cfg cfg = model_pseries(group);

	model_add_group(m, &cfg);
	model_add_device(m, group, pci, driver);
	add_file(pci, "device", "0x1041\n");
	add_file(pci, "class", "0x020000\n");
	add_file(pci, "of_node/../ibm,ddw-applicable", "x");
}

/* The last finding of a device; it has this level. */
static const struct finding *
find(const char *topic, enum finding_level level)
{
	const struct finding *f = NULL;
	unsigned int i;

	for (i = 0; i < d.findings.n; i++)
		if (strcmp(d.findings.list[i].topic, topic) == 0)
			f = &d.findings.list[i];
	assert_non_null(f);
	assert_int_equal(f->level, level);
	return f;
}

/* A device of vfio-pci is asked by the doctor as by the plugin. */
static void
test_device_that_ignores_iommu_fails(void **state)
{
	struct ddw_error err = { 0 };
	const struct finding *f;

	(void)state;
	add_virtio("0001:00:01.0", 1, "vfio-pci");
	fake_virtio_reset(OBEYS);
	doctor_check_devices(&d);
	find("0001:00:01.0", FINDING_FINE);
	assert_true(fake_virtio.calls > 0);

	fake_virtio_reset(~OBEYS);
	doctor_check_devices(&d);
	f = find("0001:00:01.0", FINDING_FAIL);
	assert_non_null(strstr(f->state, "ignores the IOMMU"));
	assert_non_null(strstr(f->why, "VIRTIO_F_ACCESS_PLATFORM"));
	assert_non_null(strstr(f->fix, "<driver iommu='on'/>"));
	assert_non_null(strstr(f->fix, "iommu_platform=on"));
	/* It is free again. */
	assert_int_equal(ddw_group_check(d.sys, 1, "group 1", &err), 0);
	assert_null(model_check(m));
}

static void
test_device_that_does_not_open_fails(void **state)
{
	(void)state;
	add_virtio("0001:00:01.0", 1, "vfio-pci");
	fake_virtio_reset(OBEYS);
	model_fail(m, VFIO_GROUP_GET_DEVICE_FD, 1, 1, -ENODEV, false);
	doctor_check_devices(&d);
	assert_non_null(strstr(find("0001:00:01.0", FINDING_FAIL)->state, "cannot be opened"));
	assert_int_equal(fake_virtio.calls, 0);
}

/* Devices of other makers are not opened. */
static void
test_other_device_not_asked(void **state)
{
	struct model_group_cfg cfg = model_pseries(1);

	(void)state;
	model_add_group(m, &cfg);
	model_add_device(m, 1, "0001:00:01.0", "vfio-pci");
	add_file("0001:00:01.0", "device", "0x10d3\n");
	fake_virtio_reset(0);
	doctor_check_devices(&d);
	assert_int_equal(fake_virtio.calls, 0);
}

/* Of a device of the kernel, bit 33 of the features that its driver has accepted. */
static void
test_device_of_kernel_graded_by_its_features(void **state)
{
	(void)state;
	add_virtio("0001:00:01.0", 1, "virtio-pci");
	add_file("0001:00:01.0", "virtio3/features",
		 "1100010110100000000001111100111110000000000000000000000000000000\n");
	add_virtio("0002:00:01.0", 2, "virtio-pci");
	add_file("0002:00:01.0", "virtio4/features",
		 "1100010110100000000001111100111111000000000000000000000000000000\n");
	/* No driver has accepted anything; there is no driver. */
	add_virtio("0003:00:01.0", 3, "virtio-pci");
	add_file("0003:00:01.0", "virtio5/features",
		 "0000000000000000000000000000000000000000000000000000000000000000\n");
	add_virtio("0004:00:01.0", 4, "");
	doctor_check_devices(&d);
	assert_non_null(strstr(find("0001:00:01.0", FINDING_FINE)->fix, "<driver iommu='on'/>"));
	assert_non_null(strstr(find("0001:00:01.0", FINDING_FINE)->why, "ignores the IOMMU"));
	assert_non_null(strstr(find("0002:00:01.0", FINDING_FINE)->fix, ": dpdk-devbind.py -b"));
	assert_non_null(strstr(find("0003:00:01.0", FINDING_FINE)->fix, ": dpdk-devbind.py -b"));
	assert_non_null(strstr(find("0004:00:01.0", FINDING_FINE)->fix, ": dpdk-devbind.py -b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_device_that_ignores_iommu_fails, lpar, end),
		cmocka_unit_test_setup_teardown(test_device_that_does_not_open_fails, lpar, end),
		cmocka_unit_test_setup_teardown(test_other_device_not_asked, lpar, end),
		cmocka_unit_test_setup_teardown(test_device_of_kernel_graded_by_its_features, lpar,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
