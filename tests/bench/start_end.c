/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * Start and end of a program, with the calls to VFIO counted and timed by kind.
 *
 * ioctl() of this file takes the place of libc's, for EAL and plugins too. A child does the
 * work, so that the parent sees how long the kernel takes to end it: much of what stock
 * DPDK leaves to the kernel happens there.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/vfio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "start_end.h"

#define NUMBERS	  64
#define WINDOWS	  8
#define NS_PER_US 1000.0

enum phase { START, END, PHASES };

struct calls {
	uint64_t n, ns;
};

/* Shared with the parent. */
struct figures {
	enum phase phase;
	struct calls calls[PHASES][NUMBERS];
	struct vfio_iommu_spapr_tce_create windows[WINDOWS];
	unsigned int n_windows;
	uint64_t init_ns, cleanup_ns, end; /* end: when the end began */
	uint64_t memory, locked;	   /* bytes */
	bool done;
};

static struct figures *seen;

static const struct {
	unsigned long number;
	const char *name;
} kinds[] = {
	{ VFIO_IOMMU_SPAPR_TCE_CREATE, "create" },
	{ VFIO_IOMMU_SPAPR_TCE_REMOVE, "remove" },
	{ VFIO_IOMMU_SPAPR_REGISTER_MEMORY, "register" },
	{ VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, "unregister" },
	{ VFIO_IOMMU_MAP_DMA, "map" },
	{ VFIO_IOMMU_UNMAP_DMA, "unmap" },
	{ VFIO_IOMMU_ENABLE, "enable" },
	{ VFIO_IOMMU_DISABLE, "disable" },
};

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The number of a call to VFIO, counted from VFIO_BASE; NUMBERS when it is none. */
static unsigned int
number_of(unsigned long request)
{
	unsigned int number = _IOC_NR(request) - VFIO_BASE;

	return _IOC_TYPE(request) == VFIO_TYPE && number < NUMBERS ? number : NUMBERS;
}

int
ioctl(int fd, unsigned long request, ...)
{
	unsigned int number = number_of(request);
	struct calls *calls;
	uint64_t before;
	va_list list;
	void *arg;
	int ret;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (seen == NULL || number == NUMBERS)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	before = now();
	ret = (int)syscall(SYS_ioctl, fd, request, arg);
	calls = &seen->calls[seen->phase][number];
	calls->ns += now() - before;
	calls->n++;
	if (ret == 0 && number == number_of(VFIO_IOMMU_SPAPR_TCE_CREATE) &&
	    seen->n_windows < WINDOWS)
		memcpy(&seen->windows[seen->n_windows++], arg, sizeof(seen->windows[0]));
	return ret;
}

/* What the kernel counts as locked by this process, bytes. */
static uint64_t
locked_memory(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[128];
	uint64_t kib = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmLck: %" SCNu64 " kB", &kib) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kib << 10;
}

static int
work(const struct start_end *program, int argc, char **argv)
{
	uint64_t before = now();

	if (!program->start(argc, argv))
		return 1;
	seen->init_ns = now() - before;
	seen->memory = program->memory();
	seen->locked = locked_memory();
	if (program->close != NULL)
		program->close();
	seen->phase = END;
	seen->end = now();
	program->end();
	seen->cleanup_ns = now() - seen->end;
	seen->done = true;
	return 0;
}

static void
print_calls(const char *name, const struct calls *calls)
{
	uint64_t n = 0, ns = 0;
	unsigned int i;

	for (i = 0; i < NUMBERS; i++) {
		n += calls[i].n;
		ns += calls[i].ns;
	}
	printf("%s: all=%" PRIu64 " all_us=%.1f", name, n, (double)ns / NS_PER_US);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct calls *c = &calls[number_of(kinds[i].number)];

		printf(" %s=%" PRIu64 " %s_us=%.1f", kinds[i].name, c->n, kinds[i].name,
		       (double)c->ns / NS_PER_US);
	}
	printf("\n");
}

static void
print_figures(uint64_t ended)
{
	unsigned int i;

	printf("process: init_us=%.1f cleanup_us=%.1f exit_us=%.1f memory=%" PRIu64
	       " locked=%" PRIu64 "\n",
	       (double)seen->init_ns / NS_PER_US, (double)seen->cleanup_ns / NS_PER_US,
	       (double)(ended - seen->end) / NS_PER_US, seen->memory, seen->locked);
	print_calls("start", seen->calls[START]);
	print_calls("end", seen->calls[END]);
	for (i = 0; i < seen->n_windows; i++)
		printf("window: start=%llu size=%llu page=%llu levels=%u\n",
		       seen->windows[i].start_addr, seen->windows[i].window_size,
		       1ULL << seen->windows[i].page_shift, seen->windows[i].levels);
}

int
start_end_measure(const struct start_end *program, int argc, char **argv)
{
	int status = 0;
	pid_t child;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return 1;
	child = fork();
	if (child == 0)
		exit(work(program, argc, argv));
	if (child < 0 || waitpid(child, &status, 0) != child || !seen->done) {
		fprintf(stderr, "%s did not start and end (status %#x)\n", argv[0],
			(unsigned int)status);
		return 1;
	}
	print_figures(now());
	return 0;
}
