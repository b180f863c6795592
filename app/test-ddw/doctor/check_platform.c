/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdio.h>
#include <string.h>

#include "doctor/check_platform.h"

/* What VFIO can do on POWER, by release; see "Kernel" in doc/guides/prerequisites.rst. */
struct era {
	unsigned int from; /* first release, see version() */
	enum finding_level pseries;
	enum finding_level powernv;
	const char *pseries_why;
	const char *powernv_why;
};

#define VERSION(a, b, c) ((a) << 20 | (b) << 10 | (c))

static const char lpar_v1[] =
	"VFIO offers the default window only here, mapped on demand (sPAPR v1): no dynamic window";
static const char no_claim[] =
	"vfio cannot take devices from 5.19 to 6.3 (no IOMMU operations for powerpc), unless the "
	"distribution has commit a940904443e4";

static const struct era eras[] = {
	{ VERSION(0U, 0, 0), FINDING_FAIL, FINDING_FAIL, "VFIO does not support LPARs",
	  "VFIO has no dynamic windows before 4.2" },
	{ VERSION(4U, 2, 0), FINDING_FAIL, FINDING_FINE, "VFIO does not support LPARs", "" },
	{ VERSION(4U, 12, 0), FINDING_LIMIT, FINDING_FINE, lpar_v1, "" },
	{ VERSION(5U, 19, 0), FINDING_FAIL, FINDING_FAIL, no_claim, no_claim },
	{ VERSION(6U, 4, 0), FINDING_LIMIT, FINDING_FINE, lpar_v1, "" },
	{ VERSION(6U, 11, 0), FINDING_LIMIT, FINDING_FINE,
	  "before 6.12.13 a second group causes a kernel oops", "" },
	{ VERSION(6U, 12, 13), FINDING_LIMIT, FINDING_FINE,
	  "before 6.12.34 the kernel leaks memory each time a group is closed", "" },
	{ VERSION(6U, 12, 34), FINDING_FINE, FINDING_FINE, "", "" },
};

static int
cpuinfo_line(const char *line, void *arg)
{
	struct doctor *d = arg;

	if (strncmp(line, "platform", 8) != 0 && strncmp(line, "machine", 7) != 0)
		return 0;
	if (strstr(line, "PowerNV") != NULL)
		d->platform = PLATFORM_POWERNV;
	else if (strstr(line, "pSeries") != NULL)
		d->platform = PLATFORM_PSERIES;
	return d->platform != PLATFORM_OTHER;
}

static void
check_kernel(struct doctor *d)
{
	unsigned int a = 0, b = 0, c = 0, now, i;
	const struct era *era = &eras[0];
	enum finding_level level;
	struct finding *f;

	/* "6.12.90+deb13-powerpc64le", "5.14.0-570.el9": the third number may be missing. */
	if (sscanf(d->release, "%u.%u.%u", &a, &b, &c) < 2) {
		f = doctor_finding_add(&d->findings, FINDING_LIMIT, "kernel", "Linux %s",
				       d->release);
		doctor_finding_why(f, "its version cannot be read, so known bugs are not checked");
		return;
	}
	now = VERSION(a, b, c);
	for (i = 1; i < sizeof(eras) / sizeof(eras[0]) && eras[i].from <= now; i++)
		era = &eras[i];
	level = d->platform == PLATFORM_PSERIES ? era->pseries : era->powernv;
	f = doctor_finding_add(&d->findings, level, "kernel", "Linux %s", d->release);
	if (level == FINDING_FINE)
		return;
	doctor_finding_why(f, "%s",
			   d->platform == PLATFORM_PSERIES ? era->pseries_why : era->powernv_why);
	doctor_finding_fix(f, "install Linux 6.12.34 or newer, or check which fixes the "
			      "distribution has backported");
}

