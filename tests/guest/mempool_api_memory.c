/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Memory that the application brings. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_mempool_ddw.h>

#include "mempool_api.h"

#define ADOPTED (16 * MEBI)

static void *
map_file(const char *path, int *fd)
{
	void *addr;

	*fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (*fd < 0 || ftruncate(*fd, (off_t)ADOPTED) != 0)
		return NULL;
	addr = mmap(NULL, ADOPTED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, *fd, 0);
	return addr == MAP_FAILED ? NULL : addr;
}

/* A file on hugetlbfs. */
void
test_adopt(const char *path)
{
	struct rte_mempool_ddw_conf conf = { 0 };
	struct rte_mempool *mp, *second;
	void *addr, *obj = NULL;
	int fd, round;

	addr = map_file(path, &fd);
	expect(addr != NULL, "a file");
	if (addr == NULL)
		return;
	for (round = 0; round < 3; round++) {
		conf.memory = rte_mempool_ddw_adopt(addr, ADOPTED);
		expect(conf.memory != NULL, "adopted");
		if (conf.memory == NULL)
			return;
		expect(rte_mempool_ddw_adopt(addr, ADOPTED) == NULL && rte_errno == EEXIST,
		       "not twice");
		mp = packets("adopted", BUFFERS, SOCKET_ID_ANY, &conf);
		expect(mp != NULL, "a pool of it");
		second = packets("second", BUFFERS, SOCKET_ID_ANY, &conf);
		expect(second == NULL, "one at a time");
		if (mp == NULL)
			return;
		expect(rte_mempool_get(mp, &obj) == 0 && obj >= addr &&
			       (char *)obj < (char *)addr + ADOPTED,
		       "its objects are there");
		if (round == 0)
			show_and_wait(&obj, 1, mp->elt_size);
		expect(rte_mempool_ddw_release(conf.memory) == -EBUSY, "in use");
		rte_mempool_put(mp, obj);
		expect(rte_mempool_ddw_free(mp) == 0 && rte_mempool_ddw_release(conf.memory) == 0,
		       "released");
	}
	(void)close(fd);
	expect(munmap(addr, ADOPTED) == 0 && unlink(path) == 0, "and its own again");
}

/* Normal pages: "default" when there is a default window, which takes them. */
void
test_small_pages(const char *argument)
{
	void *addr = mmap(NULL, ADOPTED, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct rte_mempool_ddw_conf conf = { .memory = rte_mempool_ddw_adopt(addr, ADOPTED) };
	struct rte_mempool *mp;
	void *obj = NULL;

	if (strcmp(argument, "default") != 0) {
		expect(conf.memory == NULL && rte_errno == ENOTSUP, "small pages are refused");
		return;
	}
	expect(conf.memory != NULL, "small pages for the default window");
	if (conf.memory == NULL)
		return;
	mp = packets("small", BUFFERS, SOCKET_ID_ANY, &conf);
	expect(mp != NULL && rte_mempool_get(mp, &obj) == 0 &&
		       rte_mempool_virt2iova(obj) < UINT64_C(1) << 32,
	       "a pool of small pages is there");
	if (mp == NULL)
		return;
	rte_mempool_put(mp, obj);
	expect(rte_mempool_ddw_free(mp) == 0 && rte_mempool_ddw_release(conf.memory) == 0,
	       "small pages released");
}
