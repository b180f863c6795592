/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GRANTS_H
#define GRANTS_H

/*
 * Who uses which memory outside of EAL's heaps. Pure bookkeeping: no call into EAL
 * or libddw; the caller serialises.
 *
 *  - A span is memory that was mapped as a whole because somebody asked for it.
 *  - A grant says that an owner (a device, a mempool) was given an address range. A
 *    grant may cover spans, parts of them, or memory that is mapped anyway.
 *
 * Invariant: span.refs is the number of grants that overlap the span, and one more
 * when it is to stay. A span without any is in the list of unused ones, from which
 * the caller takes it to unmap it.
 */

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* Memory that was mapped. */
struct span {
	RB_ENTRY(span) node;
	TAILQ_ENTRY(span) unused;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova;
	uint64_t refs;
	bool unlisted; /* mapped for a mempool: EAL need not know the memory */
};

/* An address range that was given to an owner. */
struct grant {
	RB_ENTRY(grant) node;
	const void *owner;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova; /* as the owner names it */
	uint64_t count;
};

struct holdings {
	RB_HEAD(span_tree, span) spans;
	RB_HEAD(grant_tree, grant) grants;
	TAILQ_HEAD(span_list, span) unused;
};

void holdings_init(struct holdings *h);
/* Forget everything. */
void holdings_fini(struct holdings *h);

/*
 * Enter memory that was mapped and overlaps no other span. It is unused until it is
 * granted. NULL when there is no memory for the entry.
 */
struct span *holdings_add_span(struct holdings *h, uint64_t vaddr, uint64_t len, uint64_t iova);
/* One reference that no grant has: the span stays until holdings_drop_span(). */
void holdings_keep(struct holdings *h, struct span *s);
/* First span that ends behind vaddr, and the next one; NULL at the end. */
struct span *holdings_span_at(struct holdings *h, uint64_t vaddr);
struct span *holdings_next_span(struct span *s);
/* Forget a span, and the grants that overlap it. */
void holdings_drop_span(struct holdings *h, struct span *s);
/* An unused span, or NULL; it stays in the list until it is dropped. */
struct span *holdings_unused(const struct holdings *h);

/* A grant as it was given, or NULL. */
struct grant *holdings_find(struct holdings *h, const void *owner, uint64_t vaddr, uint64_t len,
			    uint64_t iova);
/* Give an address range to an owner, once more if it has it. 0 or -ENOMEM. */
int holdings_grant(struct holdings *h, const void *owner, uint64_t vaddr, uint64_t len,
		   uint64_t iova);
/* Take it back once. */
void holdings_put(struct holdings *h, struct grant *g);
/* Take back all that an owner has. */
void holdings_drop_owner(struct holdings *h, const void *owner);
/*
 * The same for a mempool whose memory is about to go: where its memory was mapped for
 * mempools, devices lose theirs too.
 */
void holdings_drop_pool(struct holdings *h, const void *pool);
/* Take back all grants that overlap a range. */
void holdings_drop_range(struct holdings *h, uint64_t vaddr, uint64_t len);

/*
 * Those of the plugin. EAL's memory lock may be held when theirs is taken, and is never
 * taken inside of it; the lock of the space comes last.
 */
extern struct holdings holdings;
void holdings_lock(void);
void holdings_unlock(void);
/* With the lock held: memory is about to go that nothing maps any more, nobody uses it. */
void holdings_forget(uint64_t vaddr, uint64_t len);

#endif /* GRANTS_H */
