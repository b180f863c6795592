/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef REPORT_H
#define REPORT_H

/* Write the log lines of the plugin. */

#include <stdbool.h>
#include <stdint.h>

#include <ddw_error.h>

struct device;

/** Log a message with its cause and its remedy, and count it for telemetry; DDW-forked once. */
void spapr_report_error(const struct ddw_error *err);
/** The same when memory could not be unmapped: not in a child of fork(). */
void spapr_report_unmap(const struct ddw_error *err);
/**
 * Does the refusal of a group matter, also for strict=1? Not if this process was not given the
 * group, and -a does not name it: a container sees the devices of the whole machine.
 */
bool spapr_refusal_counts(int number, const struct ddw_error *err);
/**
 * Log why a group, or with number -1 a device, is refused, and record it for telemetry. What
 * does not matter is logged in one line.
 */
void spapr_report_refused(int number, const char *name, const struct ddw_error *err);
/** Log a refusal once per shortage: EAL retries with each page size and allocation. */
void spapr_report_veto(const struct ddw_error *err);
/** Log, once, that @p more bytes are refused because @p room are left. */
void spapr_report_full(uint64_t more, uint64_t room);
/** Log what the start has set up, and how long it took. */
void spapr_report_setup(uint64_t ns);
/** Log what is left after the release, and how long it took. */
void spapr_report_release(uint64_t ns);

/** Fill in DDW-iova-va. */
int spapr_fail_iova_va(struct ddw_error *err);
/** Fill in a message of a file that this process needs and cannot read. */
int spapr_fail_unreadable(enum ddw_msg msg, int cause, const char *path, struct ddw_error *err);
/** Fill in why a device of vfio-pci has no group: its member "group" is a negative errno. */
int spapr_fail_no_group(const struct device *d, struct ddw_error *err);

#endif /* REPORT_H */
