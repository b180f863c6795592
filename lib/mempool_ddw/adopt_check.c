/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "memory_parts.h"

/* Pages asked about in one call. */
#define PAGES 4096

struct walk {
	uint64_t start;
	uint64_t end;
	uint64_t known; /* up to here everything is mapped */
	uint64_t page_size;
	bool inside; /* lines of a mapping in the range */
	bool writable;
};

static int __attribute__((format(printf, 4, 5)))
fail_memory(struct ddw_error *err, uint64_t addr, uint64_t len, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return ddw_fail(err, DDW_MSG_POOL_MEMORY, EINVAL,
			"%" PRIu64 " bytes at 0x%" PRIx64 " cannot be adopted: %s", len, addr,
			text);
}

/* A line of /proc/self/smaps; mappings come in the order of their addresses. */
static void
read_line(struct walk *w, const char *line)
{
	uint64_t from, to, kib;
	char perms[8];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to, perms) == 3) {
		w->inside = from < w->end && to > w->start;
		if (!w->inside)
			return;
		if (from <= w->known)
			w->known = to;
		w->writable &= perms[0] == 'r' && perms[1] == 'w';
	} else if (w->inside && sscanf(line, "KernelPageSize: %" SCNu64 " kB", &kib) == 1 &&
		   kib * 1024 < w->page_size) {
		w->page_size = kib * 1024;
	}
}

static int
read_mappings(struct walk *w, struct ddw_error *err)
{
	uint64_t len = w->end - w->start;
	char line[512];
	FILE *f;

	f = fopen("/proc/self/smaps", "re");
	if (f == NULL)
		return fail_memory(err, w->start, len, "/proc/self/smaps: %s", strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL)
		read_line(w, line);
	fclose(f);
	if (w->known < w->end)
		return fail_memory(err, w->start, len, "nothing is mapped at 0x%" PRIx64, w->known);
	if (!w->writable)
		return fail_memory(err, w->start, len, "not all of it is readable and writable");
	if (!ddw_is_aligned(w->start | len, w->page_size))
		return fail_memory(err, w->start, len,
				   "it is not a multiple of its page size, %" PRIu64, w->page_size);
	return 0;
}

static int
check_populated(uint64_t start, uint64_t end, struct ddw_error *err)
{
	uint64_t step = mpddw_pages_normal_size(), pos, n, i;
	unsigned char there[PAGES];

	for (pos = start; pos < end; pos += n * step) {
		n = RTE_MIN((end - pos) / step, (uint64_t)PAGES);
		if (mincore((void *)(uintptr_t)pos, n * step, there) != 0)
			return fail_memory(err, start, end - start, "mincore: %s", strerror(errno));
		for (i = 0; i < n; i++)
			if ((there[i] & 1) == 0)
				return fail_memory(err, start, end - start,
						   "the page at 0x%" PRIx64 " is not populated",
						   pos + i * step);
	}
	return 0;
}

int
mpddw_adopt_check(const void *addr, uint64_t len, uint64_t *page_size, struct ddw_error *err)
{
	struct walk w = {
		.start = (uintptr_t)addr,
		.known = (uintptr_t)addr,
		.page_size = UINT64_MAX,
		.writable = true,
	};
	int ret;

	if (addr == NULL || len == 0)
		return fail_memory(err, w.start, len, "its address or length is 0");
	if (!ddw_add(w.start, len, &w.end))
		return fail_memory(err, w.start, len, "it wraps around");
	if (!ddw_is_aligned(w.start | len, mpddw_pages_normal_size()))
		return fail_memory(err, w.start, len,
				   "it is not a multiple of the page size, %" PRIu64,
				   mpddw_pages_normal_size());
	ret = read_mappings(&w, err);
	if (ret == 0)
		ret = check_populated(w.start, w.end, err);
	if (ret == 0)
		*page_size = w.page_size;
	return ret;
}
