/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Asks EAL for memory that is contiguous for devices, on hugepages that lie scattered,
 * gives it back in another order, and asks again. Compares the addresses that EAL's
 * functions tell of all memory with those of the memory segments.
 *
 *   contiguous [EAL options] -- PAGES MEBIBYTES ZONES ROUNDS
 *   contiguous hold
 *
 * PAGES says what is done with the hugepages that are free before EAL starts: "as-is"
 * nothing; "mixed" they are taken and given back in random order, and the kernel hands
 * them out again in that order; "held" every second one, by physical address, is taken
 * until the end, so that no two free ones are neighbours. "hold" does only that, and waits.
 *
 * Prints one line. "apart" counts places where memory that was to be contiguous is not,
 * "translated" wrong answers of rte_mem_virt2iova() and rte_mem_virt2phy(). The exit
 * status is 1 when not every zone was had, or anything is wrong.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_malloc.h>
#include <rte_memory.h>
#include <rte_memzone.h>

#define PAGE	  (UINT64_C(2) << 20)
#define MAX_PAGES 4096
#define MAX_ZONES 64

struct page {
	void *addr;
	uint64_t frame;
};

static struct {
	unsigned int had, missed, apart, translated, spoiled;
} seen;

/* A thread that asks while the main one takes and gives back memory. */
struct watcher {
	const char *addr;
	uint64_t iova;
	volatile bool end;
	unsigned int wrong, asked;
};

static struct page pages[MAX_PAGES];

static uint64_t
frame_of(const void *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)addr / page * 8)) != 8)
		entry = 0;
	if (fd >= 0)
		(void)close(fd);
	return entry & ((UINT64_C(1) << 55) - 1);
}

static int
by_frame(const void *a, const void *b)
{
	const struct page *p = a, *q = b;

	return (p->frame > q->frame) - (p->frame < q->frame);
}

static unsigned int
take_pages(void)
{
	unsigned int n;

	for (n = 0; n < MAX_PAGES; n++) {
		pages[n].addr = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
		if (pages[n].addr == MAP_FAILED)
			break;
		*(volatile char *)pages[n].addr = 1;
		pages[n].frame = frame_of(pages[n].addr);
	}
	return n;
}

/* Returns the pages that are free afterwards. */
static unsigned int
scatter(const char *how)
{
	bool held = strcmp(how, "held") == 0;
	unsigned int n = take_pages(), i, j, freed = 0;
	struct page swap;

	if (held)
		qsort(pages, n, sizeof(pages[0]), by_frame);
	srand(1);
	for (i = n; !held && i > 1; i--) {
		j = (unsigned int)rand() % i;
		swap = pages[i - 1];
		pages[i - 1] = pages[j];
		pages[j] = swap;
	}
	for (i = 0; i < n; i += held ? 2 : 1) {
		munmap(pages[i].addr, PAGE);
		freed++;
	}
	return freed;
}

static void
check_address(const void *addr, uint64_t iova)
{
	if (rte_mem_virt2iova(addr) != iova || rte_mem_virt2phy((const char *)addr + 1) != iova + 1)
		seen.translated++;
}

static int
check_segment(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	(void)msl;
	(void)arg;
	check_address(ms->addr, ms->iova);
	check_address((const char *)ms->addr + ms->len / 2, ms->iova + ms->len / 2);
	return 0;
}

/* No device reaches this memory: it has no address of any memory, its own frame included. */
static void
check_unknown(const void *addr)
{
	uint64_t iova = rte_mem_virt2iova(addr), frame = frame_of(addr);

	if (rte_mem_iova2virt(iova) != NULL || rte_mem_virt2phy(addr) != iova ||
	    (frame != 0 && iova / (uint64_t)sysconf(_SC_PAGESIZE) == frame))
		seen.translated++;
}

/* The last page of a list is never taken here: there is no memory. */
static int
check_hole(const struct rte_memseg_list *msl, void *arg)
{
	(void)arg;
	check_unknown((const char *)msl->base_va + msl->len - msl->page_sz);
	return 0;
}

