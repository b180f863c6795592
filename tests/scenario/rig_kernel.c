/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* The side of a rig that the real kernel is on: memory, limits, another process. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/vfio.h>

#include "rig.h"

#define CHILD_ARG 128

enum child_op { CHILD_OPEN, CHILD_CLOSE, CHILD_IOCTL };

struct child_call {
	enum child_op op;
	int fd;
	unsigned long request;
	int ret;
	size_t size; /* bytes of arg; 0: the argument is the number */
	uintptr_t number;
	char arg[CHILD_ARG];
};

static void
die(const char *what)
{
	perror(what);
	exit(3);
}

void
rig_real_memory(struct rig *r, uint64_t vaddr, uint64_t len, bool huge)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	char *p, *at;

	p = mmap((void *)(uintptr_t)vaddr, len, PROT_READ | PROT_WRITE,
		 flags | (huge ? MAP_HUGETLB : 0), -1, 0);
	if (p == MAP_FAILED)
		die("mmap");
	if (!huge && len >= MODEL_2M && madvise(p, len, MADV_NOHUGEPAGE) != 0)
		die("madvise");
	for (at = p; at < p + len; at += rig_page(r))
		*at = 1;
}

void
rig_real_limit(uint64_t bytes)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];
	struct rlimit limit = { bytes, bytes };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		die("setrlimit");
	if (syscall(SYS_capget, &header, caps) != 0)
		die("capget");
	caps[0].effective &= ~(1u << CAP_IPC_LOCK);
	if (syscall(SYS_capset, &header, caps) != 0)
		die("capset");
}

static void
child_carry_out(struct child_call *call)
{
	int ret = -1;

	switch (call->op) {
	case CHILD_OPEN:
		ret = open(call->arg, O_RDWR | O_CLOEXEC);
		break;
	case CHILD_CLOSE:
		ret = close(call->fd);
		break;
	case CHILD_IOCTL:
		ret = ioctl(call->fd, call->request,
			    call->size != 0 ? (void *)call->arg : (void *)call->number);
		break;
	}
	call->ret = ret < 0 ? -errno : ret;
}

static void
child_main(int in, int out)
{
	struct child_call call;

	while (read(in, &call, sizeof(call)) == (ssize_t)sizeof(call)) {
		child_carry_out(&call);
		if (write(out, &call, sizeof(call)) != (ssize_t)sizeof(call))
			break;
	}
	_exit(0);
}

void
rig_real_fork(struct rig *r)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		die("pipe");
	r->child = fork();
	if (r->child < 0)
		die("fork");
	if (r->child == 0) {
		close(to[1]);
		close(from[0]);
		child_main(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	r->to_child = to[1];
	r->from_child = from[0];
}

void
rig_real_reap(struct rig *r, bool by_signal)
{
	if (by_signal)
		(void)kill(r->child, SIGKILL); /* it is there: nobody has waited for it */
	close(r->to_child);
	close(r->from_child);
	if (waitpid(r->child, NULL, 0) < 0)
		die("waitpid");
}

static void
ask_child(struct rig *r, struct child_call *call)
{
	if (write(r->to_child, call, sizeof(*call)) != (ssize_t)sizeof(*call) ||
	    read(r->from_child, call, sizeof(*call)) != (ssize_t)sizeof(*call))
		die("the other process");
}

int
rig_real_child_open(struct rig *r, const char *path)
{
	struct child_call call = { .op = CHILD_OPEN };

	snprintf(call.arg, sizeof(call.arg), "%s", path);
	ask_child(r, &call);
	return call.ret;
}

int
rig_real_child_close(struct rig *r, int fd)
{
	struct child_call call = { .op = CHILD_CLOSE, .fd = fd };

	ask_child(r, &call);
	return call.ret;
}

int
rig_real_child_ioctl(struct rig *r, int fd, unsigned long request, void *arg)
{
	struct child_call call = { .op = CHILD_IOCTL, .fd = fd, .request = request };

	call.size = trace_arg_size(request, arg);
	call.number = (uintptr_t)arg;
	if (call.size > sizeof(call.arg))
		abort();
	if (call.size != 0)
		memcpy(call.arg, arg, call.size);
	ask_child(r, &call);
	if (call.size != 0)
		memcpy(arg, call.arg, call.size);
	return call.ret;
}

/* What the simulated machine has to know of a group, from the group itself. */
static int
read_group(struct rig_group *g)
{
	struct vfio_iommu_spapr_tce_info info = { .argsz = sizeof(info) };
	const struct ddw_sys *sys = ddw_sys_linux();
	int number, container, group, ret;
	char path[64];

	number = ddw_pci_group(sys, "/sys/bus/pci/devices", g->pci);
	if (number < 0)
		return number;
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	container = sys->open(sys->ctx, "/dev/vfio/vfio", O_RDWR);
	group = sys->open(sys->ctx, path, O_RDWR);
	ret = group < 0 ? group : 0;
	if (ret == 0)
		ret = sys->ioctl(sys->ctx, group, VFIO_GROUP_SET_CONTAINER, &container);
	if (ret == 0)
		ret = sys->ioctl(sys->ctx, container, VFIO_SET_IOMMU,
				 (void *)(uintptr_t)VFIO_SPAPR_TCE_v2_IOMMU);
	if (ret == 0)
		ret = sys->ioctl(sys->ctx, container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
	close(group);
	close(container);
	if (ret != 0)
		return ret;
	g->here = true;
	g->cfg = info.ddw.levels > 1 ? model_powernv(number) : model_pseries(number);
	g->cfg.dma32_start = info.dma32_window_start;
	g->cfg.dma32_size = info.dma32_window_size;
	g->cfg.pgsizes = info.ddw.pgsizes;
	g->cfg.firmware_pgs = info.ddw.pgsizes;
	g->cfg.alone_start = MODEL_HIGH;
	g->cfg.max_windows = info.ddw.max_dynamic_windows_supported;
	g->cfg.levels = info.ddw.levels;
	return 0;
}

int
rig_real_machine(struct rig_machine *mc, char **pci, int n)
{
	int i, ret;

	memset(mc, 0, sizeof(*mc));
	mc->page_shift = ddw_log2((uint64_t)sysconf(_SC_PAGESIZE));
	for (i = 0; i < n && i < RIG_ROLES; i++) {
		snprintf(mc->groups[i].pci, sizeof(mc->groups[i].pci), "%s", pci[i]);
		ret = read_group(&mc->groups[i]);
		if (ret != 0) {
			fprintf(stderr, "group of %s: %d\n", pci[i], ret);
			return ret;
		}
	}
	mc->powernv = mc->groups[0].cfg.platform == MODEL_POWERNV;
	snprintf(mc->name, sizeof(mc->name), "%s", mc->powernv ? "powernv" : "pseries");
	return 0;
}
