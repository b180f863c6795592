/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory_parts.h"
#include "pool.h"

/* Taken at once; a signal that comes meanwhile lets the kernel give back this much. */
#define PIECE (UINT64_C(32) << 20)

static int
fail_range(uint64_t off, uint64_t len, struct ddw_error *err)
{
	return ddw_fail(err, DDW_MSG_BAD_RANGE, EINVAL,
			"0x%" PRIx64 "+0x%" PRIx64 " is not a range of pages of a pool's memory",
			off, len);
}

static bool
in_room(const struct arena *a, uint64_t off, uint64_t len)
{
	uint64_t end;

	return a->base != NULL && len != 0 && ddw_is_aligned(off | len, a->page_size) &&
	       ddw_add(off, len, &end) && end <= a->room;
}

static int
fail_room(const char *name, uint64_t room, int cause, struct ddw_error *err)
{
	int ret;

	ret = ddw_fail(err, DDW_MSG_NO_MEMORY, cause,
		       "%s: cannot reserve %" PRIu64 " bytes of address space", name, room);
	ddw_error_why(err, "mmap() failed: %s", strerror(cause));
	ddw_error_fix(err, "raise the limit of address space (ulimit -v), or use a smaller pool");
	return ret;
}

int
mpddw_memory_reserve(struct arena *a, const char *name, uint64_t room, uint64_t page_size,
		     uint64_t align, int node, struct ddw_error *err)
{
	int fd, ret;

	memset(a, 0, sizeof(*a));
	a->fd = -1;
	if (room == 0 || room > INT64_MAX || !ddw_is_pow2(page_size) || !ddw_is_pow2(align) ||
	    !ddw_is_aligned(room, page_size))
		return fail_range(0, room, err);
	ret = mpddw_node_check(node, err);
	if (ret < 0)
		return ret;
	fd = mpddw_memory_file(name, page_size, err);
	if (fd < 0)
		return fd;
	if (ftruncate(fd, (off_t)room) != 0) {
		ret = fail_room(name, room, errno, err);
		goto fail;
	}
	a->base = mpddw_memory_room(fd, room, RTE_MAX(align, page_size));
	if (a->base == NULL) {
		ret = fail_room(name, room, errno, err);
		goto fail;
	}
	a->lists = mpddw_lists_new();
	if (a->lists == NULL) {
		ret = ddw_fail(err, DDW_MSG_NO_MEMORY, ENOMEM, "%s: cannot allocate its lists",
			       name);
		munmap(a->base, room);
		a->base = NULL;
		goto fail;
	}
	a->room = room;
	a->page_size = page_size;
	a->node = node;
	a->fd = fd;
	return 0;
fail:
	close(fd);
	return ret;
}

/*
 * fallocate() takes pages without a signal when there are none. Those of hugetlbfs come
 * from where the thread's policy says; that of the address range is for faults only.
 */
static int
allocate(const struct arena *a, uint64_t off, uint64_t len)
{
	uint64_t done, n;

	for (done = 0; done < len; done += n) {
		n = RTE_MIN(len - done, RTE_MAX(PIECE, a->page_size));
		while (fallocate(a->fd, 0, (off_t)(off + done), (off_t)n) != 0)
			if (errno != EINTR)
				return -errno;
	}
	return 0;
}

/* The pages are there, so this cannot fail: it makes them part of the address space. */
static void
touch(char *addr, uint64_t len, uint64_t page_size)
{
	volatile char *p;
	uint64_t off;

	for (off = 0; off < len; off += page_size) {
		p = addr + off;
		*p = 0;
	}
}

static int
fail_policy(int node, int cause, struct ddw_error *err)
{
	int ret;

	ret = ddw_fail(err, DDW_MSG_POOL_NODE, cause, "memory cannot be bound to NUMA node %d: %s",
		       node, strerror(-cause));
	ddw_error_why(err, "the cpuset of this process excludes the node, or the container "
			   "forbids set_mempolicy and mbind");
	ddw_error_fix(err, "allow the node or the calls (CAP_SYS_NICE), or request SOCKET_ID_ANY");
	return ret;
}

static void
give_back(const struct arena *a, uint64_t off, uint64_t len)
{
	if (fallocate(a->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)len) !=
	    0)
		LOG(WARNING, "pages at %p cannot be freed: %s", (void *)(a->base + off),
		    strerror(errno));
	/* An access that comes too late must not take a page anew. */
	(void)mprotect(a->base + off, len, PROT_NONE);
}

