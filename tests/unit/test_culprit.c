/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Who has disabled the dynamic windows of a PE: texts of Linux 6.12 in the lab. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#define PCI "/sys/bus/pci/devices/"
#define MOD "/lib/modules/6.12.107+deb13-powerpc64le/"

#define VIRTIO                                                                        \
	"6,338,826670,-;virtio-pci 0004:00:01.0: ibm,query-pe-dma-windows(2026) 800 " \
	"8000000 20000004 returned 0, lb=2000000000 ps=107 wn=1\n SUBSYSTEM=pci\n"    \
	"6,339,827031,-;virtio-pci 0004:00:01.0: ibm,create-pe-dma-window(2027) 800 " \
	"8000000 20000004 18 0 returned -3 (liobn = 0x0 starting addr = 0 0)\n"       \
	" SUBSYSTEM=pci\n DEVICE=+pci:0004:00:01.0\n"
#define E1000E                                                                             \
	"6,400,6892074,-;e1000e 0001:00:01.0: ibm,create-pe-dma-window(2027) 800 8000000 " \
	"20000001 18 1f returned -1 (liobn = 0x0 starting addr = 0 0)\n"
#define VFIO                                                                                 \
	"6,500,9892074,-;vfio-pci 0001:00:01.0: ibm,create-pe-dma-window(2027) 800 8000000 " \
	"20000001 15 1d returned -3 (liobn = 0x0 starting addr = 0 0)\n"
#define GOOD                                                                                 \
	"6,501,9892075,-;vfio-pci 0001:00:01.0: ibm,create-pe-dma-window(2027) 800 8000000 " \
	"20000001 15 1d returned 0 (liobn = 0x80000101 starting addr = 8000000 0)\n"
/* What has a similar look. */
#define NOISE                                                                               \
	"6,600,1,-;e1000e 0001:00:01.0: ibm,create-pe-dma-window(2027) 800\n"               \
	"6,601,1,-;e1000e 0001:00:01.0 ibm,create-pe-dma-window(1) 8 8 8 1 1 returned -3\n" \
	"6,602,1,-;e1000e : ibm,create-pe-dma-window(1) 8 8 8 1 1 returned -3\n"            \
	"e1000e 0009:00:01.0: ibm,create-pe-dma-window(1) 8 8 8 1 1 returned -3\n"          \
	"\nno driver at all\n;\n"

/* The machine: an e1000e in group 1, a virtio-net in group 3, both with vfio-pci now. */
static struct model *
machine(const char *log)
{
	struct model *m = model_create();

	model_add_device(m, 1, "0001:00:01.0", "vfio-pci");
	model_add_file(m, PCI "0001:00:01.0/modalias",
		       "pci:v00008086d000010D3sv00008086sd00000000bc02sc00i00\n");
	model_add_device(m, 3, "0004:00:01.0", "vfio-pci");
	model_add_file(m, PCI "0004:00:01.0/modalias",
		       "pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00\n");
	model_add_file(m, "/proc/sys/kernel/osrelease", "6.12.107+deb13-powerpc64le\n");
	model_add_file(m, MOD "modules.alias",
		       "# Aliases extracted from modules themselves.\n"
		       "alias devname:vfio/vfio vfio\n"
		       "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
		       "alias pci:v00008086d000057BAsv*sd*bc*sc*i* e1000e\n"
		       "alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e\n"
		       "alias pci:v00008086d*sv*sd*bc*sc*i* never_reached\n");
	model_add_file(m, MOD "modules.builtin",
		       "kernel/fs/fuse/virtiofs.ko\nkernel/drivers/virtio/virtio.ko\n"
		       "kernel/drivers/virtio/virtio_pci.ko\nkernel/lib/e1000.ko\n");
	model_add_link(m, "/sys/bus/pci/drivers/virtio-pci/module",
		       "../../../../module/virtio_pci");
	if (log != NULL)
		model_add_file(m, "/dev/kmsg", log);
	return m;
}

static struct ddw_culprit
find(struct model *m, int number, int ret)
{
	struct ddw_culprit c;

	assert_int_equal(ddw_group_culprit(model_sys(m), number, &c), ret);
	assert_int_equal(c.proof == DDW_CULPRIT_UNKNOWN, ret != 0);
	model_destroy(m);
	return c;
}

/* The error with the culprit in it; the caller looks at the words. */
static struct ddw_error
blame(const struct ddw_culprit *c)
{
	struct ddw_error err = { 0 };

	(void)ddw_fail(&err, DDW_MSG_PE_POISONED, ENODEV, "group 1: refused");
	ddw_culprit_blame(c, &err);
	assert_string_equal(err.what, "group 1: refused");
	assert_true(strlen(err.why) + 1 < sizeof(err.why));
	assert_true(strlen(err.fix) + 1 < sizeof(err.fix));
	return err;
}

