/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef ATTACH_TABLE_H
#define ATTACH_TABLE_H

/*
 * What the primary tells secondary processes, in a memzone. Everything in it is read
 * and written under EAL's memory lock for writing; the primary holds it for the
 * secondary processes while they do what it asks of them, as EAL does itself.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <rte_config.h>
#include <rte_mempool.h>

#include <ddw.h>

/** Counted up with each change of the structures. */
#define ATTACH_VERSION 1
/** Name of the memzone, and of the message. */
#define ATTACH_NAME "mempool_ddw"
/** Every pool has a list of EAL's at least. */
#define ATTACH_POOLS RTE_MAX_MEMSEG_LISTS
/** Secondary processes that follow. */
#define ATTACH_MEMBERS 64

/** A file of another process, that memory is in. */
struct attach_file {
	int32_t pid;
	int32_t fd; /* -1: there is no file */
	uint64_t dev, ino;
	uint64_t offset; /* of the first byte of the memory */
};

struct attach_pool {
	uint64_t id; /* 0: free; never used twice */
	char name[RTE_MEMPOOL_NAMESIZE];
	struct attach_file file;
	uint64_t base, room;
	uint64_t page_size, chunk_size;
	uint64_t populated;
	uint64_t going; /* list of EAL's that is about to go */
	int32_t node;
	uint32_t own_fd; /* the file was opened for this table */
};

struct attach_table {
	uint32_t version; /* 0: not ready */
	uint32_t size;	  /* of this structure */
	uint64_t last_id;
	int32_t ops; /* index of the handler in the primary */
	int32_t members[ATTACH_MEMBERS];
	struct attach_pool pools[ATTACH_POOLS];
};

/* The answer of a secondary process: 0 or a negative errno. */
struct attach_answer {
	int32_t result;
};

/* attach.c */
/* The table, made if there is none yet; NULL without memory. Not with EAL's memory lock held. */
struct attach_table *mpddw_attach_table(void);
/* The same; NULL when nobody has made it yet. */
struct attach_table *mpddw_attach_table_lookup(void);
/* A pool of the table by name; NULL. */
const struct attach_pool *mpddw_attach_find(const struct attach_table *t, const char *name);

/* attach_file.c: without EAL */
/*
 * The file that shared memory of this process is in, opened: 0 or -ENOTSUP when there
 * is none, or not one for all of it.
 */
int mpddw_attach_file_of(uint64_t base, uint64_t len, struct attach_file *file);
/* Open the file of another process, and see that it is the same: a descriptor or a negative errno. */
int mpddw_attach_file_open(const struct attach_file *file, const char *name, struct ddw_error *err);
/* Why addresses are not available, and what to do. */
void mpddw_attach_blame_addresses(struct ddw_error *err);
/* Take addresses that nobody has: 0 or a negative errno. */
int mpddw_attach_reserve(uint64_t base, uint64_t room, const char *name, struct ddw_error *err);
void mpddw_attach_release(uint64_t base, uint64_t room);
/* A part of them becomes the file's, or is set free of it. */
int mpddw_attach_map(int fd, uint64_t offset, uint64_t addr, uint64_t len, const char *name,
		     struct ddw_error *err);
void mpddw_attach_unmap(uint64_t addr, uint64_t len);

#endif /* ATTACH_TABLE_H */
