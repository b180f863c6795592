/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RECORD_H
#define RECORD_H

/*
 * Keep what telemetry shows: reasons, refusals, messages.
 *
 * Telemetry runs in its own threads, at any moment. Under the lock of the record it reads
 * the record and the space in it, and nothing else that changes after the start. Writers
 * hold no lock of a space, so the order of locks is: EAL, record, space.
 */

#include <stdbool.h>

#include <ddw.h>

/** A group, or a device without group, and what was decided about it. */
struct record_group {
	int number;		/**< IOMMU group number, -1 for a device without one */
	char name[64];		/**< as in messages */
	char reason[192];	/**< why this window; empty when there is no plan */
	struct ddw_error error; /**< why it was refused; err is 0 when it was not */
};

/** Messages of one kind. */
struct record_message {
	unsigned int count;
	char what[320]; /**< of the last one */
};

enum record_state {
	RECORD_IDLE, /**< not started yet */
	RECORD_STARTING,
	RECORD_ACTIVE,
	RECORD_FAILED, /**< the start failed and was undone */
	RECORD_ENDED,  /**< everything is released */
};

struct record {
	enum record_state state;
	struct ddw_space *space;  /**< NULL while there is none */
	struct ddw_error failure; /**< why the start failed as a whole; err is 0 if not */
	char fallback[256];	  /**< why there are no dynamic windows; empty when not missed */
	struct record_group groups[2 * DDW_MAX_GROUPS];
	unsigned int n_groups;
	struct record_message messages[DDW_MSG_COUNT];
};

/** Set the space. Set NULL before the space is destroyed: telemetry may be reading it. */
void spapr_record_space(struct ddw_space *space);
/** Record the reasons of the plan for each group of the space. */
void spapr_record_plan(const struct ddw_plan *plan);
/** Record why a group, or with number -1 a device, is refused. */
void spapr_record_refused(int number, const char *name, const struct ddw_error *err);
/** Clear the refusal of a group: it was added at run time. */
void spapr_record_accepted(int number, const char *name);
/** Record that the start has succeeded. */
void spapr_record_active(void);
/** Record why the start failed; err->err is 0 when each group was refused by itself. */
void spapr_record_failure(const struct ddw_error *err);
/** Count a message that was logged. */
void spapr_record_message(const struct ddw_error *err);

/** Lock the record for reading. */
const struct record *spapr_record_lock(void);
void spapr_record_unlock(void);

#endif /* RECORD_H */
