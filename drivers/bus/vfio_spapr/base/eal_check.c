/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Without DPDK's headers: to the compiler their functions are never NULL. */

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/eal_check.h"
#include "base/eal_symbols.h"

/* How many names a message has. */
#define NAMES 3

#define DECLARE(name) extern const char(name)[] __attribute__((weak));
EAL_REQUIRED(DECLARE)

#define ENTRY(name) { #name, (name) },
static const struct symbol {
	const char *name;
	const void *addr;
} required[] = { EAL_REQUIRED(ENTRY) };

#define N_REQUIRED (sizeof(required) / sizeof(required[0]))

int
spapr_eal_check(struct ddw_error *err)
{
	unsigned int missing = 0;
	char names[NAMES * 48], more[32] = "";
	size_t i, n = 0;

	for (i = 0; i < N_REQUIRED; i++)
		if (required[i].addr == NULL && missing++ < NAMES)
			n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
					      n == 0 ? "" : ", ", required[i].name);
	if (missing == 0)
		return 0;
	if (missing > NAMES)
		(void)snprintf(more, sizeof(more), " and %u more", missing - NAMES);
	return ddw_fail(err, DDW_MSG_EAL_SYMBOLS, ENOTSUP,
			"the plugin finds no %s%s in this process", names, more);
}

void
spapr_eal_print(const struct ddw_error *err)
{
	fprintf(stderr, "VFIO_SPAPR: %s: %s\nVFIO_SPAPR:   why: %s\nVFIO_SPAPR:   fix: %s\n",
		ddw_msg_name(err->msg), err->what, err->why, err->fix);
}

/* Return the object that defines rte_eal_init() for a handle of dlopen(), and its name. */
static const struct link_map *
eal_of(void *handle)
{
	void *addr = dlsym(handle, "rte_eal_init");
	void *map = NULL, *sym = NULL;
	Dl_info info;

	if (addr == NULL || dladdr1(addr, &info, &map, RTLD_DL_LINKMAP) == 0 ||
	    dladdr1(addr, &info, &sym, RTLD_DL_SYMENT) == 0)
		return NULL;
	/* The stub of a program that takes the address of the function is no definition. */
	return sym != NULL && ((ElfW(Sym) *)sym)->st_shndx == SHN_UNDEF ? NULL : map;
}

static const char *
object_name(const struct link_map *map)
{
	return map->l_name[0] == '\0' ? "the program" : map->l_name;
}

int
spapr_eal_check_copies(struct ddw_error *err)
{
	void *program = dlopen(NULL, RTLD_LAZY), *handle;
	const struct link_map *first = NULL, *other = NULL, *map = NULL;

	/* The first one is that of the program: the calls of the plugin go there, too. */
	if (program != NULL && dlinfo(program, RTLD_DI_LINKMAP, &map) == 0)
		first = eal_of(program);
	for (; first != NULL && other == NULL && map != NULL; map = map->l_next) {
		handle = map->l_name[0] == '\0' ? NULL
						: dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
		if (handle == NULL)
			continue;
		other = eal_of(handle);
		if (other == first)
			other = NULL;
		dlclose(handle);
	}
	if (program != NULL)
		dlclose(program);
	if (other == NULL)
		return 0;
	return ddw_fail(err, DDW_MSG_EAL_TWICE, EEXIST,
			"there are two copies of EAL in this process, in %s and in %s: the plugin "
			"uses that of %s",
			object_name(first), object_name(other), object_name(first));
}
