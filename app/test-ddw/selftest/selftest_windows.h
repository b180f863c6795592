/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_WINDOWS_H
#define SELFTEST_WINDOWS_H

/* Test window sizes and IOMMU page sizes. */

#include "selftest/selftest_env.h"

extern const struct selftest_suite selftest_window_sizes;
extern const struct selftest_suite selftest_page_sizes;

#endif /* SELFTEST_WINDOWS_H */
