/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/page_size.h"

_Static_assert(sizeof(struct page_size_query) == 104, "as large as struct procmap_query");

struct search {
	uint64_t vaddr, end;
	uint64_t smallest; /* UINT64_MAX: none was found */
	bool inside;	   /* the lines of smaps are those of a mapping in the range */
};

static void
note(struct search *s, uint64_t page_size)
{
	if (page_size != 0 && page_size < s->smallest)
		s->smallest = page_size;
}

static int
query_mappings(const struct ddw_sys *sys, int fd, struct search *s)
{
	struct page_size_query q;
	uint64_t at;
	int ret;

	for (at = s->vaddr; at < s->end; at = q.end) {
		q = (struct page_size_query){
			.size = sizeof(q),
			.flags = PAGE_SIZE_OR_NEXT,
			.addr = at,
		};
		ret = sys->ioctl(sys->ctx, fd, PAGE_SIZE_QUERY, &q);
		if (ret == -ENOENT || (ret == 0 && q.start >= s->end))
			break;
		if (ret != 0 || q.end <= at)
			return -ENOTTY;
		note(s, q.page_size);
	}
	return 0;
}

static int
read_line(const char *text, void *arg)
{
	struct search *s = arg;
	uint64_t start, end, kib;

	if (sscanf(text, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2) {
		s->inside = start < s->end && end > s->vaddr;
		return start >= s->end; /* in order of address */
	}
	if (s->inside && sscanf(text, "KernelPageSize: %" SCNu64 " kB", &kib) == 1)
		note(s, kib << 10);
	return 0;
}

uint64_t
spapr_page_size(const struct ddw_sys *sys, uint64_t vaddr, uint64_t len)
{
	struct search s = { .vaddr = vaddr, .smallest = UINT64_MAX };
	int fd, ret;

	if (!ddw_add(vaddr, len, &s.end))
		s.end = UINT64_MAX;
	fd = sys->open(sys->ctx, "/proc/self/maps", O_RDONLY);
	ret = fd < 0 ? fd : query_mappings(sys, fd, &s);
	if (fd >= 0)
		(void)sys->close(sys->ctx, fd); /* it was only read */
	if (ret != 0) {
		s.smallest = UINT64_MAX;
		ret = sys->read_lines(sys->ctx, "/proc/self/smaps", read_line, &s);
	}
	return ret < 0 || s.smallest == UINT64_MAX ? 0 : s.smallest;
}
