/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "pool.h"

void
attach_publish(const struct pool *p)
{
	RTE_SET_USED(p);
}

void
attach_forget(const void *addr)
{
	RTE_SET_USED(addr);
}

void
attach_withdraw(const struct pool *p)
{
	RTE_SET_USED(p);
}
