/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Find the driver that has disabled the dynamic windows of a PE. */

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "ddw_group.h"

#define SYSFS_GROUP_DEVICES "/sys/kernel/iommu_groups/%d/devices"
#define SYSFS_PCI_DEVICES   "/sys/bus/pci/devices"
#define SYSFS_PCI_DRIVERS   "/sys/bus/pci/drivers"
#define KERNEL_LOG	    "/dev/kmsg"
#define KERNEL_RELEASE	    "/proc/sys/kernel/osrelease"
#define MODULES		    "/lib/modules/"

struct search {
	const struct ddw_sys *sys;
	struct ddw_culprit *culprit;
	int group;
	char release[128];  /* of the running kernel */
	char modalias[160]; /* of the device that is looked at */
};

/* Names of modules are written with "-" or "_", as anybody likes. */
static bool
same_module(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len && a[i] != '\0' && b[i] != '\0'; i++)
		if (a[i] != b[i] && (strchr("-_", a[i]) == NULL || strchr("-_", b[i]) == NULL))
			return false;
	return i == len && a[i] == '\0';
}

static void
copy_name(char *to, size_t size, const char *from, size_t len)
{
	len = len < size ? len : size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

/*
 * One record of the kernel's log:
 * 6,339,827031,-;virtio-pci 0004:00:01.0: ibm,create-pe-dma-window(2027) 800
 * 8000000 20000004 18 0 returned -3 (...)
 * The last three numbers are the shifts of page and window, and the answer.
 */
static int
parse_log_record(const char *text, void *arg)
{
	char driver[DDW_DRIVER_NAME], pci[DDW_PCI_NAME];
	unsigned int page_shift, window_shift;
	struct search *s = arg;
	const char *line = strchr(text, ';');
	int answer;
	size_t n;

	line = line == NULL ? text : line + 1;
	if (sscanf(line,
		   "%63s %31[0-9a-fA-F:.] ibm,create-pe-dma-window(%*x) %*x %*x %*x %x %x "
		   "returned %d",
		   driver, pci, &page_shift, &window_shift, &answer) != 5)
		return 0;
	n = strlen(pci);
	if (n == 0 || pci[n - 1] != ':')
		return 0;
	pci[n - 1] = '\0';
	if (answer == 0 || ddw_pci_group(s->sys, SYSFS_PCI_DEVICES, pci) != s->group)
		return 0;
	/* The last one counts: it is the one that the kernel remembers. */
	s->culprit->proof = DDW_CULPRIT_LOGGED;
	s->culprit->answer = answer;
	s->culprit->no_size = window_shift < page_shift;
	copy_name(s->culprit->driver, sizeof(s->culprit->driver), driver, strlen(driver));
	copy_name(s->culprit->pci, sizeof(s->culprit->pci), pci, strlen(pci));
	return 0;
}

/* "alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e" */
static int
match_module_alias(const char *text, void *arg)
{
	char pattern[160], module[DDW_DRIVER_NAME];
	struct search *s = arg;

	if (sscanf(text, "alias %159[^ ] %63s", pattern, module) != 2 ||
	    fnmatch(pattern, s->modalias, 0) != 0)
		return 0;
	copy_name(s->culprit->module, sizeof(s->culprit->module), module, strlen(module));
	return 1;
}

/* "virtio_pci.alias=pci:v00001AF4d*sv*sd*bc*sc*i*", in kernels that tell. */
static int
match_builtin_alias(const char *text, void *arg)
{
	static const char key[] = ".alias=";
	struct search *s = arg;
	const char *found = strstr(text, key);

	if (found == NULL || fnmatch(found + sizeof(key) - 1, s->modalias, 0) != 0)
		return 0;
	copy_name(s->culprit->module, sizeof(s->culprit->module), text, (size_t)(found - text));
	return 1;
}

/* "kernel/drivers/virtio/virtio_pci.ko" */
static int
is_builtin_module(const char *text, void *arg)
{
	const struct search *s = arg;
	const char *name = strrchr(text, '/'), *end;

	name = name == NULL ? text : name + 1;
	end = strstr(name, ".ko");
	return end != NULL && same_module(s->culprit->module, name, (size_t)(end - name));
}

static int
read_module_list(struct search *s, const char *file, int (*line)(const char *text, void *arg))
{
	char path[256];

	if (s->release[0] == '\0')
		return -ENOENT;
	snprintf(path, sizeof(path), MODULES "%s/%s", s->release, file);
	return s->sys->read_lines(s->sys->ctx, path, line, s);
}

/* The driver that the kernel has for a device; 1 when there is one. */
static int
guess_driver(const char *pci, void *arg)
{
	struct search *s = arg;
	char path[128];

	snprintf(path, sizeof(path), SYSFS_PCI_DEVICES "/%.32s/modalias", pci);
	if (s->sys->read_file(s->sys->ctx, path, s->modalias, sizeof(s->modalias)) <= 0)
		return 0;
	s->modalias[strcspn(s->modalias, "\n")] = '\0';
	if (read_module_list(s, "modules.builtin.modinfo", match_builtin_alias) != 1 &&
	    read_module_list(s, "modules.alias", match_module_alias) != 1)
		return 0;
	s->culprit->proof = DDW_CULPRIT_LIKELY;
	copy_name(s->culprit->pci, sizeof(s->culprit->pci), pci, strlen(pci));
	copy_name(s->culprit->driver, sizeof(s->culprit->driver), s->culprit->module,
		  strlen(s->culprit->module));
	return 1;
}

/* Drivers and their modules differ in name; a driver that is loaded tells. */
static void
find_driver_module(const struct search *s)
{
	struct ddw_culprit *c = s->culprit;
	char path[160], target[256];
	const char *name = c->driver;

	snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%s/module", c->driver);
	if (s->sys->read_link(s->sys->ctx, path, target, sizeof(target)) > 0 &&
	    strrchr(target, '/') != NULL)
		name = strrchr(target, '/') + 1;
	copy_name(c->module, sizeof(c->module), name, strlen(name));
}

int
ddw_group_culprit(const struct ddw_sys *sys, int number, struct ddw_culprit *culprit)
{
	struct search s = { .sys = sys, .culprit = culprit, .group = number };
	char path[96];
	int ret;

	memset(culprit, 0, sizeof(*culprit));
	if (sys->read_file(sys->ctx, KERNEL_RELEASE, s.release, sizeof(s.release)) <= 0)
		s.release[0] = '\0';
	s.release[strcspn(s.release, "\n")] = '\0';

	/* What was read before an error is as good as ever. */
	(void)sys->read_lines(sys->ctx, KERNEL_LOG, parse_log_record, &s);
	if (culprit->proof == DDW_CULPRIT_LOGGED) {
		find_driver_module(&s);
	} else {
		snprintf(path, sizeof(path), SYSFS_GROUP_DEVICES, number);
		ret = sys->list_dir(sys->ctx, path, guess_driver, &s);
		if (ret < 0)
			return ret;
		if (ret == 0)
			return -ENOENT;
	}
	culprit->builtin = read_module_list(&s, "modules.builtin", is_builtin_module) == 1;
	return 0;
}

static void
blame_vfio(const struct ddw_culprit *c, struct ddw_error *err)
{
	ddw_error_why(err,
		      "a program requested a window through vfio-pci (%s), firmware refused it "
		      "(%d), and the kernel does not retry",
		      c->pci, c->answer);
	ddw_error_fix(err, "look for ibm,create-pe-dma-window in the kernel log (dmesg), then "
			   "reboot");
}

void
ddw_culprit_blame(const struct ddw_culprit *c, struct ddw_error *err)
{
	char how[160];

	if (c->proof == DDW_CULPRIT_UNKNOWN)
		return;
	if (strncmp(c->driver, "vfio", 4) == 0) {
		blame_vfio(c, err);
		return;
	}
	if (c->proof == DDW_CULPRIT_LOGGED)
		ddw_error_why(err,
			      "the host driver %s requested a window for %s%s; firmware refused "
			      "it (%d), and the kernel does not retry",
			      c->driver, c->pci,
			      c->no_size ? ", of size 0, as in a KVM guest without maxmem" : "",
			      c->answer);
	else
		ddw_error_why(err,
			      "an earlier attempt to create a window failed, and the kernel does "
			      "not retry; the host driver of %s, %s, may have caused it",
			      c->pci, c->driver);
	if (c->builtin)
		snprintf(how, sizeof(how), "disable_ddw (%s is built in and cannot be blacklisted)",
			 c->module);
	else
		snprintf(how, sizeof(how), "modprobe.blacklist=%s, or disable_ddw", c->module);
	ddw_error_fix(err, "reboot with the kernel parameter %s; %sthen bind %s to vfio-pci", how,
		      c->no_size ? "or start QEMU with maxmem, such as -m 4G,slots=2,maxmem=8G; "
				 : "",
		      c->pci);
}
