/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef BENCH_MEMPOOL_H
#define BENCH_MEMPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "measure/figures.h"

/* Rounds of one row at the most. */
#define ROUNDS_MAX FIGURES_MAX

struct bench_options {
	unsigned int rounds;   /* of each row */
	unsigned int round_us; /* length of a round, per column */
	unsigned int pool_mb;  /* pool that is larger than the window */
	unsigned int window_mb;
	unsigned int in_flight; /* mbufs out at the same time */
	const char *against;	/* handler to compare with ring_mp_mc */
	bool steps;		/* count instructions */
	FILE *json;
};

/* The first reason to stop is the last thing that is printed. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Get and put of two handlers, side by side. */
void bench_getput(const struct bench_options *opt);

/* A pool larger than the window against pools that are mapped as a whole. */
void bench_forward(const struct bench_options *opt);

/* mempool_flow.c */
#define BURST 32u

enum shape {
	SHAPE_ONE_CORE,
	SHAPE_TWO_CORES, /* each does the same for itself */
	SHAPE_PIPELINE,	 /* one takes mbufs out of the pool, the other puts them back */
	SHAPES
};

unsigned int shape_cores(enum shape shape);
const char *shape_name(enum shape shape);

/* Packets that flow through a pool; so many mbufs are out at any time. */
struct rte_mempool;
struct flow;
struct flow *flow_begin(struct rte_mempool *mp, enum shape shape, unsigned int in_flight);
/* Ticks per mbuf, of each core, over so many bursts per core. */
double flow_run(struct flow *f, unsigned int bursts);
void flow_end(struct flow *f);
/* Instructions per mbuf on one core; 0 when they cannot be counted. */
double flow_steps(struct rte_mempool *mp, unsigned int in_flight, unsigned int bursts);

/* "name": {"min": ..., ...}, */
void figures_json(FILE *json, const char *name, struct figures f);

/* lcores.c */
/*
 * Run fn on so many lcores, the main one among them, and begin at the same time. It
 * returns the ticks that it took; the result is their mean.
 */
typedef uint64_t (*bench_loop)(void *arg);
double lcores_run(bench_loop fn, void *arg, unsigned int cores);

/* steps.c */
/*
 * Instructions that fn executes, counted one by one in a child process; 0 where that
 * is not possible. What fn changes in memory that is not shared is lost.
 */
uint64_t steps_count(void (*fn)(void *arg), void *arg);

/* mempool_dma.c */
/*
 * Let the library map memory in the window of a kernel that says yes to everything.
 * From then on only so many bytes more can be mapped.
 */
void dma_begin(void);
void dma_limit(uint64_t bytes);

#endif /* BENCH_MEMPOOL_H */
