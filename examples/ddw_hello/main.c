/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The smallest program with memory of its own that devices reach: look at the windows,
 * bring two hugepages, make a pool of them, and print the bus addresses of its objects.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mempool_ddw.h>

#define PAGE	((size_t)2 << 20)
#define PAGES	2
#define OBJECT	(512 << 10)
#define OBJECTS 6

static void
show_window(const char *name, enum rte_mempool_ddw_window which)
{
	struct rte_mempool_ddw_window_info w;

	if (rte_mempool_ddw_window_info(which, &w) != 0)
		printf("%s window: none\n", name);
	else
		printf("%s window: 0x%" PRIx64 ", %" PRIu64 " MiB, %" PRIu64 " MiB free, pages of "
		       "%" PRIu64 " KiB\n",
		       name, w.start, w.size >> 20, w.free_bytes >> 20, w.page_size >> 10);
}

/* Memory of our own: devices reach whole pages, so it has to consist of large ones. */
static void *
bring_memory(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	void *memory;

	if (rte_eal_has_hugepages())
		flags |= MAP_HUGETLB;
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory == MAP_FAILED)
		rte_exit(EXIT_FAILURE, "no %d free hugepages of 2M\n", PAGES);
	return memory;
}

static void
show_object(struct rte_mempool *pool, void *opaque, void *object, unsigned int i)
{
	(void)opaque;
	(void)pool;
	printf("object %u: address %p, bus address 0x%" PRIx64 "\n", i, object,
	       rte_mempool_virt2iova(object));
}

int
main(int argc, char **argv)
{
	struct rte_mempool_ddw_conf conf = { 0 };
	struct rte_mempool *pool;
	void *memory;

	if (rte_eal_init(argc, argv) < 0)
		rte_exit(EXIT_FAILURE, "cannot start EAL: %s\n", rte_strerror(rte_errno));
	show_window("main", RTE_MEMPOOL_DDW_WINDOW_MAIN);
	show_window("default", RTE_MEMPOOL_DDW_WINDOW_DEFAULT);

	memory = bring_memory();
	conf.memory = rte_mempool_ddw_adopt(memory, PAGES * PAGE);
	if (conf.memory == NULL)
		rte_exit(EXIT_FAILURE, "the memory cannot be used: %s\n", rte_strerror(rte_errno));
	pool = rte_mempool_create_ddw("hello", OBJECTS, OBJECT, 0, 0, NULL, NULL, NULL, NULL,
				      SOCKET_ID_ANY, 0, &conf);
	if (pool == NULL)
		rte_exit(EXIT_FAILURE, "cannot create the pool: %s\n", rte_strerror(rte_errno));
	(void)rte_mempool_obj_iter(pool, show_object, NULL);

	/* In this order: the pool, what it is made of, the pages themselves. */
	if (rte_mempool_ddw_free(pool) != 0 || rte_mempool_ddw_release(conf.memory) != 0)
		rte_exit(EXIT_FAILURE, "the pool is in use\n");
	(void)munmap(memory, PAGES * PAGE);
	return rte_eal_cleanup() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
