/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_LINUX_H
#define SELFTEST_LINUX_H

/* Access to the running machine. */

#include "selftest/selftest_env.h"

const struct selftest_host *selftest_linux(void);

#endif /* SELFTEST_LINUX_H */
