/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What rte_dev_dma_map() costs in the plugin, when an application maps its memory in many
 * pieces: a process with many mappings, and a kernel that maps nothing. Its /proc is real.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/context.h"
#include "base/page_size.h"
#include "base/report.h"
#include "fake_sys.h"
#include "measure/stopwatch.h"
#include "memory/external.h"
#include "memory/grants.h"

#define N_COUNTS    3
#define MAPPINGS    8000 /* others of the process */
#define IOVA	    (UINT64_C(1) << 20)
#define SMAPS_READS 10

struct context spapr_ctx;
int vfio_spapr_logtype;

static const unsigned int counts[N_COUNTS] = { 1000, 10000, 100000 };
static const char devices[2]; /* told apart by their addresses */
static struct rte_memseg_list list;
static struct rte_memseg *segs;

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "bench_external: %s\n", what);
	exit(1);
}

/* Of base/report.c. */
void
spapr_report_error(const struct ddw_error *err)
{
	die(err->what);
}

void
spapr_report_unmap(const struct ddw_error *err)
{
	die(err->what);
}

/* Of EAL, which is not running: one list is registered. */
struct rte_memseg_list *
rte_mem_virt2memseg_list(const void *addr)
{
	return (uintptr_t)addr - (uintptr_t)list.base_va < list.len ? &list : NULL;
}

struct rte_memseg *
rte_mem_virt2memseg(const void *addr, const struct rte_memseg_list *msl)
{
	(void)msl;
	return &segs[((uintptr_t)addr - (uintptr_t)list.base_va) / list.page_sz];
}

const char *
rte_dev_name(const struct rte_device *dev)
{
	(void)dev;
	return "device";
}

static int
query_or_nothing(void *ctx, int fd, unsigned long request, void *arg)
{
	if (request == PAGE_SIZE_QUERY)
		return ddw_sys_linux()->ioctl(NULL, fd, request, arg);
	return fake_sys()->ioctl(ctx, fd, request, arg);
}

static const struct ddw_sys *
kernel(void)
{
	static struct ddw_sys sys;

	sys = *fake_sys();
	sys.open = ddw_sys_linux()->open;
	sys.close = ddw_sys_linux()->close;
	sys.read_lines = ddw_sys_linux()->read_lines;
	sys.ioctl = query_or_nothing;
	return &sys;
}

static void
open_space(void)
{
	static struct ddw_plan_input in = {
		.n_memory = 1,
		.memory = { { UINT64_C(2) << 20, UINT64_C(1) << 30, UINT64_C(1) << 30 } },
		.memlock.unlimited = true,
	};
	static struct ddw_error errors[DDW_MAX_GROUPS];
	static struct ddw_plan plan;

	spapr_ctx.sys = kernel();
	spapr_ctx.space = ddw_space_create(spapr_ctx.sys, NULL);
	if (spapr_ctx.space == NULL ||
	    ddw_space_attach(spapr_ctx.space, 0, "group", 0, 0, NULL) != 0 ||
	    ddw_space_open(spapr_ctx.space, &in, &plan, errors, NULL) != 1)
		die("no windows");
	spapr_grants_init(&spapr_grants);
}

static void *
reserve(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	return p;
}

/* Pages of other protections are mappings of their own. */
static void
add_mappings(size_t page)
{
	char *at = reserve(MAPPINGS * page);
	unsigned int i;

	for (i = 0; i < MAPPINGS; i += 2)
		if (mprotect(at + i * page, page, PROT_NONE) != 0)
			die("too many mappings");
}

static void
register_pages(unsigned int n, size_t page)
{
	unsigned int i;

	list = (struct rte_memseg_list){
		.base_va = reserve(n * page),
		.page_sz = page,
		.len = n * page,
		.external = 1,
	};
	segs = calloc(n, sizeof(*segs));
	if (segs == NULL)
		die("no memory");
	for (i = 0; i < n; i++)
		segs[i].len = page;
}

/* Each piece for one device, or no longer. Returns microseconds of CPU per piece. */
static double
each_piece(unsigned int n, unsigned int dev, bool map)
{
	struct rte_device *d = (struct rte_device *)(uintptr_t)&devices[dev];
	size_t page = list.page_sz;
	uint64_t t0 = measure_cpu_ns();
	unsigned int i;

	for (i = 0; i < n; i++) {
		char *addr = (char *)list.base_va + i * page;
		uint64_t iova = IOVA + i * page;

		if ((map ? spapr_external_dma_map(d, addr, iova, page)
			 : spapr_external_dma_unmap(d, addr, iova, page)) != 0)
			die("a piece is refused");
	}
	return (double)(measure_cpu_ns() - t0) / n / 1e3;
}

static int
count_line(const char *text, void *arg)
{
	(void)text;
	++*(uint64_t *)arg;
	return 0;
}

static double
smaps_us(void)
{
	uint64_t t0 = measure_cpu_ns(), lines = 0;
	unsigned int i;

	for (i = 0; i < SMAPS_READS; i++)
		(void)spapr_ctx.sys->read_lines(NULL, "/proc/self/smaps", count_line, &lines);
	return lines == 0 ? 0 : (double)(measure_cpu_ns() - t0) / SMAPS_READS / 1e3;
}

int
main(void)
{
	static const char *const steps[] = {
		"map for a device",
		"map for another device",
		"unmap for the other one",
		"unmap",
	};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	double us[4][N_COUNTS];
	unsigned int i, step;

	open_space();
	add_mappings(page);
	for (i = 0; i < N_COUNTS; i++) {
		register_pages(counts[i], page);
		for (step = 0; step < 4; step++)
			us[step][i] = each_piece(counts[i], step == 1 || step == 2, step < 2);
		(void)munmap(list.base_va, list.len);
		free(segs);
	}
	printf("CPU time of rte_dev_dma_map() in the plugin, %u other mappings in the process\n\n"
	       "%-28s",
	       MAPPINGS, "pieces");
	for (i = 0; i < N_COUNTS; i++)
		printf("%12u", counts[i]);
	for (step = 0; step < 4; step++) {
		printf("\n  %-26s", steps[step]);
		for (i = 0; i < N_COUNTS; i++)
			printf("%9.2f us", us[step][i]);
	}
	printf("\n\nto read all of /proc/self/smaps: %.0f us\n", smaps_us());
	return 0;
}
