/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef HISTORY_H
#define HISTORY_H

/*
 * A machine on which processes with a space each live one after the other, and a
 * second account of what they have done, as plain as can be.
 */

#include "random.h"
#include "scene.h"

#define HISTORY_GROUPS	 4 /* the last one is unlike the others */
#define HISTORY_PAGES	 96
#define HISTORY_CHILDREN 3
#define HISTORY_RESERVED 3

/* A page of memory, as it should be. */
struct page {
	bool mapped;
	unsigned int region; /* registered together with others of this number; 0: not */
	bool held;	     /* registered by itself, and stays so */
	uint64_t iova;
};

/* Memory of pages of one size. */
struct area {
	uint64_t vaddr;
	uint64_t size; /* of a page */
	unsigned int shift;
	unsigned int n;
	unsigned int last_region;
	struct page pages[HISTORY_PAGES];
};

struct reserved {
	uint64_t iova, len;
};

struct world {
	uint64_t seed, random;
	unsigned int step;
	const char *op; /* being done, for the report of a failure */

	struct model *m;
	const struct ddw_sys *sys;
	bool small_defaults; /* default windows that can be full */

	/* the process that has the space now */
	int process;
	struct ddw_space *space;
	struct ddw_plan_input in;
	struct ddw_plan plan;
	struct ddw_error err, errors[DDW_MAX_GROUPS];
	bool v1;
	bool began_empty; /* without groups: windows of the usual sizes are expected */
	uint64_t limit;	  /* of locked memory; 0: none */
	struct ddw_window_info main, small;
	bool has_small;
	int container[HISTORY_GROUPS];
	int group[HISTORY_GROUPS]; /* -1: not open */
	int index[HISTORY_GROUPS]; /* in the space; -1: never there */
	struct area huge, pages;
	struct reserved reserved[HISTORY_RESERVED];

	/* its children, and those of processes before it; -1: none */
	int children[HISTORY_CHILDREN];
	unsigned int held[HISTORY_CHILDREN]; /* groups of which a child has the file, a bit each */
};

/* What a failure prints: how to have the same again. */
void history_fail(const struct world *w, const char *text) __attribute__((noreturn));
#define CHECK(w, condition) ((condition) ? (void)0 : history_fail(w, #condition))

/* history.c: a world begins and ends, and processes in it */

/* Failures come with all that a user needs. */
bool is_told(const struct world *w, int ret);
struct area *some_area(struct world *w);
/* Other memory comes in the place of some that was given back. */
void replace_memory(struct world *w, const struct area *a, unsigned int at, unsigned int n);

struct world *world_new(uint64_t seed);
void world_end(struct world *w);
/* A process makes its space. */
void life_begin(struct world *w);
/* It releases all and closes its files, or is killed. */
void life_end(struct world *w);
void life_killed(struct world *w);
/* Number of group i, from 0. */
int group_number(unsigned int i);
/* A child has the file of group i open. */
bool held_by_child(const struct world *w, unsigned int i);
/* Group i is in the container of the process that lives. */
bool is_attached(const struct world *w, unsigned int i);
unsigned int n_attached(const struct world *w);
/* Group i can be no part of the space. */
bool is_misfit(const struct world *w, unsigned int i);
int open_group(struct world *w, unsigned int i);
void close_group(struct world *w, unsigned int i);
void child_ends(struct world *w, unsigned int child);

/* history_account.c: the second account */

void account_mapped(struct world *w, struct area *a, unsigned int at, unsigned int n,
		    unsigned int piece, uint64_t iova);
/* Pages that were mapped. */
unsigned int account_unmapped(struct area *a, unsigned int at, unsigned int n);
bool account_registered(const struct area *a, unsigned int at, unsigned int n);
/* Registered without being mapped, and let go. */
void account_pinned(struct area *a, unsigned int at, unsigned int n, unsigned int piece);
void account_unpinned(struct world *w, struct area *a, unsigned int at, unsigned int n);
/* The pages that are registered together with one of them: the first, and behind the last. */
void account_region(const struct area *a, unsigned int at, unsigned int *first, unsigned int *end);
/* Is there a limit of locked memory that so many bytes would exceed? */
bool account_over_limit(const struct world *w, uint64_t bytes);
/* Is there room for so many pages, next to each other, at bus addresses aligned to them? */
bool account_room(const struct world *w, const struct area *a, unsigned int n);
/* Can they be at this bus address? */
bool account_free(const struct world *w, uint64_t iova, uint64_t len);
/* Is memory of such pages mapped with the others, in DDW_RANGE_MAIN? */
bool account_in_main(const struct world *w, const struct area *a);
/* What mapping so many pages has to lead to; 0 when it has to work. */
int account_foresee(const struct world *w, const struct area *a, unsigned int at, unsigned int n,
		    const struct ddw_mapping *m);
/* The space, the simulated kernel and the account agree: these pages, and all sums. */
void account_agrees(struct world *w, const struct area *a, unsigned int at, unsigned int n);

/* history_pin.c: steps with memory that stays registered */

void op_pin(struct world *w);
void op_unpin(struct world *w);
void op_map_pinned(struct world *w);

#endif /* HISTORY_H */
