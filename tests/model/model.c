/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vfio.h>

#include "model_internal.h"

void *
model_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

char *
model_copy(const char *text)
{
	char *copy = model_alloc(strlen(text) + 1);

	strcpy(copy, text);
	return copy;
}

/* The first violation is kept, the others follow from it. */
void
model_violate(struct model *m, const char *fmt, ...)
{
	va_list ap;

	if (m->violation[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(m->violation, sizeof(m->violation), fmt, ap);
	va_end(ap);
	fprintf(stderr, "model: violation: %s\n", m->violation);
}

void
model_misuse(struct model *m, const char *fmt, ...)
{
	char text[sizeof(m->violation)];
	va_list ap;

	if (m->permit)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	model_violate(m, "%s", text);
}

struct model_group *
model_find(const struct model *m, int number)
{
	unsigned int i;

	for (i = 0; i < m->n_groups; i++)
		if (m->groups[i]->cfg.number == number)
			return m->groups[i];
	return NULL;
}

bool
model_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen)
{
	return a <= b + (blen - 1) && b <= a + (alen - 1);
}

static void
model_count_one(struct model *m, unsigned long request)
{
	unsigned int i;

	m->total++;
	for (i = 0; i < MODEL_REQUESTS - 1 && m->counts[i].count != 0; i++)
		if (m->counts[i].request == request)
			break;
	m->counts[i].request = request;
	m->counts[i].count++;
}

static bool
model_fault_hits(struct model *m, unsigned long request)
{
	struct model_fault *f = &m->fault;

	if (!f->armed || (f->request != 0 && f->request != request))
		return false;
	/* The kernel has no way to refuse a good GET_INFO of an attached group, but EPERM. */
	if (f->request == 0 && request == VFIO_IOMMU_SPAPR_TCE_GET_INFO && f->ret != -EPERM)
		return false;
	f->seen++;
	if (f->seen < f->nth || (f->count != 0 && f->seen >= f->nth + f->count))
		return false;
	f->hits++;
	return true;
}

static int
model_dispatch(struct model *m, struct model_fd *f, unsigned long request, void *arg)
{
	if (f->kind == MODEL_FD_GROUP)
		return model_group_ioctl(m, f->group, request, arg);
	if (f->kind == MODEL_FD_CONTAINER)
		return model_container_ioctl(m, f->container, request, arg);
	return -ENOTTY;
}

static int
model_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct model *m = ctx;
	struct model_fd *f;
	bool hit;
	int ret;

	pthread_mutex_lock(&m->lock);
	f = model_fd(m, fd);
	model_count_one(m, request);
	hit = model_fault_hits(m, request);
	if (f == NULL)
		ret = -EBADF;
	else if (hit && !m->fault.after)
		ret = m->fault.ret;
	else
		ret = model_dispatch(m, f, request, arg);
	if (hit)
		ret = m->fault.ret;
	pthread_mutex_unlock(&m->lock);
	return ret;
}

/* The kernel does not lock MAP against REMOVE: callers must not overlap. */
static int
model_ioctl_serial(void *ctx, int fd, unsigned long request, void *arg)
{
	struct model *m = ctx;
	struct model_fd *f = model_fd(m, fd);
	struct model_container *c = NULL;
	int ret;

	if (f != NULL && f->kind == MODEL_FD_CONTAINER)
		c = f->container;
	if (c != NULL && atomic_fetch_add(&c->in_ioctl, 1) != 0)
		model_violate(m, "two ioctls at once on one container");
	ret = model_ioctl(ctx, fd, request, arg);
	if (c != NULL)
		atomic_fetch_sub(&c->in_ioctl, 1);
	return ret;
}

static int
model_memlock(void *ctx, struct ddw_memlock *ml)
{
	struct model *m = ctx;

	if (m->memlock_error != 0)
		return m->memlock_error;
	*ml = m->memlock;
	ml->used = m->locked[m->current];
	return 0;
}

static uint64_t
model_clock(void *ctx)
{
	struct model *m = ctx;

	m->clock += 1000;
	return m->clock;
}

static int
model_pid(void *ctx)
{
	const struct model *m = ctx;

	return m->current;
}

/* Pages that the library asks for are far from the memory of the tests. */
static int
model_page_get(void *ctx, uint64_t *vaddr, uint64_t *size)
{
	struct model *m = ctx;

	*vaddr = MODEL_PAGES + m->pages_got++ * MODEL_PAGE_SIZE;
	*size = model_page(m);
	model_add_memory(m, *vaddr, *size, m->page_shift);
	return 0;
}

static void
model_page_put(void *ctx, uint64_t vaddr, uint64_t size)
{
	model_free_memory(ctx, vaddr, size);
}

struct model *
model_create(void)
{
	struct model *m = model_alloc(sizeof(*m));

	pthread_mutex_init(&m->lock, NULL);
	m->memlock.unlimited = true;
	m->page_shift = MODEL_PAGE_SHIFT;
	m->alive = 1;
	m->sys = (struct ddw_sys){
		.ctx = m,
		.open = model_open,
		.close = model_close,
		.ioctl = model_ioctl_serial,
		.read_file = model_read_file,
		.read_lines = model_read_lines,
		.read_link = model_read_link,
		.list_dir = model_list_dir,
		.memlock = model_memlock,
		.page_get = model_page_get,
		.page_put = model_page_put,
		.clock_ns = model_clock,
		.pid = model_pid,
	};
	return m;
}

const struct ddw_sys *
model_sys(struct model *m)
{
	return &m->sys;
}

void
model_destroy(struct model *m)
{
	struct model_node *node;
	struct model_range *range;
	struct model_region *region;
	unsigned int i;

	for (i = 0; i < MODEL_PROCESSES; i++)
		if ((m->alive >> i & 1) != 0)
			model_exit(m, (int)i);
	for (i = 0; i < m->n_groups; i++)
		free(m->groups[i]);
	while ((node = m->nodes) != NULL) {
		m->nodes = node->next;
		free(node->path);
		free(node->text);
		free(node);
	}
	while ((region = m->regions) != NULL) {
		m->regions = region->next;
		while ((range = region->stale) != NULL) {
			region->stale = range->next;
			free(range);
		}
		free(region);
	}
	while ((range = m->memory) != NULL) {
		m->memory = range->next;
		free(range);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void
model_set_page_shift(struct model *m, unsigned int shift)
{
	m->page_shift = shift;
}

uint64_t
model_page(const struct model *m)
{
	return UINT64_C(1) << m->page_shift;
}

void
model_permit(struct model *m)
{
	m->permit = true;
}

void
model_set_memlock(struct model *m, bool unlimited, uint64_t limit)
{
	m->memlock.unlimited = unlimited;
	m->memlock.limit = limit;
}

void
model_fail_memlock(struct model *m, int err)
{
	m->memlock_error = err;
}

void
model_fail(struct model *m, unsigned long request, unsigned int nth, unsigned int count, int ret,
	   bool after)
{
	m->fault = (struct model_fault){
		.armed = true,
		.request = request,
		.nth = nth,
		.count = count,
		.ret = ret,
		.after = after,
	};
}

void
model_fail_none(struct model *m)
{
	m->fault.armed = false;
}

unsigned int
model_failed(const struct model *m)
{
	return m->fault.hits;
}

unsigned int
model_count(const struct model *m, unsigned long request)
{
	unsigned int i;

	if (request == 0)
		return m->total;
	for (i = 0; i < MODEL_REQUESTS; i++)
		if (m->counts[i].request == request)
			return m->counts[i].count;
	return 0;
}
