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

/* Live TCEs of one window; with @p region only those that lead to it. */
static uint64_t
model_window_tces(const struct model_window *w, const struct model_region *region)
{
	uint64_t c, i, n = 0;

	if (!w->exists)
		return 0;
	for (c = 0; c < w->n_chunks; c++)
		for (i = 0; w->chunks[c] != NULL && i < MODEL_CHUNK; i++)
			if (w->chunks[c][i].region != NULL &&
			    (region == NULL || w->chunks[c][i].region == region))
				n++;
	return n;
}

static uint64_t
model_count_tces(const struct model *m, const struct model_region *region)
{
	uint64_t n = 0;
	unsigned int i, w;

	for (i = 0; i < m->n_groups; i++)
		for (w = 0; w < 2; w++)
			if (m->groups[i]->container != NULL)
				n += model_window_tces(&m->groups[i]->container->win[w], region);
	return n;
}

uint64_t
model_tces(const struct model *m)
{
	return model_count_tces(m, NULL);
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
	return m->locked;
}

uint64_t
model_lost_charge(const struct model *m)
{
	return m->lost_charge;
}

uint64_t
model_longest_map(const struct model *m)
{
	return m->longest_map;
}

const char *
model_check(struct model *m)
{
	const struct model_container *c;
	const struct model_region *r;
	uint64_t locked = m->lost_charge, mapped = 0;
	unsigned int i, w;

	if (m->violation[0] != '\0')
		return m->violation;
	for (r = m->regions; r != NULL; r = r->next) {
		locked += r->size;
		mapped += r->mapped;
	}
	for (i = 0; i < m->n_groups; i++) {
		c = m->groups[i]->container;
		if (c != NULL) {
			locked += c->enabled_bytes;
			mapped += c->pinned.mapped;
		}
		for (w = 0; c != NULL && w < 2; w++)
			if (c->win[w].exists)
				locked += c->win[w].charged;
	}
	/* every TCE counts in the region that it leads to, so none leads elsewhere */
	if (mapped != model_tces(m))
		model_violate(m, "%" PRIu64 " TCEs, but %" PRIu64 " of registered memory",
			      model_tces(m), mapped);
	if (locked != m->locked)
		model_violate(m, "locked memory is 0x%" PRIx64 ", should be 0x%" PRIx64, m->locked,
			      locked);
	return m->violation[0] != '\0' ? m->violation : NULL;
}

const char *
model_leaks(struct model *m)
{
	unsigned int fds = 0, attached = 0, i;

	if (model_check(m) != NULL)
		return m->violation;
	for (i = 0; i < MODEL_FDS; i++)
		fds += m->fds[i].kind != MODEL_FD_NONE;
	for (i = 0; i < m->n_groups; i++)
		attached += m->groups[i]->container != NULL;
	if (fds == 0 && attached == 0 && m->regions == NULL && m->locked == m->lost_charge)
		return NULL;
	snprintf(m->leak, sizeof(m->leak),
		 "%u files open, %u groups attached, %u regions, 0x%" PRIx64 " bytes locked", fds,
		 attached, model_regions(m), m->locked - m->lost_charge);
	return m->leak;
}
