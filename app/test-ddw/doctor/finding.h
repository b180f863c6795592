/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FINDING_H
#define FINDING_H

/* Collect and print the findings of the doctor. */

#include <stdio.h>

/* In ascending order: the worst one is the result, and the exit status. */
enum finding_level {
	FINDING_FINE,  /* 0: as it should be */
	FINDING_LIMIT, /* 1: works, with limits */
	FINDING_FAIL,  /* 2: will not work */
};

struct finding {
	enum finding_level level;
	char topic[24];	 /* "kernel", "group 3", ... */
	char state[320]; /* what is */
	char why[320];	 /* why it matters; empty when it is fine */
	char fix[320];	 /* the command that fixes it; empty when there is none */
};

struct findings {
	struct finding *list;
	unsigned int n;
	unsigned int room;
	int lost; /* a finding for which there was no memory */
};

/* Add a finding. The result is never NULL, and valid until the next call. */
struct finding *doctor_finding_add(struct findings *f, enum finding_level level, const char *topic,
				   const char *state, ...) __attribute__((format(printf, 4, 5)));
void doctor_finding_why(struct finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void doctor_finding_fix(struct finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

enum finding_level doctor_findings_worst(const struct findings *f);
void doctor_findings_free(struct findings *f);

/* Print one line per finding, then the result. */
void doctor_findings_print(const struct findings *f, FILE *out);
/* Print the findings as one JSON object. Returns 0 or -ENOMEM. */
int doctor_findings_print_json(const struct findings *f, FILE *out);

#endif /* FINDING_H */
