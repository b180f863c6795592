/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Without DPDK's headers: to the compiler their functions are never NULL. */

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "edu_bind.h"

#define DECLARE(name) extern const char(name)[] __attribute__((weak));
EDU_EAL(DECLARE)
EDU_DMADEV(DECLARE)

#define ENTRY(name) (name),
static const char *const eal[] = { EDU_EAL(ENTRY) };
static const char *const dmadev[] = { EDU_DMADEV(ENTRY) };

extern void rte_pci_register(struct rte_pci_driver *driver) __attribute__((weak));

/* All libraries of a shared DPDK are in one folder, with one ending. */
#define EAL_FILE "librte_eal.so"
#define PCI_FILE "librte_bus_pci.so"

static bool
all_there(const char *const *symbols, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (symbols[i] == NULL)
			return false;
	return true;
}

enum edu_bind
edu_bind(void)
{
	if (!all_there(eal, sizeof(eal) / sizeof(eal[0])))
		return EDU_BIND_NO_EAL;
	if (!all_there(dmadev, sizeof(dmadev) / sizeof(dmadev[0])))
		return EDU_BIND_NO_DMADEV;
	return EDU_BIND_ALL;
}

static void *
load_pci_bus(void)
{
	char path[PATH_MAX];
	const char *name;
	Dl_info info;

	if (dladdr(rte_version, &info) == 0)
		return NULL;
	name = strstr(info.dli_fname, EAL_FILE);
	if (name == NULL ||
	    snprintf(path, sizeof(path), "%.*s" PCI_FILE "%s", (int)(name - info.dli_fname),
		     info.dli_fname, name + strlen(EAL_FILE)) >= (int)sizeof(path))
		return NULL;
	return dlopen(path, RTLD_NOW);
}

int
edu_bind_pci_register(struct rte_pci_driver *driver)
{
	void (*fn)(struct rte_pci_driver *) = rte_pci_register;
	void *file;

	if (fn == NULL) {
		file = load_pci_bus();
		if (file == NULL)
			return -1;
		*(void **)&fn = dlsym(file, "rte_pci_register");
	}
	if (fn == NULL)
		return -1;
	fn(driver);
	return 0;
}
