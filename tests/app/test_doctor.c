/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The doctor on machines that are not there. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "scene.h"

#include <doctor/check_devices.h>
#include <doctor/check_memory.h>
#include <doctor/check_modules.h>
#include <doctor/check_platform.h>
#include <doctor/doctor.h>

#define PCI "/sys/bus/pci/devices/"
#define DIR "/usr/lib/dpdk/pmds-25.0"

static struct model *m;
static struct doctor d;

/* An LPAR in which all is as it should be, with one device. */
static int
good_lpar(void **state)
{
	(void)state;
	m = model_create();
	d = (struct doctor){
		.sys = model_sys(m),
		.arch = "ppc64le",
		.release = "6.12.90+deb13-powerpc64le",
		.dpdk = "DPDK 24.11.4",
		.plugin_dir = DIR,
	};
	model_add_file(m, "/proc/cpuinfo", "processor : 0\nplatform\t: pSeries\nMMU\t\t: Radix\n");
	model_add_file(m, "/proc/device-tree/model", "IBM,9105-22A");
	model_add_file(m, "/proc/device-tree/openprom/ibm,fw-vernum_encoded",
		       "FW1050.00 (NL1050_041)");
	model_add_file(m, "/proc/powerpc/eeh", "EEH Subsystem is enabled\n");
	model_add_file(m, "/sys/module/vfio_iommu_spapr_tce/refcnt", "0\n");
	model_add_file(m, "/sys/module/vfio_pci/parameters/disable_idle_d3", "Y\n");
	return 0;
}

static void
add_nic(const char *pci, int group, const char *driver)
{
	struct model_group_cfg cfg = model_pseries(group);
	char path[128];

	model_add_group(m, &cfg);
	model_add_device(m, group, pci, driver);
	snprintf(path, sizeof(path), PCI "%s/class", pci);
	model_add_file(m, path, "0x020000\n");
	snprintf(path, sizeof(path), PCI "%s/of_node/../ibm,ddw-applicable", pci);
	model_add_file(m, path, "x");
}

static void
add_memory_and_plugin(void)
{
	model_add_hugepages(m, MODEL_2M, 512);
	model_add_file(m, "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
		       "512\n");
	model_add_file(m,
		       "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages",
		       "500\n");
	model_add_file(m, DIR "/librte_bus_vfio_spapr.so.0", "elf");
}

static int
end(void **state)
{
	(void)state;
	doctor_findings_free(&d.findings);
	model_destroy(m);
	return 0;
}

static const struct finding *
find(const char *topic, enum finding_level level)
{
	unsigned int i;

	for (i = 0; i < d.findings.n; i++)
		if (strcmp(d.findings.list[i].topic, topic) == 0 &&
		    d.findings.list[i].level == level)
			return &d.findings.list[i];
	fail_msg("no finding of %s with level %d", topic, (int)level);
	abort(); /* not reached */
}

/* A bad finding says why it matters; most name a command. */
static const struct finding *
find_bad(const char *topic, enum finding_level level, const char *fix)
{
	const struct finding *f = find(topic, level);

	assert_string_not_equal(f->why, "");
	if (strstr(f->fix, fix) == NULL)
		fail_msg("%s: \"%s\" is not in: %s", topic, fix, f->fix);
	assert_int_equal(doctor_findings_worst(&d.findings) >= level, 1);
	return f;
}

static void
test_good_lpar_is_fine(void **state)
{
	const struct finding *f;

	(void)state;
	add_nic("0001:00:01.0", 1, "vfio-pci");
	add_memory_and_plugin();
	doctor_run(&d);
	assert_int_equal(doctor_findings_worst(&d.findings), FINDING_FINE);
	assert_non_null(strstr(find("platform", FINDING_FINE)->state, "pSeries"));
	assert_string_equal(find("firmware", FINDING_FINE)->state,
			    "IBM,9105-22A, FW1050.00 (NL1050_041)");
	find("mmu", FINDING_FINE);
	f = find("hugepages", FINDING_FINE);
	assert_string_equal(f->state, "512 of 2M (1G): node 0 512 (500 free)");
	assert_string_equal(find("0001:00:01.0", FINDING_FINE)->state,
			    "bound to vfio-pci, group 1 is free");
	find("plugin", FINDING_FINE);
	find("vfio", FINDING_FINE);
	find("idle-d3", FINDING_FINE);
	find("eeh", FINDING_FINE);
}

static void
test_other_processor_fails(void **state)
{
	(void)state;
	d.arch = "x86_64";
	doctor_run(&d);
	find_bad("platform", FINDING_FAIL, "");
	assert_int_equal(d.findings.n, 1);
}

static void
test_power_without_spapr_fails(void **state)
{
	(void)state;
	d.sys = model_sys(m);
	d.arch = "ppc64";
	model_destroy(m);
	m = model_create();
	d.sys = model_sys(m);
	model_add_file(m, "/proc/cpuinfo", "processor : 0\nplatform : PowerMac\n");
	doctor_run(&d);
	find_bad("platform", FINDING_FAIL, "");
}

