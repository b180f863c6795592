/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "mbuf_lib.h"

#pragma weak rte_pktmbuf_init
#pragma weak rte_pktmbuf_pool_init

/* All libraries of a shared DPDK are in one folder, with one ending. */
#define MEMPOOL "librte_mempool.so"
#define MBUF	"librte_mbuf.so"

static void *
load_mbuf(void)
{
	struct rte_mempool *(*fn)(const char *, unsigned int, unsigned int, unsigned int,
				  unsigned int, int, unsigned int) = rte_mempool_create_empty;
	char path[PATH_MAX];
	const char *name;
	void *addr;
	Dl_info info;

	memcpy((void *)&addr, (const void *)&fn, sizeof(addr)); /* POSIX has them alike */
	if (dladdr(addr, &info) == 0)
		return NULL;
	name = strstr(info.dli_fname, MEMPOOL);
	if (name == NULL ||
	    snprintf(path, sizeof(path), "%.*s" MBUF "%s", (int)(name - info.dli_fname),
		     info.dli_fname, name + strlen(MEMPOOL)) >= (int)sizeof(path))
		return NULL;
	return dlopen(path, RTLD_NOW);
}

int
mpddw_mbuf_lib(struct mbuf_lib *lib)
{
	void *file;

	*lib = (struct mbuf_lib){ rte_pktmbuf_pool_init, rte_pktmbuf_init };
	if (lib->init != NULL && lib->pool_init != NULL)
		return 0;
	file = load_mbuf();
	if (file == NULL)
		return -ENOTSUP;
	*(void **)&lib->pool_init = dlsym(file, "rte_pktmbuf_pool_init");
	*(void **)&lib->init = dlsym(file, "rte_pktmbuf_init");
	return lib->init != NULL && lib->pool_init != NULL ? 0 : -ENOTSUP;
}
