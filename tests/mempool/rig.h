/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RIG_H
#define RIG_H

/*
 * Mempools over the simulated kernel: EAL in this process, a space of libddw, and a
 * table of functions as the plugin has it. There is one rig at a time.
 *
 * The simulated kernel is not thread-safe. All that touches it is under one lock,
 * which is taken ioctl by ioctl: a device may access memory in the middle of a MAP or
 * UNMAP of other memory that another thread is about.
 */

#include <stdbool.h>

#include <rte_config.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "ddw.h"
#include "environment.h"
#include "model.h"
#include "pool.h"
#include "random.h"
#include "unit.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

struct rig_conf {
	bool ddw;	     /* dynamic windows; otherwise the default ones */
	unsigned int groups; /* 0: two */
	uint64_t window;     /* bytes of the main window; a power of two */
	uint64_t memlock;    /* bytes; 0: no limit */
};

/* EAL without hugepages and devices, once in a process. */
void rig_eal(void);
/* The same with other arguments, before anything else. */
void rig_eal_start(int argc, char **argv);

/* rig_eal() before all tests of a program. */
int rig_setup(void **state);

void rig_begin(const struct rig_conf *conf);
/* No pool may be left. Nothing may be left in the simulated kernel either. */
void rig_end(void);
/* The same after faults: the kernel may still hold what it did not give back when asked to. */
void rig_end_faulty(void);

/* log2 of the pages of this machine, which are those of the simulated kernel too */
unsigned int rig_page_shift(void);
/* Bytes of the main window that are not given out. */
uint64_t rig_free_bytes(void);
struct ddw_space_stats rig_stats(void);
/* TCEs over all groups, and registrations. */
uint64_t rig_tces(void);
unsigned int rig_regions(void);
/* Ioctls of one kind so far. */
unsigned int rig_count(unsigned long request);
/* The invariants of the simulated kernel hold. */
void rig_check(void);
/* Ask for room as the plugin does; false when nobody has asked to be asked. */
bool rig_reclaim(uint64_t bytes);

/* Faults, see model_fail(). */
void rig_fail(unsigned long request, unsigned int nth, unsigned int count, int ret, bool after);
void rig_fail_none(void);
/* Ioctls that were made to fail since the last rig_fail(). */
unsigned int rig_failed(void);

/*
 * Devices. Any thread may ask. What is wrong is told once, and counted: threads other
 * than the first cannot end a test.
 */

/* rte_mempool_create_ddw() with plain objects on any node. */
struct rte_mempool *rig_pool(const char *name, unsigned int n, unsigned int elt_size,
			     unsigned int cache, const struct rte_mempool_ddw_conf *conf);

/* Memory goes back to the system: no device may reach it any more. */
void rig_gone(uint64_t vaddr, uint64_t len);
/*
 * Pools whose memory the library has kept, because a device may reach it permanently. With the
 * machine gone, it is released. Only for programs that link with rig_wrap.c.
 */
unsigned int rig_lost_memory(void);
/* Every group reaches len bytes at vaddr, and nothing else, by this bus address. */
bool rig_reaches(const void *vaddr, uint64_t iova, uint64_t len);
/* The same of an object: its whole element by the bus address of its header, mbufs by theirs too. */
bool rig_object(struct rte_mempool *mp, void *obj);
bool rig_mbuf(const struct rte_mbuf *m);

/* Something is wrong: told, and counted. */
void rig_wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
unsigned int rig_wrongs(void);
#define RIG_CHECK(condition) \
	((condition) ? true : (rig_wrong("%s:%d: %s", __FILE__, __LINE__, #condition), false))

/* Run a function in n threads of EAL's, each with a cache of its own in each pool. */
void rig_threads(unsigned int n, void (*run)(void *arg, unsigned int number), void *arg);

/* What was logged since the last rig_log_clear(). */
void rig_log_clear(void);
/* How many times a text is in it. */
unsigned int rig_logged(const char *text);

/* The state of a run's numbers; its seed is printed, and DDW_SEED=N repeats it. */
uint64_t rig_seed(void);

#endif /* RIG_H */
