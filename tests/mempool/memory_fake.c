/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <mntent.h>
#include <numa.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "memory_fake.h"

/* The names are the linker's. NOLINTBEGIN(bugprone-reserved-identifier) */

struct fake fake = { .lands_on = -1 };

void
fake_none(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.lands_on = -1;
}

static bool
fails(struct fake_fault *f)
{
	if (f->nth == 0 || --f->nth != 0)
		return false;
	errno = f->err;
	return true;
}

/* A function of which a call can fail, and which otherwise is what it was. */
#define FAULTY(type, name, fault, failed, params, args) \
	type __real_##name params;                      \
	type __wrap_##name params;                      \
	type __wrap_##name params                       \
	{                                               \
		if (fails(&fake.fault))                 \
			return failed;                  \
		return __real_##name args;              \
	}

FAULTY(int, memfd_create, memfd, -1, (const char *name, unsigned int flags), (name, flags))
FAULTY(int, ftruncate64, ftruncate, -1, (int fd, off_t len), (fd, len))
FAULTY(int, mprotect, mprotect, -1, (void *addr, size_t len, int prot), (addr, len, prot))
FAULTY(void *, calloc, calloc, NULL, (size_t n, size_t size), (n, size))
FAULTY(void *, realloc, realloc, NULL, (void *old, size_t size), (old, size))

int __real_fallocate64(int fd, int mode, off_t off, off_t len);
int __wrap_fallocate64(int fd, int mode, off_t off, off_t len);
int
__wrap_fallocate64(int fd, int mode, off_t off, off_t len)
{
	if (mode == 0) {
		fake.allocated = fake.policy;
		if (fails(&fake.fallocate))
			return -1;
	}
	return __real_fallocate64(fd, mode, off, len);
}

int __real_rte_extmem_register(void *addr, size_t len, rte_iova_t iovas[], unsigned int n,
			       size_t page_size);
int __wrap_rte_extmem_register(void *addr, size_t len, rte_iova_t iovas[], unsigned int n,
			       size_t page_size);
int
__wrap_rte_extmem_register(void *addr, size_t len, rte_iova_t iovas[], unsigned int n,
			   size_t page_size)
{
	if (fails(&fake.extmem_register)) {
		rte_errno = fake.extmem_register.err;
		return -1;
	}
	return __real_rte_extmem_register(addr, len, iovas, n, page_size);
}

int __real_rte_extmem_unregister(void *addr, size_t len);
int __wrap_rte_extmem_unregister(void *addr, size_t len);
int
__wrap_rte_extmem_unregister(void *addr, size_t len)
{
	if (fails(&fake.extmem_unregister)) {
		rte_errno = fake.extmem_unregister.err;
		return -1;
	}
	return __real_rte_extmem_unregister(addr, len);
}

enum rte_proc_type_t __real_rte_eal_process_type(void);
enum rte_proc_type_t __wrap_rte_eal_process_type(void);
enum rte_proc_type_t
__wrap_rte_eal_process_type(void)
{
	return fake.secondary ? RTE_PROC_SECONDARY : __real_rte_eal_process_type();
}

/* hugetlbfs */

struct mntent *__wrap_getmntent_r(FILE *f, struct mntent *m, char *text, int len);
struct mntent *
__wrap_getmntent_r(FILE *f, struct mntent *m, char *text, int len)
{
	static char type[] = "hugetlbfs", dir[256];

	/* once for each file that was opened */
	if (fake.mount == NULL || ftell(f) != 0 || fgetc(f) == EOF)
		return NULL;
	snprintf(dir, sizeof(dir), "%s", fake.mount);
	snprintf(text, (size_t)len, "unused");
	memset(m, 0, sizeof(*m));
	m->mnt_type = type;
	m->mnt_dir = dir;
	return m;
}

int __wrap_statfs64(const char *path, struct statfs *fs);
int
__wrap_statfs64(const char *path, struct statfs *fs)
{
	(void)path;
	memset(fs, 0, sizeof(*fs));
	fs->f_bsize = (__fsword_t)fake.mount_page;
	return 0;
}

