/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Kinds of machine, and questions about the state of one. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_internal.h"

#define MODEL_PGS_PSERIES (MODEL_4K | MODEL_64K | MODEL_2M | MODEL_16M)
#define MODEL_PGS_POWERNV (MODEL_4K | MODEL_64K | MODEL_2M | MODEL_1G)

struct model_group_cfg
model_pseries(int number)
{
	return (struct model_group_cfg){
		.number = number,
		.platform = MODEL_PSERIES,
		.dma32_size = 0x40000000,
		.pgsizes = MODEL_PGS_PSERIES,
		.firmware_pgs = MODEL_PGS_PSERIES,
		.max_windows = 2,
		.levels = 1,
		.high_start = MODEL_HIGH,
	};
}

struct model_group_cfg
model_single_window(int number)
{
	struct model_group_cfg cfg = model_pseries(number);

	cfg.max_windows = 1;
	cfg.alone_start = MODEL_HIGH; /* as PowerVM places it */
	return cfg;
}

struct model_group_cfg
model_no_ddw(int number)
{
	struct model_group_cfg cfg = model_pseries(number);

	cfg.max_windows = UINT32_MAX;
	cfg.pgsizes = MODEL_4K;
	cfg.firmware_pgs = 0;
	cfg.levels = 0;
	return cfg;
}

struct model_group_cfg
model_powernv(int number)
{
	return (struct model_group_cfg){
		.number = number,
		.platform = MODEL_POWERNV,
		.dma32_size = 0x80000000,
		.pgsizes = MODEL_PGS_POWERNV,
		.firmware_pgs = MODEL_PGS_POWERNV,
		.max_windows = 2,
		.levels = 5,
		.high_start = MODEL_HIGH,
	};
}

struct model_group_cfg
model_old_kernel(int number)
{
	struct model_group_cfg cfg = model_pseries(number);

	cfg.set_iommu_error = EPERM;
	return cfg;
}

void
model_add_group(struct model *m, const struct model_group_cfg *cfg)
{
	struct model_group *g = model_alloc(sizeof(*g));

	if (m->n_groups == MODEL_GROUPS)
		abort();
	g->cfg = *cfg;
	m->groups[m->n_groups++] = g;
}

struct model_group_cfg *
model_group_cfg(struct model *m, int number)
{
	struct model_group *g = model_find(m, number);

	return g != NULL ? &g->cfg : NULL;
}

unsigned int
model_creates(const struct model *m, int number)
{
	return model_find(m, number)->creates;
}

bool
model_poisoned(const struct model *m, int number)
{
	return model_find(m, number)->cfg.poisoned;
}

bool
model_attached(const struct model *m, int number)
{
	return model_find(m, number)->container != NULL;
}

unsigned int
model_windows(const struct model *m, int number)
{
	const struct model_container *c = model_find(m, number)->container;

	return c == NULL ? 0 : (unsigned int)c->win[0].exists + (unsigned int)c->win[1].exists;
}

uint64_t
model_tces(const struct model *m)
{
	uint64_t n = 0;
	unsigned int i, w;

	for (i = 0; i < m->n_groups; i++)
		for (w = 0; w < 2; w++)
			if (m->groups[i]->container != NULL)
				n += m->groups[i]->container->win[w].live;
	return n;
}

uint64_t
model_group_tces(const struct model *m, int number)
{
	const struct model_container *c = model_find(m, number)->container;

	return c == NULL ? 0 : c->win[0].live + c->win[1].live;
}

unsigned int
model_process_regions(const struct model *m)
{
	const struct model_region *r;
	unsigned int n = 0;

	for (r = m->regions; r != NULL; r = r->next)
		n += r->mm == m->current;
	return n;
}

unsigned int
model_regions(const struct model *m)
{
	const struct model_region *r;
	unsigned int n = 0;

	for (r = m->regions; r != NULL; r = r->next)
		n++;
	return n;
}

uint64_t
model_locked(const struct model *m)
{
	return m->locked[m->current];
}

uint64_t
model_lost_charge(const struct model *m)
{
	return m->lost_charge[m->current];
}

uint64_t
model_longest_map(const struct model *m)
{
	return m->longest_map;
}
