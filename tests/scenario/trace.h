/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TRACE_H
#define TRACE_H

/* What a scenario asked a kernel for, and what that answered. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_RECORDS 4096
#define TRACE_VALUES  6

enum trace_kind { TRACE_OPEN, TRACE_CLOSE, TRACE_IOCTL, TRACE_MEMLOCK, TRACE_PAGE, TRACE_NOTE };

/* Files are numbered in the order in which they were opened, so that traces can be compared. */
struct trace_record {
	enum trace_kind kind;
	bool child; /* another process asked */
	int file;
	unsigned long request;
	int ret;
	uint64_t in[TRACE_VALUES];
	uint64_t out[TRACE_VALUES];
	char name[40];
};

struct trace {
	unsigned int n;
	unsigned int calls;    /* records that are calls into the kernel */
	unsigned int failures; /* expectations that were not met */
	bool ended;	       /* the scenario came to its end */
	char failure[400];
	struct trace_record records[TRACE_RECORDS];
};

/* A record to fill; the last one again when there is no more room. */
struct trace_record *trace_add(struct trace *t, enum trace_kind kind);
void trace_fail(struct trace *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Fill in what goes in and what comes out of an ioctl. */
void trace_ioctl_in(struct trace_record *rec, unsigned long request, const void *arg);
void trace_ioctl_out(struct trace_record *rec, int ret, const void *arg);
/* Bytes behind the argument of an ioctl; 0 when the argument is a number. */
size_t trace_arg_size(unsigned long request, const void *arg);
/* A record in words. */
const char *trace_text(const struct trace_record *rec, char *buf, size_t size);
/* The first record that differs; -1 when none does. */
int trace_compare(const struct trace *a, const struct trace *b);

#endif /* TRACE_H */