/* hugepages */

int __real_rte_eal_has_hugepages(void);
int __wrap_rte_eal_has_hugepages(void);
int
__wrap_rte_eal_has_hugepages(void)
{
	return fake.sizes != 0 || __real_rte_eal_has_hugepages();
}

unsigned int __real_mpddw_pages_read(int node, struct page_count counts[PAGE_SIZES]);
unsigned int __wrap_mpddw_pages_read(int node, struct page_count counts[PAGE_SIZES]);
unsigned int
__wrap_mpddw_pages_read(int node, struct page_count counts[PAGE_SIZES])
{
	if (fake.sizes == 0)
		return __real_mpddw_pages_read(node, counts);
	if (node == SOCKET_ID_ANY)
		node = FAKE_NODES - 1;
	memcpy(counts, fake.counts[node], sizeof(fake.counts[node]));
	return fake.sizes;
}

/* NUMA nodes */

int __real_numa_available(void);
int __wrap_numa_available(void);
int
__wrap_numa_available(void)
{
	if (fake.no_numa)
		return -1;
	return fake.nodes != 0 ? 0 : __real_numa_available();
}

int __real_numa_max_node(void);
int __wrap_numa_max_node(void);
int
__wrap_numa_max_node(void)
{
	return fake.nodes != 0 ? (int)fake.nodes - 1 : __real_numa_max_node();
}

long long __real_numa_node_size64(int node, long long *free_bytes);
long long __wrap_numa_node_size64(int node, long long *free_bytes);
long long
__wrap_numa_node_size64(int node, long long *free_bytes)
{
	if (fake.nodes != 0)
		return fake.node_size[node];
	return __real_numa_node_size64(node, free_bytes);
}

long __wrap_get_mempolicy(int *mode, unsigned long *mask, unsigned long bits, void *addr,
			  unsigned int flags);
long
__wrap_get_mempolicy(int *mode, unsigned long *mask, unsigned long bits, void *addr,
		     unsigned int flags)
{
	if (fails(&fake.get_mempolicy))
		return -1;
	assert_true(bits == 1025 && addr == NULL && flags == 0);
	memset(mask, 0, bits / 8);
	*mode = fake.policy.mode;
	mask[0] = fake.policy.mask;
	return 0;
}

long __wrap_set_mempolicy(int mode, const unsigned long *mask, unsigned long bits);
long
__wrap_set_mempolicy(int mode, const unsigned long *mask, unsigned long bits)
{
	if (fails(&fake.set_mempolicy))
		return -1;
	assert_int_equal(bits, 1025);
	fake.policy.mode = mode;
	fake.policy.mask = mask[0];
	return 0;
}

long __wrap_mbind(void *start, unsigned long len, int mode, const unsigned long *mask,
		  unsigned long bits, unsigned int flags);
long
__wrap_mbind(void *start, unsigned long len, int mode, const unsigned long *mask,
	     unsigned long bits, unsigned int flags)
{
	if (fails(&fake.mbind))
		return -1;
	assert_true(start != NULL && len != 0 && bits == 1025 && flags == 0);
	fake.bound.mode = mode;
	fake.bound.mask = mask[0];
	return 0;
}

long __real_move_pages(int pid, unsigned long n, void **pages, const int *nodes, int *status,
		       int flags);
long __wrap_move_pages(int pid, unsigned long n, void **pages, const int *nodes, int *status,
		       int flags);
long
__wrap_move_pages(int pid, unsigned long n, void **pages, const int *nodes, int *status, int flags)
{
	unsigned long i;
	long ret;

	if (fails(&fake.move_pages))
		return -1;
	ret = __real_move_pages(pid, n, pages, nodes, status, flags);
	for (i = 0; ret == 0 && fake.nodes != 0 && i < n; i++)
		if (status[i] >= 0)
			status[i] = fake.lands_on >= 0 ? fake.lands_on
						       : __builtin_ctzl(fake.allocated.mask);
	return ret;
}

/* NOLINTEND(bugprone-reserved-identifier) */
