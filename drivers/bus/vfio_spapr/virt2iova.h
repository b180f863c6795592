/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef VIRT2IOVA_H
#define VIRT2IOVA_H

/*
 * rte_mem_virt2iova() and rte_mem_virt2phy() say what the kernel's page map says:
 * physical addresses, which no device of ours reaches. Their calls are redirected
 * to functions that know bus addresses.
 *
 * That also makes contiguous memory possible. EAL asks for the address of each
 * page that it takes, compares them, and gives all pages back when they are not
 * contiguous, before any callback runs. So the addresses are chosen when it asks:
 * one run for all pages of a request.
 */

#include <stdbool.h>
#include <stdint.h>

/** Redirect the calls. Nothing is redirected when the user forbids it. */
void virt2iova_start(void);

/** The same in a secondary process, until it ends: the primary has chosen the addresses. */
void virt2iova_start_secondary(void);

/** Undo virt2iova_start(). */
void virt2iova_stop(void);

/**
 * EAL is about to take memory. Called with EAL's memory lock held, by the thread
 * that takes it.
 *
 * @param more
 *   Bytes; 0 when it was refused.
 */
void virt2iova_plan(uint64_t more);

/**
 * The bus addresses that were chosen for memory which EAL has just taken. They
 * are the caller's from then on, reserved in the space; those that were chosen and
 * not used are given back.
 *
 * @return
 *   False when none were chosen.
 */
bool virt2iova_claim(uint64_t vaddr, uint64_t len, uint64_t *iova);

#endif /* VIRT2IOVA_H */