static int
take_pages(const struct arena *a, uint64_t off, uint64_t len, struct ddw_error *err)
{
	struct node_policy saved;
	int ret;

	ret = mpddw_node_enter(a->node, &saved);
	if (ret < 0)
		return fail_policy(a->node, ret, err);
	ret = allocate(a, off, len);
	mpddw_node_leave(&saved);
	if (ret < 0) {
		/* first, so that the message tells what others find, too */
		give_back(a, off, len);
		if (ret == -ENOSPC || ret == -ENOMEM)
			return mpddw_pages_too_few(len, a->page_size, a->node, err);
		return ddw_fail(err, DDW_MSG_POOL_HUGEPAGES, ret,
				"pages cannot be allocated (fallocate): %s", strerror(-ret));
	}
	if (mprotect(a->base + off, len, PROT_READ | PROT_WRITE) != 0) {
		ret = ddw_fail(err, DDW_MSG_NO_MEMORY, errno, "pages cannot be mapped: %s",
			       strerror(errno));
		ddw_error_why(err, "the process has too many memory mappings, or the memory is "
				   "exhausted");
		ddw_error_fix(err, "raise vm.max_map_count (sysctl), or free some memory");
		return ret;
	}
	ret = mpddw_node_bind(a->base + off, len, a->node);
	if (ret < 0)
		return fail_policy(a->node, ret, err);
	touch(a->base + off, len, a->page_size);
	return mpddw_node_verify(a->base + off, len, a->page_size, a->node, err);
}

int
mpddw_memory_add(struct arena *a, uint64_t off, uint64_t len, struct ddw_error *err)
{
	int ret;

	if (a->adopted != NULL || !in_room(a, off, len))
		return fail_range(off, len, err);
	ret = take_pages(a, off, len, err);
	if (ret == 0)
		ret = mpddw_lists_add(a->lists, a->base + off, len, a->page_size, err);
	if (ret < 0) {
		give_back(a, off, len);
		return ret;
	}
	a->populated += len;
	return 0;
}

void
mpddw_memory_remove(struct arena *a, uint64_t off, uint64_t len)
{
	if (a->adopted != NULL || !in_room(a, off, len))
		return;
	/* A list that EAL keeps serves when pages come back. */
	(void)mpddw_lists_remove(a->lists, a->base + off, len);
	give_back(a, off, len);
	a->populated -= len;
}

void
mpddw_memory_write_iova(struct arena *a, uint64_t off, uint64_t len, uint64_t iova)
{
	if (a->base != NULL)
		mpddw_lists_write_iova(a->lists, a->base + off, len, iova, iova != RTE_BAD_IOVA);
}

void
mpddw_memory_write_poison(struct arena *a, uint64_t off, uint64_t len, uint64_t poison)
{
	if (a->base != NULL)
		mpddw_lists_write_iova(a->lists, a->base + off, len, poison, false);
}

int
mpddw_memory_use(struct arena *a, struct rte_mempool_ddw_memory *memory, struct ddw_error *err)
{
	memset(a, 0, sizeof(*a));
	a->fd = -1;
	if (atomic_exchange(&memory->used, true))
		return ddw_fail(err, DDW_MSG_POOL_BUSY, EBUSY, "another pool uses the memory at %p",
				(void *)memory->base);
	a->base = memory->base;
	a->room = memory->len;
	a->page_size = memory->page_size;
	a->populated = memory->len;
	a->node = SOCKET_ID_ANY;
	a->adopted = memory;
	a->lists = memory->lists;
	return 0;
}

uint64_t
mpddw_memory_adopted_page(const struct rte_mempool_ddw_memory *memory)
{
	return memory->page_size;
}

void
mpddw_memory_release(struct arena *a)
{
	if (a->base == NULL) {
		memset(a, 0, sizeof(*a));
		a->fd = -1;
		return;
	}
	/* EAL may keep a list of it. */
	mpddw_memory_write_iova(a, 0, a->room, RTE_BAD_IOVA);
	if (a->adopted != NULL) {
		atomic_store(&a->adopted->used, false);
	} else if (mpddw_lists_free(a->lists)) {
		munmap(a->base, a->room);
	} else {
		/* Whatever EAL has listed must not become the address of something else. */
		(void)mmap(a->base, a->room, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	}
	if (a->fd >= 0)
		close(a->fd);
	memset(a, 0, sizeof(*a));
	a->fd = -1;
}
