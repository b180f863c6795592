/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Invariants: what is charged, what leads where, and what is left at the end. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model_internal.h"

/* What each process should be charged. */
static void
model_expect_locked(const struct model *m, uint64_t *locked)
{
	const struct model_container *c;
	const struct model_region *r;
	unsigned int w;

	memcpy(locked, m->lost_charge, sizeof(m->lost_charge));
	for (r = m->regions; r != NULL; r = r->next)
		locked[r->mm] += r->size;
	for (c = m->containers; c != NULL; c = c->next) {
		if (c->mm == MODEL_NO_MM)
			continue;
		locked[c->mm] += c->enabled_bytes;
		for (w = 0; w < 2; w++)
			if (c->win[w].exists)
				locked[c->mm] += c->win[w].charged;
	}
}

const char *
model_check(struct model *m)
{
	uint64_t locked[MODEL_PROCESSES], mapped = 0;
	const struct model_container *c;
	const struct model_region *r;
	unsigned int i;

	if (m->violation[0] != '\0')
		return m->violation;
	for (r = m->regions; r != NULL; r = r->next)
		mapped += r->mapped;
	for (c = m->containers; c != NULL; c = c->next)
		mapped += c->pinned.mapped;
	/* every TCE counts in the region that it leads to, so none leads elsewhere */
	if (mapped != model_tces(m))
		model_violate(m, "%" PRIu64 " TCEs, but %" PRIu64 " of registered memory",
			      model_tces(m), mapped);
	model_expect_locked(m, locked);
	for (i = 0; i < MODEL_PROCESSES; i++)
		if (locked[i] != m->locked[i])
			model_violate(m,
				      "locked memory of process %u is 0x%" PRIx64
				      ", should be 0x%" PRIx64,
				      i, m->locked[i], locked[i]);
	return m->violation[0] != '\0' ? m->violation : NULL;
}

/* Valid TCEs of one window, counted anew; each must lead into its region. */
static uint64_t
model_count_tces(struct model *m, const struct model_container *c, const struct model_window *w)
{
	const struct model_tce *tce;
	uint64_t chunk, i, n = 0;

	for (chunk = 0; w->exists && chunk < w->n_chunks; chunk++) {
		for (i = 0; w->chunks[chunk] != NULL && i < MODEL_CHUNK; i++) {
			tce = &w->chunks[chunk][i];
			if (tce->region == NULL)
				continue;
			n++;
			if (tce->region == &c->pinned)
				continue;
			if (tce->vaddr < tce->region->vaddr ||
			    tce->vaddr - tce->region->vaddr >= tce->region->size)
				model_violate(m, "a TCE leads to 0x%" PRIx64 ", outside its region",
					      tce->vaddr);
		}
	}
	return n;
}

const char *
model_check_all(struct model *m)
{
	const struct model_container *c;
	unsigned int w;

	for (c = m->containers; c != NULL; c = c->next)
		for (w = 0; w < 2; w++)
			if (model_count_tces(m, c, &c->win[w]) != c->win[w].live)
				model_violate(m, "the count of valid TCEs is wrong");
	return model_check(m);
}

const char *
model_leaks(struct model *m)
{
	unsigned int fds = 0, attached = 0, i;
	uint64_t locked = 0;

	if (model_check(m) != NULL)
		return m->violation;
	for (i = 0; i < MODEL_FDS; i++)
		fds += m->fds[i].kind != MODEL_FD_NONE;
	for (i = 0; i < m->n_groups; i++)
		attached += m->groups[i]->container != NULL;
	for (i = 0; i < MODEL_PROCESSES; i++)
		locked += m->locked[i] - m->lost_charge[i];
	if (fds == 0 && attached == 0 && m->containers == NULL && m->regions == NULL && locked == 0)
		return NULL;
	snprintf(m->leak, sizeof(m->leak),
		 "%u files open, %u groups attached, %u regions, 0x%" PRIx64 " bytes locked", fds,
		 attached, model_regions(m), locked);
	return m->leak;
}
