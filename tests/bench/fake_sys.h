/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef FAKE_SYS_H
#define FAKE_SYS_H

#include "ddw_sys.h"

/*
 * A kernel that says yes to everything and does nothing, so that what a benchmark
 * measures is the library. It keeps no state: container and group are any numbers.
 * The clock is the real one, because reading it is a cost of the library.
 */
const struct ddw_sys *fake_sys(void);

#endif /* FAKE_SYS_H */