/* Check EEH. Without it device errors are not isolated and frozen devices cannot be reset. */
static void
check_eeh(struct doctor *d)
{
	struct finding *f;
	char text[128];

	if (!doctor_read(d, "/proc/powerpc/eeh", text, sizeof(text)))
		return;
	if (strstr(text, "enabled") != NULL) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "eeh", "enabled");
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_LIMIT, "eeh", "%s", text);
	doctor_finding_why(f, "a device that accesses an unmapped address is not isolated");
	doctor_finding_fix(f, "boot without eeh=off; a guest needs a hypervisor that offers EEH");
}

static int
mmu_line(const char *line, void *arg)
{
	char *mmu = arg;

	if (sscanf(line, "MMU : %23[^\n]", mmu) != 1)
		return 0;
	return 1;
}

/* Check the MMU: EAL starts only with radix (lib/eal/ppc/rte_mmu.c). */
static void
check_mmu(struct doctor *d)
{
	struct finding *f;
	char mmu[24];

	if (d->sys->read_lines(d->sys->ctx, "/proc/cpuinfo", mmu_line, mmu) <= 0)
		return; /* kernels before 4.7 do not say */
	if (strcmp(mmu, "Radix") == 0) {
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "mmu", "radix");
		return;
	}
	f = doctor_finding_add(&d->findings, FINDING_FAIL, "mmu", "%s", mmu);
	doctor_finding_why(f, "DPDK needs the radix MMU; 24.07 and newer report this and exit");
	doctor_finding_fix(f,
			   "boot without disable_radix; bare metal and KVM guests have radix from "
			   "POWER9 on (QEMU: -cpu power9), LPARs of PowerVM from Power10 on");
}

/* Report the firmware version, for bug reports. Its place depends on the platform. */
static void
check_firmware(struct doctor *d)
{
	static const char *const versions[] = {
		"/proc/device-tree/ibm,opal/firmware/version",	    /* bare metal: skiboot */
		"/proc/device-tree/ibm,opal/firmware/git-id",	    /* the same, older */
		"/proc/device-tree/openprom/ibm,fw-vernum_encoded", /* PowerVM */
		"/proc/device-tree/openprom/model",		    /* KVM guest: SLOF */
	};
	char model[128], version[128];
	unsigned int i;

	if (!doctor_read(d, "/proc/device-tree/model", model, sizeof(model)))
		return;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (doctor_read(d, versions[i], version, sizeof(version)))
			break;
	if (i < sizeof(versions) / sizeof(versions[0]))
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "firmware", "%s, %s", model,
					 version);
	else
		(void)doctor_finding_add(&d->findings, FINDING_FINE, "firmware",
					 "%s, version unknown", model);
}

bool
doctor_check_platform(struct doctor *d)
{
	static const char *const names[] = {
		[PLATFORM_OTHER] =
			"neither an LPAR or KVM guest (pSeries) nor bare metal (PowerNV)",
		[PLATFORM_PSERIES] = "LPAR or KVM guest (pSeries)",
		[PLATFORM_POWERNV] = "bare metal (PowerNV)",
	};
	bool power = strncmp(d->arch, "ppc64", 5) == 0;
	struct finding *f;

	d->platform = PLATFORM_OTHER;
	if (power)
		(void)d->sys->read_lines(d->sys->ctx, "/proc/cpuinfo", cpuinfo_line, d);
	if (d->platform == PLATFORM_OTHER) {
		f = doctor_finding_add(&d->findings, FINDING_FAIL, "platform", "%s%s%s", d->arch,
				       power ? ", " : "", power ? names[PLATFORM_OTHER] : "");
		doctor_finding_why(
			f, "the plugin is for 64-bit POWER with the sPAPR IOMMU; elsewhere it "
			   "does nothing, and DPDK works as it does without it");
		return false;
	}
	(void)doctor_finding_add(&d->findings, FINDING_FINE, "platform", "%s, %s", d->arch,
				 names[d->platform]);
	check_firmware(d);
	check_mmu(d);
	check_kernel(d);
	check_eeh(d);
	return true;
}
