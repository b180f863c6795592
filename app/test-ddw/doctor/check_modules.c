/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "doctor/check_modules.h"

/* Match a line of modules.builtin: modules built into the kernel may have no folder in sysfs. */
static bool
is_builtin_line(const char *line, const char *module)
{
	const char *name = strrchr(line, '/');
	size_t len = strlen(module);

	name = name == NULL ? line : name + 1;
	return strncmp(name, module, len) == 0 && strcmp(name + len, ".ko") == 0;
}

static int
builtin_line(const char *line, void *arg)
{
	return is_builtin_line(line, arg);
}

static bool
module_exists(const struct doctor *d, char *module)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	if (doctor_exists(d, path))
		return true;
	snprintf(path, sizeof(path), "/lib/modules/%.64s/modules.builtin", d->release);
	return d->sys->read_lines(d->sys->ctx, path, builtin_line, module) > 0;
}

static void
check_loaded(struct doctor *d)
{
	static char needed[][24] = { "vfio_iommu_spapr_tce", "vfio_pci" };
	char missing[64] = "";
	struct finding *f;
	unsigned int i;
	size_t used;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		used = strlen(missing);
		if (!module_exists(d, needed[i]))
			snprintf(missing + used, sizeof(missing) - used, "%s%s",
				 used > 0 ? " " : "", needed[i]);
	}
	if (missing[0] == '\0') {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "vfio",
					 "vfio_iommu_spapr_tce and vfio_pci are loaded");
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_FAIL, "vfio", "not loaded: %s", missing);
	doctor_finding_why(
		f, "DPDK reaches devices through vfio_pci, and vfio_iommu_spapr_tce maps memory "
		   "for them");
	doctor_finding_fix(f, "modprobe -a %s", missing);
}

/*
 * Check that vfio_pci keeps idle devices out of D3: on some machines access to them freezes
 * the PE.
 */
static void
check_idle_d3(struct doctor *d)
{
	static const char *const paths[] = {
		"/sys/module/vfio_pci/parameters/disable_idle_d3",
		"/sys/module/vfio_pci_core/parameters/disable_idle_d3",
	};
	struct finding *f;
	char text[8];
	unsigned int i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (doctor_read(d, paths[i], text, sizeof(text)))
			break;
	if (i == sizeof(paths) / sizeof(paths[0]))
		return;
	if (text[0] == 'Y') {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "idle-d3",
					 "disable_idle_d3=Y");
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_LIMIT, "idle-d3", "disable_idle_d3=%s", text);
	doctor_finding_why(
		f, "vfio_pci puts unused devices to sleep (D3), which makes EEH freeze some of "
		   "them");
	doctor_finding_fix(f, "echo 'options vfio_pci disable_idle_d3=1' > "
			      "/etc/modprobe.d/vfio_pci.conf, then load vfio_pci again");
}

void
doctor_check_modules(struct doctor *d)
{
	check_loaded(d);
	check_idle_d3(d);
}