static void
test_builtin_driver_named_from_log(void **state)
{
	struct ddw_culprit c = find(machine(E1000E VIRTIO NOISE), 3, 0);
	struct ddw_error err = blame(&c);

	(void)state;
	assert_int_equal(c.proof, DDW_CULPRIT_LOGGED);
	assert_string_equal(c.driver, "virtio-pci");
	assert_string_equal(c.module, "virtio_pci");
	assert_string_equal(c.pci, "0004:00:01.0");
	assert_true(c.builtin && c.no_size);
	assert_int_equal(c.answer, -3);
	assert_non_null(strstr(err.why, "virtio-pci"));
	assert_non_null(strstr(err.why, "0004:00:01.0"));
	assert_non_null(strstr(err.why, "maxmem"));
	assert_non_null(strstr(err.fix, "disable_ddw"));
	assert_non_null(strstr(err.fix, "maxmem=8G"));
	assert_non_null(strstr(err.fix, "reboot"));
	assert_null(strstr(err.fix, "modprobe.blacklist"));
}

static void
test_module_driver_named_with_blacklist(void **state)
{
	struct ddw_culprit c = find(machine(VIRTIO E1000E NOISE), 1, 0);
	struct ddw_error err = blame(&c);

	(void)state;
	assert_int_equal(c.proof, DDW_CULPRIT_LOGGED);
	assert_string_equal(c.driver, "e1000e");
	assert_string_equal(c.module, "e1000e");
	assert_true(!c.builtin && !c.no_size);
	assert_int_equal(c.answer, -1);
	assert_null(strstr(err.why, "maxmem"));
	assert_non_null(strstr(err.fix, "modprobe.blacklist=e1000e"));
	assert_null(strstr(err.fix, "maxmem"));
}

/* A program before this one; and of several the last that failed. */
static void
test_earlier_vfio_program_named(void **state)
{
	struct ddw_culprit c = find(machine(VFIO), 1, 0);
	struct ddw_error err = blame(&c);

	(void)state;
	assert_string_equal(c.driver, "vfio-pci");
	assert_non_null(strstr(err.why, "vfio-pci"));
	assert_null(strstr(err.fix, "blacklist"));
	assert_null(strstr(err.fix, "disable_ddw"));
	c = find(machine(E1000E VFIO GOOD), 1, 0);
	assert_string_equal(c.driver, "vfio-pci");
	c = find(machine(VFIO GOOD E1000E), 1, 0);
	assert_string_equal(c.driver, "e1000e");
}

/* The log is closed, or has wrapped: what the kernel has for the device. */
static void
test_likely_driver_named_without_log(void **state)
{
	struct ddw_culprit c = find(machine(NULL), 1, 0);
	struct ddw_error err = blame(&c);
	struct model *m;

	(void)state;
	assert_int_equal(c.proof, DDW_CULPRIT_LIKELY);
	assert_string_equal(c.driver, "e1000e");
	assert_string_equal(c.pci, "0001:00:01.0");
	assert_false(c.builtin);
	assert_non_null(strstr(err.why, "may have"));
	assert_non_null(strstr(err.fix, "modprobe.blacklist=e1000e"));
	c = find(machine(GOOD NOISE VIRTIO), 1, 0);
	assert_int_equal(c.proof, DDW_CULPRIT_LIKELY);

	/* Some kernels tell for which devices their own drivers are. */
	m = machine(NULL);
	model_add_file(m, MOD "modules.builtin.modinfo",
		       "ext4.license=GPL\nvirtio_pci.license=GPL\n"
		       "virtio_pci.alias=pci:v00001AF4d*sv*sd*bc*sc*i*\n");
	c = find(m, 3, 0);
	err = blame(&c);
	assert_int_equal(c.proof, DDW_CULPRIT_LIKELY);
	assert_string_equal(c.module, "virtio_pci");
	assert_true(c.builtin);
	assert_non_null(strstr(err.fix, "disable_ddw"));
}

static void
test_general_remedy_kept_for_unknown_culprit(void **state)
{
	struct ddw_culprit c = find(machine(E1000E), 3, -ENOENT);
	struct ddw_error err = blame(&c);
	struct model *m = model_create();

	(void)state;
	/* The general words stay. */
	assert_non_null(strstr(err.fix, "reboot"));
	assert_non_null(strstr(err.fix, "ibm,create-pe-dma-window"));
	c = find(machine(NULL), 9, -ENOENT);
	/* Not even the kernel's release is known. */
	model_add_device(m, 1, "0001:00:01.0", "vfio-pci");
	model_add_device(m, 1, "0001:00:02.0", "vfio-pci");
	model_add_file(m, PCI "0001:00:02.0/modalias", "pci:v00008086\n");
	c = find(m, 1, -ENOENT);
	assert_string_equal(c.driver, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin_driver_named_from_log),
		cmocka_unit_test(test_module_driver_named_with_blacklist),
		cmocka_unit_test(test_earlier_vfio_program_named),
		cmocka_unit_test(test_likely_driver_named_without_log),
		cmocka_unit_test(test_general_remedy_kept_for_unknown_culprit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