/* POWER8, and LPARs of POWER9 under PowerVM: EAL would end at start. */
static void
test_hash_mmu_fails(void **state)
{
	(void)state;
	model_destroy(m);
	m = model_create();
	d.sys = model_sys(m);
	model_add_file(m, "/proc/cpuinfo",
		       "platform\t: PowerNV\nfirmware\t: OPAL\nMMU\t\t: Hash\n");
	model_add_file(m, "/proc/device-tree/model", "8335-GCA");
	model_add_file(m, "/proc/device-tree/ibm,opal/firmware/git-id", "58a4b2c");
	doctor_run(&d);
	assert_string_equal(find_bad("mmu", FINDING_FAIL, "disable_radix")->state, "Hash");
	assert_string_equal(find("firmware", FINDING_FINE)->state, "8335-GCA, 58a4b2c");
}

static void
check_release(const char *release, bool lpar, enum finding_level level)
{
	struct doctor one = d;
	unsigned int i;

	memset(&one.findings, 0, sizeof(one.findings));
	one.release = release;
	if (!lpar) {
		model_destroy(m);
		m = model_create();
		one.sys = d.sys = model_sys(m);
		model_add_file(m, "/proc/cpuinfo", "platform : PowerNV\n");
	}
	assert_true(doctor_check_platform(&one));
	for (i = 0; strcmp(one.findings.list[i].topic, "kernel") != 0; i++)
		assert_true(i + 1 < one.findings.n);
	assert_int_equal(one.findings.list[i].level, level);
	assert_int_equal(one.findings.list[i].why[0] == '\0', level == FINDING_FINE);
	doctor_findings_free(&one.findings);
}

static void
test_kernel_release_graded(void **state)
{
	(void)state;
	check_release("3.10.0-1160.el7", true, FINDING_FAIL);
	check_release("4.18.0-553.el8", true, FINDING_LIMIT);
	check_release("5.19.0", true, FINDING_FAIL);
	check_release("6.1.0-38-powerpc64le", true, FINDING_FAIL);
	check_release("6.8.1", true, FINDING_LIMIT);
	check_release("6.12.1", true, FINDING_LIMIT);
	check_release("6.12.20", true, FINDING_LIMIT);
	check_release("6.12.34", true, FINDING_FINE);
	check_release("7.2-rc1", true, FINDING_FINE);
	check_release("a kernel", true, FINDING_LIMIT);
	check_release("3.10.0-1160.el7", false, FINDING_FAIL);
	check_release("5.14.0-570.el9", false, FINDING_FINE);
	check_release("6.1.0-38-powerpc64le", false, FINDING_FAIL);
	check_release("6.4.0", false, FINDING_FINE);
}

static void
test_each_missing_setting_has_fix(void **state)
{
	(void)state;
	model_destroy(m);
	m = model_create();
	d.sys = model_sys(m);
	model_add_file(m, "/proc/cpuinfo", "platform\t: pSeries\n");
	model_add_file(m, "/proc/powerpc/eeh", "EEH Subsystem is disabled\n");
	model_add_file(m, "/sys/module/vfio_pci_core/parameters/disable_idle_d3", "N\n");
	model_set_memlock(m, false, 8 << 20);
	doctor_run(&d);
	find_bad("vfio", FINDING_FAIL, "modprobe -a vfio_iommu_spapr_tce vfio_pci");
	find_bad("idle-d3", FINDING_LIMIT, "disable_idle_d3=1");
	find_bad("eeh", FINDING_LIMIT, "eeh=off");
	find_bad("hugepages", FINDING_FAIL, "dpdk-hugepages.py");
	find_bad("devices", FINDING_LIMIT, "dpdk-devbind.py");
	find_bad("plugin", FINDING_LIMIT, "-d PATH/librte_bus_vfio_spapr.so");
	assert_int_equal(doctor_findings_worst(&d.findings), FINDING_FAIL);
}

static void
test_built_in_modules_found(void **state)
{
	(void)state;
	model_destroy(m);
	m = model_create();
	d.sys = model_sys(m);
	model_add_file(m, "/lib/modules/6.12.90+deb13-powerpc64le/modules.builtin",
		       "kernel/drivers/vfio/vfio_iommu_spapr_tce.ko\n"
		       "kernel/drivers/vfio/pci/vfio_pci.ko\n");
	doctor_check_modules(&d);
	find("vfio", FINDING_FINE);
}

static void
test_memlock_compared_with_hugepages(void **state)
{
	(void)state;
	model_add_hugepages(m, MODEL_2M, 512);
	model_set_memlock(m, false, 64 << 20);
	doctor_check_memory(&d);
	find_bad("memlock", FINDING_LIMIT, "ulimit -l");
	model_set_memlock(m, false, UINT64_C(2) << 30);
	doctor_check_memory(&d);
	find("memlock", FINDING_FINE);
	model_fail_memlock(m, EIO);
	doctor_check_memory(&d);
	assert_non_null(strstr(d.findings.list[d.findings.n - 1].state, "cannot be read"));
}