static void
check_all(void)
{
	int on_the_stack = 0;

	(void)rte_memseg_walk(check_segment, NULL);
	(void)rte_memseg_list_walk(check_hole, NULL);
	check_unknown(&on_the_stack);
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
		check_address(at, mz->iova + off);
	}
	memset(mz->addr, 0x5a, mz->len);
	if (((char *)mz->addr)[mz->len - 1] != 0x5a)
		seen.spoiled++;
}

static void *
watch(void *arg)
{
	struct watcher *w = arg;

	while (!w->end) {
		w->wrong += rte_mem_virt2iova(w->addr) != w->iova;
		w->wrong += rte_mem_virt2phy(w->addr + 64) != w->iova + 64;
		w->asked++;
	}
	return NULL;
}

static void
one_round(unsigned int round, uint64_t mebibytes, unsigned int zones)
{
	const struct rte_memzone *mz[MAX_ZONES];
	void *between[MAX_ZONES];
	char name[32];
	unsigned int i;

	for (i = 0; i < zones && i < MAX_ZONES; i++) {
		snprintf(name, sizeof(name), "contiguous_%u_%u", round, i);
		mz[i] = rte_memzone_reserve(name, mebibytes << 20, SOCKET_ID_ANY,
					    RTE_MEMZONE_IOVA_CONTIG);
		between[i] = rte_malloc(NULL, (1 + (i + round) % 3) << 20, 0);
		if (mz[i] == NULL) {
			seen.missed++;
			continue;
		}
		seen.had++;
		check_zone(mz[i]);
	}
	check_all();
	/* Not in the order in which they came. */
	for (i = 0; i < zones && i < MAX_ZONES; i++) {
		unsigned int at = zones % 7 != 0 ? (i * 7 + round) % zones : i;

		if (mz[at] != NULL)
			rte_memzone_free(mz[at]);
		rte_free(between[i]);
	}
}

static int
run(char **argv, unsigned int scattered)
{
	struct watcher w = { .addr = rte_malloc(NULL, 4096, 0) };
	unsigned int zones = (unsigned int)strtoul(argv[2], NULL, 10), i;
	unsigned int rounds = (unsigned int)strtoul(argv[3], NULL, 10);
	uint64_t mebibytes = strtoull(argv[1], NULL, 10);
	pthread_t thread;

	w.iova = rte_malloc_virt2iova(w.addr);
	if (w.addr == NULL || pthread_create(&thread, NULL, watch, &w) != 0)
		return 2;
	for (i = 0; i < rounds; i++)
		one_round(i, mebibytes, zones);
	w.end = true;
	(void)pthread_join(thread, NULL);
	seen.translated += w.wrong + (w.asked == 0);
	printf("contiguous: scattered=%u had=%u missed=%u apart=%u translated=%u spoiled=%u\n",
	       scattered, seen.had, seen.missed, seen.apart, seen.translated, seen.spoiled);
	return seen.missed + seen.apart + seen.translated + seen.spoiled != 0;
}

int
main(int argc, char **argv)
{
	unsigned int scattered = 0;
	int used, ret;

	if (argc == 2 && strcmp(argv[1], "hold") == 0) {
		printf("contiguous: scattered=%u\n", scatter("held"));
		fflush(stdout);
		return pause();
	}
	if (argc > 5 && strcmp(argv[argc - 4], "as-is") != 0)
		scattered = scatter(argv[argc - 4]);
	used = rte_eal_init(argc, argv);
	if (used < 0 || argc - used != 5) {
		fprintf(stderr, "usage: contiguous [EAL options] -- PAGES MEBIBYTES ZONES "
				"ROUNDS\n");
		return 2;
	}
	ret = run(argv + used + 1, scattered);
	if (rte_eal_cleanup() != 0)
		ret = 1;
	return ret;
}
