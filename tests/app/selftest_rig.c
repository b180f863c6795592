/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/vfio.h>

#include "selftest_rig.h"

static bool power;
/* The last one that was made: the table of calls has the context of the model. */
static struct selftest_rig *current;

#define PCI "/sys/bus/pci/devices/"

/* Real memory, at an address that a hugepage could have; the model is told of it. */
static int
get_memory(void *ctx, uint64_t page_size, uint64_t len, uint64_t *vaddr)
{
	struct selftest_rig *r = ctx;
	uint64_t at, end;
	void *p;

	if (page_size < r->smallest)
		return -ENOMEM;
	p = mmap(NULL, len + page_size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	at = ((uintptr_t)p + page_size - 1) & ~(page_size - 1);
	end = (uintptr_t)p + len + page_size;
	munmap(p, at - (uintptr_t)p);
	munmap((void *)(uintptr_t)(at + len), end - at - len);
	model_add_memory(r->m, at, len, ddw_log2(page_size));
	*vaddr = at;
	r->most = len > r->most ? len : r->most;
	return 0;
}

static void
put_memory(void *ctx, uint64_t vaddr, uint64_t len)
{
	struct selftest_rig *r = ctx;

	model_free_memory(r->m, vaddr, len);
	munmap((void *)(uintptr_t)vaddr, len);
}

static int
lying_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	if (request == current->lie)
		return 0;
	if (request == VFIO_IOMMU_SPAPR_TCE_CREATE && current->wanders)
		model_group_cfg(current->m, 1)->high_start += MODEL_1G;
	return model_sys(current->m)->ioctl(ctx, fd, request, arg);
}

static int
edu_device_open(void *ctx, int group_fd, const char *pci)
{
	struct selftest_rig *r = ctx;
	char name[DDW_PCI_NAME];

	snprintf(name, sizeof(name), "%s", pci);
	r->fd = r->sys.ioctl(r->sys.ctx, group_fd, VFIO_GROUP_GET_DEVICE_FD, name);
	return r->fd < 0 ? r->fd : 0;
}

static void
edu_device_close(void *ctx)
{
	struct selftest_rig *r = ctx;

	(void)r->sys.close(r->sys.ctx, r->fd);
}

static void
edu_device_wait(void *ctx)
{
	(void)ctx;
}

/* Host memory behind a bus address; NULL: there is none. */
static uint8_t *
reach(struct selftest_rig *r, uint64_t iova)
{
	uint64_t vaddr;

	if (model_dma(r->m, r->number, iova & (EDU_REACH - 1), 1, &vaddr) == 0)
		return (uint8_t *)(uintptr_t)vaddr;
	if (r->around && iova < r->t->len)
		return (uint8_t *)(uintptr_t)(r->t->vaddr + iova);
	return r->everywhere ? (uint8_t *)(uintptr_t)r->t->vaddr : NULL;
}

static void
transfer(struct selftest_rig *r)
{
	bool out = (r->registers[3] & EDU_COMMAND_TO_HOST) != 0;
	uint64_t iova = r->registers[out ? 1 : 0], i;
	uint64_t inside = r->registers[out ? 0 : 1] - EDU_BUFFER;

	for (i = 0; i < r->registers[2]; i++) {
		uint8_t *at = reach(r, iova + i), *mine = &r->buffer[inside + i];

		if (out && at != NULL)
			*at = *mine;
		else if (!out)
			*mine = at != NULL ? *at : 0;
	}
}

static int
edu_device_read(void *ctx, uint64_t reg, void *value, unsigned int size)
{
	struct selftest_rig *r = ctx;
	uint32_t v = reg >= EDU_REG_SOURCE ? r->registers[(reg - EDU_REG_SOURCE) / 8]
		     : reg == EDU_REG_ID   ? r->id
					   : ~r->live;

	if (size != sizeof(v))
		return -EINVAL;
	v = r->swapped ? __builtin_bswap32(v) : v;
	memcpy(value, &v, sizeof(v));
	return 0;
}

static int
edu_device_write(void *ctx, uint64_t reg, const void *value, unsigned int size)
{
	struct selftest_rig *r = ctx;
	uint32_t v;

	if (size != sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	v = r->swapped ? __builtin_bswap32(v) : v;
	if (reg < EDU_REG_SOURCE)
		r->live = v;
	else
		r->registers[(reg - EDU_REG_SOURCE) / 8] = v;
	if (reg == EDU_REG_COMMAND && !r->dead) {
		if (!r->lazy)
			transfer(r);
		r->registers[3] &= ~EDU_COMMAND_RUN;
	}
	return 0;
}

static bool
is_power(char *error, size_t size)
{
	if (!power)
		snprintf(error, size, "this machine is none");
	return power;
}

static const struct edu_io edu_io = {
	.open = edu_device_open,
	.read = edu_device_read,
	.write = edu_device_write,
	.wait = edu_device_wait,
	.close = edu_device_close,
};

struct selftest_rig *
selftest_rig_new(void)
{
	struct selftest_rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->m = model_create();
	r->sys = *model_sys(r->m);
	r->sys.ioctl = lying_ioctl;
	current = r;
	power = true;
	r->host = (struct selftest_host){
		.sys = &r->sys,
		.is_power = is_power,
		.ctx = r,
		.memory_get = get_memory,
		.memory_put = put_memory,
		.edu = &edu_io,
	};
	r->t = calloc(1, sizeof(*r->t));
	if (r->t == NULL)
		abort();
	r->t->host = &r->host;
	r->t->seed = 4711;
	r->id = 0x010000ed;
	model_add_hugepages(r->m, MODEL_2M, 64);
	/* the tests ask for what the kernel refuses; that is harmless */
	model_permit(r->m);
	return r;
}

void
selftest_rig_other_machine(void)
{
	power = false;
}

void
selftest_rig_add(struct selftest_rig *r, const struct model_group_cfg *cfg, const char *pci,
		 bool edu)
{
	char path[128];

	/* before the device, which brings other files of that name */
	snprintf(path, sizeof(path), PCI "%s/vendor", pci);
	model_add_file(r->m, path, edu ? "0x1234\n" : "0x8086\n");
	snprintf(path, sizeof(path), PCI "%s/device", pci);
	model_add_file(r->m, path, edu ? "0x11e8\n" : "0x10d3\n");
	model_add_group(r->m, cfg);
	model_add_device(r->m, cfg->number, pci, "vfio-pci");
	if (edu)
		r->number = cfg->number;
}

int
selftest_rig_run(struct selftest_rig *r, const struct selftest_suite *suite)
{
	const struct selftest_suite *const *s;
	int ret = selftest_select(r->t, &r->choice, r->left_out, sizeof(r->left_out), &r->problem);

	selftest_results_free(&r->results);
	for (s = selftest_suites; ret == 0 && *s != NULL; s++)
		if (suite == NULL || suite == *s)
			ret = selftest_run(r->t, *s, &r->results,
					   getenv("DDW_VERBOSE") != NULL ? stdout : NULL);
	return ret;
}

const struct selftest_result *
selftest_rig_find(const struct selftest_rig *r, const char *suite, const char *name)
{
	unsigned int i;

	for (i = 0; i < r->results.n; i++)
		if (strcmp(r->results.list[i].suite->name, suite) == 0 &&
		    strcmp(r->results.list[i].one->name, name) == 0)
			return &r->results.list[i];
	fprintf(stderr, "there is no test %s %s\n", suite, name);
	abort();
}

void
selftest_rig_free(struct selftest_rig *r)
{
	selftest_results_free(&r->results);
	model_destroy(r->m);
	free(r->t);
	free(r);
}
