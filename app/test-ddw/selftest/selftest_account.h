/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_ACCOUNT_H
#define SELFTEST_ACCOUNT_H

/* Memory in units, with an account of our own beside the ledger. */

#include "selftest/selftest_env.h"

void selftest_units(struct selftest *t, uint64_t unit);
/* Map units that are not mapped; in pieces of one unit, or registered as a whole. */
int selftest_map(struct selftest *t, unsigned int first, unsigned int n, bool pieces);
/* Unmap units, mapped or not. */
int selftest_unmap(struct selftest *t, unsigned int first, unsigned int n);
/* The whole ledger against the account. */
int selftest_check(struct selftest *t);

#endif /* SELFTEST_ACCOUNT_H */
