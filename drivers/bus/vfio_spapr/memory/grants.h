/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef GRANTS_H
#define GRANTS_H

/*
 * Record who uses which memory outside of EAL's heaps. Pure bookkeeping, without calls
 * into EAL or libddw; the caller serialises.
 *
 *  - A span is memory that was mapped as a whole on request.
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
	uint64_t refs;
	bool unlisted; /* mapped for a mempool: EAL need not know the memory */
};

/* An address range that was given to an owner. */
struct grant {
	RB_ENTRY(grant) node;	  /* by size class and address */
	RB_ENTRY(grant) of_owner; /* by owner */
	const void *owner;
	uint64_t vaddr;
	uint64_t len;
	uint64_t iova; /* as the owner names it */
	uint64_t count;
};

#define GRANT_CLASSES 64 /* of sizes: powers of two */

/* To find, add or drop one costs O(log n), however many there are elsewhere. */
struct grants {
	RB_HEAD(span_tree, span) spans;
	RB_HEAD(grant_tree, grant) grants;
	RB_HEAD(owner_tree, grant) owners;
	uint64_t in_class[GRANT_CLASSES]; /* grants of each size class */
	TAILQ_HEAD(span_list, span) unused;
};

void spapr_grants_init(struct grants *all);
/* Free all entries. */
void spapr_grants_fini(struct grants *all);

/*
 * Add memory that was mapped and overlaps no other span. It is unused until it is
 * granted. Returns NULL when out of memory.
 */
struct span *spapr_grants_add_span(struct grants *all, uint64_t vaddr, uint64_t len);
/*
 * Cut an unused span in two at an address, which are unmapped one without the other.
 * Returns the second, the span itself when the address does not lie inside of it, or NULL
 * when out of memory.
 */
struct span *spapr_grants_split_span(struct grants *all, struct span *s, uint64_t vaddr);
/* Add a reference without a grant: the span stays until spapr_grants_drop_span(). */
void spapr_grants_keep(struct grants *all, struct span *s);
/* Return the first span that ends behind vaddr, and the next one; NULL at the end. */
struct span *spapr_grants_span_at(struct grants *all, uint64_t vaddr);
struct span *spapr_grants_next_span(struct span *s);
/* Remove a span, and the grants that overlap it. */
void spapr_grants_drop_span(struct grants *all, struct span *s);
/* Return an unused span, or NULL; it stays in the list until it is dropped. */
struct span *spapr_grants_unused(const struct grants *all);

/* Return the grant with exactly these values, or NULL. */
struct grant *spapr_grants_find(struct grants *all, const void *owner, uint64_t vaddr, uint64_t len,
				uint64_t iova);
/* Grant a range to an owner, or count one more. Returns 0 or -ENOMEM. */
int spapr_grants_grant(struct grants *all, const void *owner, uint64_t vaddr, uint64_t len,
		       uint64_t iova);
/* Count one less; the last one removes the grant. */
void spapr_grants_put(struct grants *all, struct grant *g);
/* Remove all grants of an owner. */
void spapr_grants_drop_owner(struct grants *all, const void *owner);
/*
 * Remove all grants of a mempool whose memory is about to go. Where it was mapped for
 * mempools, devices lose theirs too.
 */
void spapr_grants_drop_pool(struct grants *all, const void *pool);
/* Remove all grants that overlap a range. */
void spapr_grants_drop_range(struct grants *all, uint64_t vaddr, uint64_t len);

/*
 * The grants of the plugin, and their lock. EAL's memory lock may be held when it is taken,
 * and is never taken inside of it; the lock of the space comes last.
 */
extern struct grants spapr_grants;
void spapr_grants_lock(void);
void spapr_grants_unlock(void);
/* Remove all grants that overlap a range that is not mapped any more. Needs the lock. */
void spapr_grants_forget(uint64_t vaddr, uint64_t len);

#endif /* GRANTS_H */
