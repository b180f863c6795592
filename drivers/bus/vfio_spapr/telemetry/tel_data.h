/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef TEL_DATA_H
#define TEL_DATA_H

/*
 * Build answers for telemetry. DPDK keeps texts of up to 127 bytes and sends up to 16 KiB;
 * what does not fit is left out silently. So texts are lists of lines, and lists of groups
 * or extents come in parts. Releases before 23.03 have no list of dictionaries; a dictionary
 * with numbered keys is used.
 */

#include <stdint.h>

#include <rte_telemetry.h>

/** Longest line that is sent. */
#define TELEMETRY_LINE 120

/* Add to a dictionary; what does not fit is left out. */
void spapr_tel_number(struct rte_tel_data *d, const char *key, uint64_t value);
void spapr_tel_text(struct rte_tel_data *d, const char *key, const char *text);
void spapr_tel_address(struct rte_tel_data *d, const char *key, uint64_t address);
/** Add a text of any length, as a list of lines that " " joins again. */
void spapr_tel_lines(struct rte_tel_data *d, const char *key, const char *text);

/** Return a new dictionary or list of texts, for spapr_tel_add(); NULL when out of memory. */
struct rte_tel_data *spapr_tel_dict(void);
struct rte_tel_data *spapr_tel_list(void);
/** Add a part to a dictionary, which owns it from then on. */
void spapr_tel_add(struct rte_tel_data *d, const char *key, struct rte_tel_data *part);

/** Append a text to a list, broken into lines that begin with "indent". */
void spapr_tel_say(struct rte_tel_data *list, const char *indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Parse the number in the parameters of a command; 0 without one. Returns 0 or -EINVAL. */
int spapr_tel_param(const char *params, uint64_t *value);

#endif /* TEL_DATA_H */
