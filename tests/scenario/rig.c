/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "rig.h"

/* The calls that pass, recorded. */

static int
file_of(const struct rig *r, int fd)
{
	unsigned int i;

	for (i = r->n_files; i-- > 0;)
		if (r->files[i].open && r->files[i].fd == fd)
			return (int)i;
	return -1;
}

static int
add_file(struct rig *r, int fd)
{
	if (r->n_files == RIG_FILES)
		abort();
	r->files[r->n_files] = (struct rig_file){ .fd = fd, .open = true, .child = r->as_child };
	return (int)r->n_files++;
}

static int
rig_sys_open(void *ctx, const char *path, int flags)
{
	struct rig *r = ctx;
	struct trace_record *rec = trace_add(r->trace, TRACE_OPEN);
	int fd;

	rec->child = r->as_child;
	snprintf(rec->name, sizeof(rec->name), " %.30s", path);
	fd = rig_fault_next(r, TRACE_OPEN, 0);
	if (fd == 0) {
		if (r->as_child && r->model == NULL)
			fd = rig_real_child_open(r, path);
		else
			fd = r->below->open(r->below->ctx, path, flags);
	}
	rec->ret = fd < 0 ? fd : 0;
	rec->file = fd < 0 ? -1 : add_file(r, fd);
	return fd;
}

static int
rig_sys_close(void *ctx, int fd)
{
	struct rig *r = ctx;
	struct trace_record *rec = trace_add(r->trace, TRACE_CLOSE);
	int file = file_of(r, fd);

	rec->child = r->as_child;
	rec->file = file;
	if (r->as_child && r->model == NULL)
		rec->ret = rig_real_child_close(r, fd);
	else
		rec->ret = r->below->close(r->below->ctx, fd);
	/* what was there before a fork stays open in the other process */
	if (file >= 0 && r->files[file].child == r->as_child)
		r->files[file].open = false;
	return rec->ret;
}

static int
forward(struct rig *r, int fd, unsigned long request, void *arg)
{
	if (r->as_child && r->model == NULL)
		return rig_real_child_ioctl(r, fd, request, arg);
	return r->below->ioctl(r->below->ctx, fd, request, arg);
}

/* A container that its group has left answers EINVAL to all that windows and memory need. */
static bool
is_empty(struct rig *r, int fd)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };

	return r->below->ioctl(r->below->ctx, fd, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info) == -EINVAL;
}

static bool
is_container(const struct rig *r, int fd)
{
	unsigned int i;

	for (i = 0; i < RIG_ROLES; i++)
		if (r->container[i] == fd)
			return true;
	return false;
}

static int
fault_of(struct rig *r, int fd, unsigned long request)
{
	if (!r->fault.armed)
		return 0;
	if (request != VFIO_SET_IOMMU && is_container(r, fd) && is_empty(r, fd))
		return 0;
	return rig_fault_next(r, TRACE_IOCTL, request);
}

static int
rig_sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct rig *r = ctx;
	struct trace_record *rec = trace_add(r->trace, TRACE_IOCTL);
	int ret, fault;

	rec->child = r->as_child;
	rec->file = file_of(r, fd);
	trace_ioctl_in(rec, request, arg);
	fault = fault_of(r, fd, request);
	ret = fault == 0 || r->fault.after ? forward(r, fd, request, arg) : fault;
	if (fault != 0)
		ret = fault;
	trace_ioctl_out(rec, ret, arg);
	if (request == VFIO_GROUP_GET_DEVICE_FD && ret >= 0)
		(void)add_file(r, ret);
	return ret;
}

static int
rig_sys_read_file(void *ctx, const char *path, char *buf, size_t size)
{
	(void)ctx, (void)path, (void)buf, (void)size;
	return -ENOENT;
}

static int
rig_sys_read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg), void *arg)
{
	(void)ctx, (void)path, (void)line, (void)arg;
	return -ENOENT;
}

static int
rig_sys_list_dir(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	(void)ctx, (void)path, (void)entry, (void)arg;
	return -ENOENT;
}

static int
rig_sys_memlock(void *ctx, struct ddw_memlock *ml)
{
	struct rig *r = ctx;
	struct trace_record *rec = trace_add(r->trace, TRACE_MEMLOCK);

	rec->ret = rig_fault_next(r, TRACE_MEMLOCK, 0);
	if (rec->ret != 0)
		return rec->ret;
	rec->ret = r->below->memlock(r->below->ctx, ml);
	rec->out[0] = ml->used;
	rec->out[1] = ml->unlimited;
	return rec->ret;
}

