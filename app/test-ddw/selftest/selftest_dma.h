/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef SELFTEST_DMA_H
#define SELFTEST_DMA_H

/* Test DMA with a device. */

#include "selftest/selftest_env.h"

extern const struct selftest_suite selftest_dma_edu;

#endif /* SELFTEST_DMA_H */
