/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What threads do with mbufs that share their data: clones, indirect ones, buffers from
 * elsewhere, chains. Data is written once, when nobody else has it; who comes to it by
 * whatever way finds it, and so do devices, until the last reference is gone.
 *
 * Pools: the first for mbufs with data, the second for those that are attached, the
 * third, of plain objects, for the buffers from elsewhere.
 */

#include "stress.h"

#define SEGMENTS 6

enum { DATA, SHELLS, BUFFERS };

static void
look_at(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next) {
		if (!stress_same(rte_pktmbuf_mtod(m, void *), m->data_len))
			rig_wrong("mbuf %p has other contents", (const void *)m);
		(void)rig_mbuf(m);
		(void)rig_reaches(rte_pktmbuf_mtod(m, void *), rte_pktmbuf_iova(m), m->data_len);
	}
}

static void
keep(struct worker *w, struct rte_mbuf *m)
{
	if (m == NULL) {
		w->refused++;
		return;
	}
	w->objects++;
	w->held[w->n++] = m;
}

static struct rte_mbuf *
some(struct worker *w)
{
	return w->held[pick(&w->random, w->n)];
}

/* The mbuf is the caller's alone. */
static void
write_data(struct worker *w, struct rte_mbuf *m)
{
	uint16_t len = (uint16_t)(8 * (1 + pick(&w->random, rte_pktmbuf_tailroom(m) / 8)));
	void *data = rte_pktmbuf_append(m, len);

	if (RIG_CHECK(data != NULL))
		stress_fill(data, len, rnd(&w->random));
	look_at(m);
}

static void
make_plain(struct worker *w)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->s->pools[DATA]);

	if (m != NULL)
		write_data(w, m);
	keep(w, m);
}

static void
make_clone(struct worker *w)
{
	struct rte_mbuf *m;

	if (w->n == 0)
		return;
	m = rte_pktmbuf_clone(some(w), w->s->pools[SHELLS]);
	if (m != NULL)
		look_at(m);
	keep(w, m);
}

static void
make_attached(struct worker *w)
{
	struct rte_mbuf *m, *to;

	if (w->n == 0)
		return;
	to = some(w);
	m = rte_pktmbuf_alloc(w->s->pools[SHELLS]);
	if (m != NULL) {
		rte_pktmbuf_attach(m, to);
		look_at(m);
	}
	keep(w, m);
}

static void
put_buffer(void *buffer, void *pool)
{
	rte_mempool_put(pool, buffer);
}

static void
make_external(struct worker *w)
{
	struct rte_mempool *pool = w->s->pools[BUFFERS];
	struct rte_mbuf_ext_shared_info *info;
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->s->pools[SHELLS]);
	uint16_t len = (uint16_t)w->s->conf->size;
	void *buffer;

	if (m != NULL && rte_mempool_get(pool, &buffer) != 0) {
		rte_pktmbuf_free(m);
		m = NULL;
	}
	if (m != NULL) {
		(void)rig_object(pool, buffer);
		info = rte_pktmbuf_ext_shinfo_init_helper(buffer, &len, put_buffer, pool);
		rte_pktmbuf_attach_extbuf(m, buffer, rte_mempool_virt2iova(buffer), len, info);
		write_data(w, m);
	}
	keep(w, m);
}

/* An indirect mbuf gets its own buffer back. */
static void
detach(struct worker *w)
{
	struct rte_mbuf *m;

	if (w->n == 0)
		return;
	m = some(w);
	if (RTE_MBUF_DIRECT(m) || m->nb_segs != 1 || rte_mbuf_refcnt_read(m) != 1)
		return;
	rte_pktmbuf_detach(m);
	m->data_len = 0;
	m->pkt_len = 0;
	write_data(w, m);
}

static void
chain(struct worker *w)
{
	struct rte_mbuf *head, *tail;

	if (w->n < 2)
		return;
	tail = w->held[w->n - 1];
	head = w->held[pick(&w->random, w->n - 1)];
	if (head->nb_segs + tail->nb_segs > SEGMENTS || rte_mbuf_refcnt_read(head) != 1 ||
	    rte_mbuf_refcnt_read(tail) != 1)
		return;
	if (RIG_CHECK(rte_pktmbuf_chain(head, tail) == 0))
		w->n--;
}

static void
drop_some(struct worker *w, unsigned int n)
{
	unsigned int at;

	for (; n > 0 && w->n > 0; n--) {
		at = pick(&w->random, w->n);
		look_at(w->held[at]);
		rte_pktmbuf_free(w->held[at]);
		w->held[at] = w->held[--w->n];
	}
}

static void
pass_on(struct worker *w)
{
	struct rte_ring *ring = w->s->rings[pick(&w->random, w->s->conf->threads)];

	while (w->n > 0 && pick(&w->random, 8) != 0) {
		if (rte_ring_enqueue(ring, w->held[w->n - 1]) != 0)
			return;
		w->n--;
		w->passed++;
	}
}

static void
receive(struct worker *w)
{
	unsigned int i, n = w->s->conf->hold - w->n;

	n = rte_ring_dequeue_burst(w->s->rings[w->number], w->held + w->n, n, NULL);
	for (i = 0; i < n; i++)
		look_at(w->held[w->n + i]);
	w->n += n;
}

typedef void make_mbufs(struct worker *w);

void
stress_mbuf_step(struct worker *w)
{
	static make_mbufs *const makers[] = { make_plain, make_plain, make_clone, make_attached,
					      make_external };
	unsigned int roll = pick(&w->random, 100), n;

	if (roll < 50) {
		for (n = stress_bulk(w); n > 0 && w->n < w->s->conf->hold; n--)
			makers[pick(&w->random, RTE_DIM(makers))](w);
	} else if (roll < 55) {
		detach(w);
	} else if (roll < 65) {
		chain(w);
	} else if (roll < 85) {
		drop_some(w, stress_bulk(w));
	} else if (roll < 92) {
		pass_on(w);
	} else {
		receive(w);
	}
}

void
stress_mbuf_drop(struct worker *w)
{
	do {
		drop_some(w, w->n);
		receive(w);
	} while (w->n != 0);
}
