/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef RECORD_H
#define RECORD_H

/*
 * What the plugin keeps to tell later: reasons, refusals, messages.
 *
 * Telemetry asks from threads of its own, at any moment. It reads this record and
 * the space that it names, and nothing else that changes after the start; all of
 * it under the record's lock. Those who write hold no lock of a space, so that the
 * order is: locks of EAL, lock of the record, lock of the space.
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
	RECORD_IDLE, /**< nothing was tried yet */
	RECORD_STARTING,
	RECORD_ACTIVE,
	RECORD_FAILED, /**< the start has failed, and was undone */
	RECORD_ENDED,  /**< all has been given back */
};

struct record {
	enum record_state state;
	struct ddw_space *space;  /**< NULL while there is none */
	struct ddw_error failure; /**< why the start failed as a whole; err is 0 if not */
	char fallback[256];	  /**< why not dynamic windows; empty when they are not missed */
	struct record_group groups[2 * DDW_MAX_GROUPS];
	unsigned int n_groups;
	struct record_message messages[DDW_MSG_COUNT];
};

/** The space of a start. NULL before it is destroyed: it must not be freed earlier. */
void spapr_record_space(struct ddw_space *space);
/** What was planned for the groups of the space. */
void spapr_record_plan(const struct ddw_plan *plan);
/** A group (or a device, with number -1) is not used. */
void spapr_record_refused(int number, const char *name, const struct ddw_error *err);
/** A group is used after all. */
void spapr_record_accepted(int number, const char *name);
/** The start went well. */
void spapr_record_active(void);
/** The start has failed; err->err is 0 when each group was refused for itself. */
void spapr_record_failure(const struct ddw_error *err);
/** A message was printed. */
void spapr_record_message(const struct ddw_error *err);

/** Take the lock to read. */
const struct record *spapr_record_lock(void);
void spapr_record_unlock(void);

#endif /* RECORD_H */
