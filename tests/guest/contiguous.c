/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Scatters the hugepages that are free, then asks EAL for memory that is
 * contiguous for devices, gives it back, and asks again.
 *
 *   contiguous [EAL options] -- MEBIBYTES ZONES ROUNDS
 *
 * Prints one line: how many zones were had, how many pages did not follow the one
 * before, and how many addresses rte_mem_virt2iova() and rte_mem_virt2phy() gave
 * that are not those of the memory segments. The exit status is 1 when not every
 * zone was had, or an address is wrong.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_eal.h>
#include <rte_memory.h>
#include <rte_memzone.h>

#define PAGE	  (UINT64_C(2) << 20)
#define MAX_PAGES 4096
#define MAX_ZONES 64

static struct {
	unsigned int had, missed, apart, translated, spoiled;
} seen;

/* The kernel hands hugepages out in the order in which they came back, last one first. */
static unsigned int
scatter(void)
{
	static void *pages[MAX_PAGES];
	unsigned int n, i, j;
	void *swap;

	for (n = 0; n < MAX_PAGES; n++) {
		pages[n] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		if (pages[n] == MAP_FAILED)
			break;
		*(volatile char *)pages[n] = 1;
	}
	srand(1);
	for (i = n; i > 1; i--) {
		j = (unsigned int)rand() % i;
		swap = pages[i - 1];
		pages[i - 1] = pages[j];
		pages[j] = swap;
	}
	for (i = 0; i < n; i++)
		munmap(pages[i], PAGE);
	return n;
}

static void
check_zone(const struct rte_memzone *mz)
{
	const struct rte_memseg *ms;
	uint64_t off, step;
	char *at;

	for (off = 0; off < mz->len; off += step) {
		at = (char *)mz->addr + off;
		ms = rte_mem_virt2memseg(at, NULL);
		if (ms == NULL) {
			seen.apart++;
			return;
		}
		step = ms->len - (uint64_t)(at - (char *)ms->addr);
		if (ms->iova + (uint64_t)(at - (char *)ms->addr) != mz->iova + off)
			seen.apart++;
		if (rte_mem_virt2iova(at) != mz->iova + off ||
		    rte_mem_virt2phy(at + 1) != mz->iova + off + 1)
			seen.translated++;
	}
	memset(mz->addr, 0x5a, mz->len);
	if (((char *)mz->addr)[mz->len - 1] != 0x5a)
		seen.spoiled++;
}

static void
one_round(unsigned int round, uint64_t mebibytes, unsigned int zones)
{
	const struct rte_memzone *mz[MAX_ZONES];
	char name[32];
	unsigned int i;

	for (i = 0; i < zones && i < MAX_ZONES; i++) {
		snprintf(name, sizeof(name), "contiguous_%u_%u", round, i);
		mz[i] = rte_memzone_reserve(name, mebibytes << 20, SOCKET_ID_ANY,
					    RTE_MEMZONE_IOVA_CONTIG);
		if (mz[i] == NULL) {
			seen.missed++;
			continue;
		}
		seen.had++;
		check_zone(mz[i]);
	}
	/* Not in the order in which they came. */
	for (i = 0; i < zones && i < MAX_ZONES; i++) {
		unsigned int at = (i * 7 + round) % zones;

		if (zones % 7 != 0 && mz[at] != NULL)
			rte_memzone_free(mz[at]);
		else if (zones % 7 == 0 && mz[i] != NULL)
			rte_memzone_free(mz[i]);
	}
}

int
main(int argc, char **argv)
{
	unsigned int pages = scatter(), zones, rounds, i;
	uint64_t mebibytes;
	int used;

	used = rte_eal_init(argc, argv);
	if (used < 0 || argc - used != 4) {
		fprintf(stderr, "usage: contiguous [EAL options] -- MEBIBYTES ZONES ROUNDS\n");
		return 2;
	}
	mebibytes = strtoull(argv[used + 1], NULL, 10);
	zones = (unsigned int)strtoul(argv[used + 2], NULL, 10);
	rounds = (unsigned int)strtoul(argv[used + 3], NULL, 10);
	for (i = 0; i < rounds; i++)
		one_round(i, mebibytes, zones);
	printf("contiguous: scattered=%u had=%u missed=%u apart=%u translated=%u spoiled=%u\n",
	       pages, seen.had, seen.missed, seen.apart, seen.translated, seen.spoiled);
	if (rte_eal_cleanup() != 0)
		return 1;
	return seen.missed + seen.apart + seen.translated + seen.spoiled != 0;
}
