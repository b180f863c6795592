/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_MODEL_H
#define EDU_MODEL_H

/*
 * An edu device in the memory of a test: registers, and what it does with them. It transfers
 * when the test says so, and ends the program when the driver asks for what the real one
 * must not be asked for.
 */

#include <stdbool.h>
#include <stdint.h>

#include "edu_dpdk.h"

/* Memory of the machine, the last that the device reaches. */
#define MODEL_RAM_SIZE 65536
#define MODEL_RAM_IOVA ((UINT64_C(1) << 28) - MODEL_RAM_SIZE)

extern uint8_t model_ram[MODEL_RAM_SIZE];

/* The driver that registered itself. */
extern struct rte_pci_driver *model_driver;

/** Put the device into its first state, with registers in one byte order or the other. */
void model_reset(bool swap);

/** Probe it with the driver; what the driver returns. */
int model_probe(void);
int model_remove(void);

/** One transfer, if one is asked for; false if not. */
bool model_step(void);

/** Transfers since the last model_reset(). */
unsigned int model_transfers(void);

/** All registers read as ones. */
void model_lose(void);

/** What the PCI bus says of BAR 0. */
void model_bar(void *addr, uint64_t length);

/** What the device says that it is, in its own byte order. */
void model_identify(uint32_t id);

#endif /* EDU_MODEL_H */
