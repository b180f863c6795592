/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>

#include "bench_mempool.h"

/*
 * What packets do to a pool: bursts are taken, written to, wait in a queue as long as
 * packets wait in the rings of a NIC, are read and put back.
 */

#define LINE 64u
/* Bursts by which one core may be ahead of the other. */
#define AHEAD 8u

struct flow {
	struct rte_mempool *mp;
	enum shape shape;
	unsigned int cores;
	unsigned int flight;	   /* mbufs in each queue */
	unsigned int bursts;	   /* that flow_run() is about */
	struct rte_ring *queue[2]; /* of the main lcore and of the other */
};

unsigned int
shape_cores(enum shape shape)
{
	return shape == SHAPE_ONE_CORE ? 1 : 2;
}

const char *
shape_name(enum shape shape)
{
	static const char *const names[] = {
		[SHAPE_ONE_CORE] = "1 core",
		[SHAPE_TWO_CORES] = "2 cores",
		[SHAPE_PIPELINE] = "2 cores, one takes, one puts back",
	};

	return names[shape];
}

static struct rte_ring *
my_queue(const struct flow *f)
{
	return f->queue[f->shape == SHAPE_TWO_CORES && rte_lcore_id() != rte_get_main_lcore()];
}

/* A frame arrives: the driver writes the mbuf, the device the buffer. */
static void
receive(const struct flow *f, struct rte_ring *queue)
{
	struct rte_mbuf *m[BURST];
	unsigned int i;

	if (rte_pktmbuf_alloc_bulk(f->mp, m, BURST) != 0)
		die("%s is empty", f->mp->name);
	for (i = 0; i < BURST; i++) {
		m[i]->data_len = LINE;
		m[i]->pkt_len = LINE;
		memset(rte_pktmbuf_mtod(m[i], void *), (int)i, LINE);
	}
	if (rte_ring_sp_enqueue_bulk(queue, (void *const *)m, BURST, NULL) == 0)
		die("a queue is full");
}

/* A frame leaves: the driver reads where it is, the device what it is. */
static uint64_t
transmit(const struct flow *f, struct rte_ring *queue)
{
	struct rte_mbuf *m[BURST];
	uint64_t sum = 0;
	unsigned int i;

	if (rte_ring_sc_dequeue_bulk(queue, (void **)m, BURST, NULL) == 0)
		die("a queue is empty");
	for (i = 0; i < BURST; i++)
		sum += rte_mbuf_data_iova(m[i]) + *rte_pktmbuf_mtod(m[i], const uint64_t *);
	rte_mempool_put_bulk(f->mp, (void *const *)m, BURST);
	return sum;
}

static uint64_t
fill(void *arg)
{
	const struct flow *f = arg;
	unsigned int i;

	for (i = 0; i < f->flight; i += BURST)
		receive(f, my_queue(f));
	return 0;
}

static uint64_t
drain(void *arg)
{
	const struct flow *f = arg;
	struct rte_ring *queue = my_queue(f);
	volatile uint64_t sink;

	while (rte_ring_count(queue) != 0)
		sink = transmit(f, queue);
	(void)sink;
	return 0;
}

/* One core of two that share the work on each packet. */
static void
run_half(const struct flow *f, unsigned int bursts)
{
	bool takes = rte_lcore_id() == rte_get_main_lcore();
	struct rte_ring *queue = f->queue[0];
	volatile uint64_t sink;
	unsigned int i;

	for (i = 0; i < bursts; i++) {
		if (takes) {
			while (rte_ring_count(queue) > f->flight + AHEAD * BURST)
				rte_pause();
			receive(f, queue);
		} else {
			while (rte_ring_count(queue) < f->flight + BURST)
				rte_pause();
			sink = transmit(f, queue);
		}
	}
	(void)sink;
}

static void
run_whole(const struct flow *f, unsigned int bursts)
{
	struct rte_ring *queue = my_queue(f);
	volatile uint64_t sink;
	unsigned int i;

	for (i = 0; i < bursts; i++) {
		receive(f, queue);
		sink = transmit(f, queue);
	}
	(void)sink;
}

static uint64_t
run(void *arg)
{
	const struct flow *f = arg;
	void (*part)(const struct flow *f, unsigned int bursts) =
		f->shape == SHAPE_PIPELINE ? run_half : run_whole;
	uint64_t start;

	/* Others were in the caches of the CPU: each mbuf under way comes by once first. */
	part(f, f->flight / BURST + AHEAD);
	start = rte_rdtsc_precise();
	part(f, f->bursts);
	return rte_rdtsc_precise() - start;
}

static struct flow *
make(struct rte_mempool *mp, enum shape shape, unsigned int in_flight)
{
	struct flow *f = calloc(1, sizeof(*f));
	char name[RTE_RING_NAMESIZE];
	unsigned int i, room;

	if (f == NULL)
		die("no memory");
	f->mp = mp;
	f->shape = shape;
	f->cores = shape_cores(shape);
	f->flight = (shape == SHAPE_TWO_CORES ? in_flight / 2 : in_flight) / BURST * BURST;
	room = rte_align32pow2(f->flight + (AHEAD + 2) * BURST + 1);
	for (i = 0; i < (shape == SHAPE_TWO_CORES ? 2 : 1); i++) {
		snprintf(name, sizeof(name), "q%u_%.20s", i, mp->name);
		f->queue[i] =
			rte_ring_create(name, room, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (f->queue[i] == NULL)
			die("cannot create %s", name);
	}
	return f;
}

struct flow *
flow_begin(struct rte_mempool *mp, enum shape shape, unsigned int in_flight)
{
	struct flow *f = make(mp, shape, in_flight);

	lcores_run(fill, f, shape == SHAPE_TWO_CORES ? 2 : 1);
	return f;
}

double
flow_run(struct flow *f, unsigned int bursts)
{
	f->bursts = bursts;
	return lcores_run(run, f, f->cores) / bursts / BURST;
}

void
flow_end(struct flow *f)
{
	lcores_run(drain, f, f->shape == SHAPE_TWO_CORES ? 2 : 1);
	rte_ring_free(f->queue[0]);
	rte_ring_free(f->queue[1]);
	free(f);
}

static void
run_once(void *arg)
{
	fill(arg);
	run(arg);
	drain(arg);
}

/* What a child process takes has to go back in the child process. */
double
flow_steps(struct rte_mempool *mp, unsigned int in_flight, unsigned int bursts)
{
	struct flow *f = make(mp, SHAPE_ONE_CORE, in_flight);
	uint64_t none, some;

	none = steps_count(run_once, f);
	f->bursts = bursts;
	some = steps_count(run_once, f);
	flow_end(f);
	return none == 0 || some == 0 ? 0 : (double)(some - none) / bursts / BURST;
}
