/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_ACCOUNT_H
#define SELFTEST_ACCOUNT_H

/* Map memory in units, and account for it independently of the ledger. */

#include "selftest/selftest_env.h"

void selftest_units(struct selftest *t, uint64_t unit);
/* Map unmapped units, registered piece by piece or as a whole. */
int selftest_map(struct selftest *t, unsigned int first, unsigned int n, bool pieces);
/* Unmap units, whether mapped or not. */
int selftest_unmap(struct selftest *t, unsigned int first, unsigned int n);
/* Compare the whole ledger with the account. */
int selftest_check(struct selftest *t);

#endif /* SELFTEST_ACCOUNT_H */
