/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What EAL finds in its plugin directory: it loads each file there into each program, and does
 * not start where one cannot be loaded. The library needs functions of mempools, which a program
 * need not have: such a program goes on without the handler.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((constructor)) load_library(void)
{
	const char *why;

	if (dlopen(LIBRARY, RTLD_NOW) != NULL)
		return;
	why = dlerror();
	if (why != NULL && (strstr(why, "undefined symbol") == NULL ||
			    dlsym(RTLD_DEFAULT, "rte_mempool_create_empty") != NULL))
		fprintf(stderr, "MEMPOOL_DDW: %s\n", why);
}