static void
test_hugepages_made_on_demand_found(void **state)
{
	(void)state;
	model_add_hugepages(m, MODEL_2M, 0);
	model_add_hugepage_counter(m, MODEL_2M, "nr_overcommit_hugepages", 600);
	doctor_check_memory(&d);
	assert_string_equal(find("hugepages", FINDING_FINE)->state,
			    "600 of 2M (1200M): 600 made on demand");
}

static void
test_devices_graded_by_group(void **state)
{
	(void)state;
	add_nic("0001:00:01.0", 1, "e1000e");
	add_nic("0002:00:01.0", 2, "vfio-pci");
	add_nic("0003:00:01.0", 3, "vfio-pci");
	model_group_cfg(m, 2)->busy = true;
	model_group_cfg(m, 3)->denied = true;
	model_add_device(m, -1, "0004:00:01.0", "");
	model_add_file(m, PCI "0004:00:01.0/class", "0x020000\n");
	model_add_device(m, 5, "0005:00:01.0", "vfio-pci");
	model_add_file(m, PCI "0005:00:01.0/class", "0x00ff00\n");
	model_add_group(m, &(struct model_group_cfg){ .number = 5, .pgsizes = MODEL_4K });
	model_add_device(m, 6, "0006:00:01.0", "nvme");
	model_add_file(m, PCI "0006:00:01.0/class", "0x010802\n");
	d.platform = PLATFORM_PSERIES;
	doctor_check_devices(&d);
	assert_non_null(
		strstr(find("0001:00:01.0", FINDING_FINE)->fix, "dpdk-devbind.py -b vfio-pci"));
	find_bad("0002:00:01.0", FINDING_FAIL, "");
	find_bad("0003:00:01.0", FINDING_LIMIT, "");
	find_bad("0004:00:01.0", FINDING_LIMIT, "");
	assert_non_null(strstr(find_bad("0005:00:01.0", FINDING_LIMIT, "ddw=on")->state,
			       "no dynamic windows"));
	assert_int_equal(d.findings.n, 6); /* the disk is nobody's business */
}

static void
test_poisoned_group_fails_on_pseries_only(void **state)
{
	(void)state;
	add_nic("0001:00:01.0", 1, "vfio-pci");
	model_add_file(m, "/dev/kmsg",
		       "6,400,6892074,-;e1000e 0001:00:01.0: ibm,create-pe-dma-window(2027) 800 "
		       "8000000 20000001 18 1f returned -1 (liobn = 0x0 starting addr = 0 0)\n");
	d.platform = PLATFORM_PSERIES;
	doctor_check_devices(&d);
	assert_non_null(strstr(find_bad("0001:00:01.0", FINDING_FAIL, "")->state, "next reboot"));
	/* On bare metal nothing is lost like that. */
	doctor_findings_free(&d.findings);
	d.platform = PLATFORM_POWERNV;
	doctor_check_devices(&d);
	assert_int_equal(doctor_findings_worst(&d.findings), FINDING_FINE);
}

static char *
written(int (*print)(const struct findings *, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(print(&d.findings, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static int
print_text(const struct findings *f, FILE *out)
{
	doctor_findings_print(f, out);
	return 0;
}

static void
test_report_printed_as_text_and_json(void **state)
{
	json_t *root, *list;
	char *text;

	(void)state;
	add_nic("0001:00:01.0", 1, "vfio-pci");
	doctor_run(&d);
	text = written(print_text);
	assert_non_null(strstr(text, "fail   hugepages: none; why: memory for devices must be in "
				     "hugepages; fix: dpdk-hugepages.py -p 2M --setup 1G\n"));
	assert_non_null(strstr(text, "will not work here"));
	free(text);

	text = written(doctor_findings_print_json);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_integer_value(json_object_get(root, "status")), 2);
	list = json_object_get(root, "findings");
	assert_int_equal(json_array_size(list), d.findings.n);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "level")),
			    "fine");
	json_decref(root);
	free(text);

	/* A text that is no UTF-8 cannot be told in JSON: an error, not a report with a gap. */
	doctor_finding_add(&d.findings, FINDING_FINE, "bad", "%s", "\xff");
	assert_int_equal(doctor_findings_print_json(&d.findings, stdout), -ENOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_lpar_is_fine, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_other_processor_fails, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_power_without_spapr_fails, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_hash_mmu_fails, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_kernel_release_graded, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_each_missing_setting_has_fix, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_built_in_modules_found, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_hugepages_made_on_demand_found, good_lpar,
						end),
		cmocka_unit_test_setup_teardown(test_memlock_compared_with_hugepages, good_lpar,
						end),
		cmocka_unit_test_setup_teardown(test_devices_graded_by_group, good_lpar, end),
		cmocka_unit_test_setup_teardown(test_poisoned_group_fails_on_pseries_only,
						good_lpar, end),
		cmocka_unit_test_setup_teardown(test_report_printed_as_text_and_json, good_lpar,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