static int
rig_sys_page_get(void *ctx, uint64_t *vaddr, uint64_t *size)
{
	struct rig *r = ctx;
	struct trace_record *rec = trace_add(r->trace, TRACE_PAGE);

	rec->ret = rig_fault_next(r, TRACE_PAGE, 0);
	if (rec->ret != 0)
		return rec->ret;
	*size = rig_page(r);
	*vaddr = rig_memory(r, RIG_PAGES + r->pages_got++ * *size, *size, false);
	return 0;
}

static void
rig_sys_page_put(void *ctx, uint64_t vaddr, uint64_t size)
{
	rig_give_back(ctx, vaddr, size);
}

static uint64_t
rig_sys_clock(void *ctx)
{
	struct rig *r = ctx;

	return r->below->clock_ns(r->below->ctx);
}

/* libddw runs in the process of the rig; only its calls are those of the other one. */
static int
rig_sys_pid(void *ctx)
{
	const struct rig *r = ctx;

	return r->as_child;
}

static struct model *
make_model(const struct rig_machine *mc)
{
	struct model *m = model_create();
	unsigned int i;

	model_set_page_shift(m, mc->page_shift);
	for (i = 0; i < RIG_ROLES; i++) {
		if (!mc->groups[i].here)
			continue;
		model_add_group(m, &mc->groups[i].cfg);
		model_add_device(m, mc->groups[i].cfg.number, mc->groups[i].pci, "vfio-pci");
	}
	return m;
}

struct rig *
rig_new(const struct rig_machine *mc, struct trace *t, bool real)
{
	struct rig *r = calloc(1, sizeof(*r));
	unsigned int i;

	if (r == NULL)
		abort();
	t->n = t->calls = t->failures = 0;
	t->ended = false;
	t->failure[0] = '\0';
	r->machine = mc;
	r->trace = t;
	r->model = real ? NULL : make_model(mc);
	r->below = real ? ddw_sys_linux() : model_sys(r->model);
	r->child = -1;
	for (i = 0; i < RIG_ROLES; i++)
		r->container[i] = r->group[i] = r->device[i] = r->index[i] = -1;
	r->sys = (struct ddw_sys){
		.ctx = r,
		.open = rig_sys_open,
		.close = rig_sys_close,
		.ioctl = rig_sys_ioctl,
		.read_file = rig_sys_read_file,
		.read_lines = rig_sys_read_lines,
		.read_link = rig_sys_read_file,
		.list_dir = rig_sys_list_dir,
		.memlock = rig_sys_memlock,
		.page_get = rig_sys_page_get,
		.page_put = rig_sys_page_put,
		.clock_ns = rig_sys_clock,
		.pid = rig_sys_pid,
	};
	return r;
}

void
rig_end(struct rig *r)
{
	const char *left;
	unsigned int i;

	r->fault.armed = false;
	if (r->child >= 0)
		rig_reap(r, false);
	for (i = 0; i < RIG_ROLES; i++) {
		rig_close_group(r, i);
		rig_close(r, &r->container[i]);
	}
	for (i = 0; i < r->n_files; i++)
		if (r->files[i].open && !r->files[i].child)
			(void)rig_sys_close(r, r->files[i].fd);
	while (r->n_areas != 0)
		rig_give_back(r, r->areas[0].vaddr, r->areas[0].len);
	ddw_space_destroy(r->space);
	if (r->model != NULL) {
		left = model_leaks(r->model);
		if (left != NULL)
			trace_fail(r->trace, "left over: %s", left);
		model_destroy(r->model);
	}
	r->trace->ended = true;
	free(r);
}

void
rig_fail(struct rig *r, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace_fail(r->trace, "%s", text);
}

void
rig_expect(struct rig *r, const char *file, int line, const char *what, int64_t got, int64_t want)
{
	const char *slash = strrchr(file, '/');

	if (got != want && r->fault.hits == 0)
		rig_fail(r, "%s:%d: %s is %" PRId64 ", not %" PRId64,
			 slash == NULL ? file : slash + 1, line, what, got, want);
}

void
rig_note(struct rig *r, const char *name, int ret, uint64_t value)
{
	struct trace_record *rec = trace_add(r->trace, TRACE_NOTE);

	snprintf(rec->name, sizeof(rec->name), " %s", name);
	rec->ret = ret;
	rec->out[0] = value;
}

uint64_t
rig_page(const struct rig *r)
{
	return UINT64_C(1) << r->machine->page_shift;
}

uint64_t
rig_locked(struct rig *r)
{
	struct ddw_memlock ml = { 0 };

	(void)r->sys.memlock(r, &ml);
	return ml.used;
}
