/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "model.h"

#define MODEL_FDS      1024
#define MODEL_FD_BASE  5000
#define MODEL_GROUPS   80
#define MODEL_CHUNK    4096
#define MODEL_REQUESTS 32
#define MODEL_NO_MM    (-1)
#define MODEL_PAGES    UINT64_C(0x7e0000000000)

/* A registered region of the process (struct mm_iommu_table_group_mem_t). */
struct model_region {
	struct model_region *next;
	int mm;
	uint64_t vaddr;
	uint64_t size;
	unsigned int page_shift;
	unsigned int used;	   /* containers that hold it, plus one when leaked */
	uint64_t mapped;	   /* TCEs that point to it */
	struct model_range *stale; /* parts whose memory was freed meanwhile */
};

struct model_range {
	struct model_range *next;
	uint64_t vaddr;
	uint64_t len;
	unsigned int page_shift;
};

struct model_tce {
	uint64_t vaddr;
	struct model_region *region; /* NULL: not valid */
};

struct model_window {
	bool exists;
	bool is_default;
	uint64_t start;
	uint64_t size;	/* as many entries as the table has */
	uint64_t asked; /* what CREATE was asked for */
	unsigned int page_shift;
	uint64_t charged;
	uint64_t live; /* valid TCEs */
	uint64_t n_chunks;
	struct model_tce **chunks; /* MODEL_CHUNK entries each, allocated when first used */
};

struct model_prereg {
	struct model_prereg *next;
	struct model_region *region;
};

struct model_container {
	struct model_container *next;
	bool fd_open;
	struct model_group *group;
	int iommu; /* 0, VFIO_SPAPR_TCE_IOMMU or VFIO_SPAPR_TCE_v2_IOMMU */
	bool def_pending;
	bool enabled;
	int mm; /* the process that it is bound to, or MODEL_NO_MM */
	struct model_window win[2];
	struct model_prereg *prereg;
	struct model_region pinned; /* sPAPR v1: what MAP itself pins */
	uint64_t enabled_bytes;	    /* sPAPR v1: charged by ENABLE */
	atomic_int in_ioctl;
};

struct model_group {
	struct model_group_cfg cfg;
	struct model_container *container;
	unsigned int refs; /* group fd and device fds */
	bool fd_open;
	unsigned int devices_open;
	unsigned int creates;
};

enum model_fd_kind { MODEL_FD_NONE, MODEL_FD_CONTAINER, MODEL_FD_GROUP, MODEL_FD_DEVICE };

struct model_fd {
	enum model_fd_kind kind;
	uint64_t holders; /* processes that have it open, one bit each */
	struct model_container *container;
	struct model_group *group;
};

enum model_node_kind { MODEL_FILE, MODEL_LINK };

struct model_node {
	struct model_node *next;
	enum model_node_kind kind;
	char *path;
	char *text;
};

struct model_fault {
	bool armed;
	unsigned long request;
	unsigned int nth;
	unsigned int count;
	int ret;
	bool after;
	unsigned int seen;
	unsigned int hits;
};

struct model {
	struct ddw_sys sys;
	pthread_mutex_t lock;
	struct model_fd fds[MODEL_FDS];
	struct model_group *groups[MODEL_GROUPS];
	unsigned int n_groups;
	struct model_container *containers;
	unsigned int page_shift;
	bool permit;
	int current;
	uint64_t alive; /* processes, one bit each */
	struct model_node *nodes;
	struct model_region *regions;
	struct model_range *memory;
	struct ddw_memlock memlock;
	int memlock_error;
	uint64_t locked[MODEL_PROCESSES];
	uint64_t lost_charge[MODEL_PROCESSES]; /* of failed CREATEs */
	uint64_t clock;
	uint64_t pages_got;
	uint64_t longest_map;
	struct model_fault fault;
	struct {
		unsigned long request;
		unsigned int count;
	} counts[MODEL_REQUESTS];
	unsigned int total;
	char violation[256];
	char leak[256];
};

void *model_alloc(size_t size);
char *model_copy(const char *text);
/* A misuse that is only sometimes a violation. */
void model_misuse(struct model *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
uint64_t model_page(const struct model *m);
void model_violate(struct model *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct model_group *model_find(const struct model *m, int number);
/* Does [a, a + alen) meet [b, b + blen)? */
bool model_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen);

/* model_fs.c */
int model_open(void *ctx, const char *path, int flags);
int model_close(void *ctx, int fd);
int model_read_file(void *ctx, const char *path, char *buf, size_t size);
int model_read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg),
		     void *arg);
int model_read_link(void *ctx, const char *path, char *buf, size_t size);
int model_list_dir(void *ctx, const char *path, int (*entry)(const char *name, void *arg),
		   void *arg);
struct model_fd *model_fd(struct model *m, int fd);
void model_drop_file(struct model *m, int fd, int process);
int model_new_fd(struct model *m, enum model_fd_kind kind, struct model_container *c,
		 struct model_group *g);
bool model_viable(const struct model *m, const struct model_group *g);

/* model_process.c */
bool model_process_used(const struct model *m, int process);

/* model_group.c */
void model_bind(struct model *m, struct model_container *c);
void model_detach(struct model *m, struct model_group *g);
void model_group_put(struct model *m, struct model_group *g);
void model_container_put(struct model *m, struct model_container *c);
int model_group_ioctl(struct model *m, struct model_group *g, unsigned long request, void *arg);
int model_container_ioctl(struct model *m, struct model_container *c, unsigned long request,
			  void *arg);

/* model_window.c */
int model_default_window(struct model *m, struct model_container *c);
int model_ioctl_create(struct model *m, struct model_container *c, void *arg);
int model_ioctl_remove(struct model *m, struct model_container *c, void *arg);
void model_remove_window(struct model *m, struct model_container *c, struct model_window *w);
struct model_window *model_find_window(struct model_container *c, uint64_t iova);

/* model_mem.c */
int model_charge(struct model *m, int mm, uint64_t bytes);
void model_uncharge(struct model *m, int mm, uint64_t bytes);
const struct model_range *model_memory_at(const struct model *m, uint64_t vaddr);
int model_ioctl_register(struct model *m, struct model_container *c, void *arg);
int model_ioctl_unregister(struct model *m, struct model_container *c, void *arg);
int model_ioctl_enable(struct model *m, struct model_container *c);
int model_ioctl_disable(struct model *m, struct model_container *c);
void model_release_prereg(struct model *m, struct model_container *c);

/* model_map.c */
struct model_tce *model_tce(struct model_window *w, uint64_t index, bool make);
void model_clear_tces(struct model_window *w, uint64_t first, uint64_t n);
int model_ioctl_map(struct model *m, struct model_container *c, void *arg);
int model_ioctl_unmap(struct model *m, struct model_container *c, void *arg);

#endif /* MODEL_INTERNAL_H */
