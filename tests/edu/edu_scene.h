/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#ifndef EDU_SCENE_H
#define EDU_SCENE_H

/* A device of the model, as an application uses it. */

#include "edu_model.h"

/* Copies that its queue has room for. */
#define SCENE_ROOM 8

extern int16_t scene_id;
extern const struct rte_dma_conf scene_one_channel;

struct rte_dma_vchan_conf scene_channel(uint16_t jobs);

/** A device that is probed, with bytes in the memory that differ. */
void scene_probe(bool swap);

/** One that is started; and its end, whatever state it is in. For cmocka. */
int scene_begin(void **state);
int scene_end(void **state);

/** rte_dma_copy() of model_ram, by offsets. */
int scene_copy(uint32_t from, uint32_t to, uint32_t length, uint64_t flags);

/** Let the device work until so many copies are completed. */
void scene_complete(unsigned int copies);

#endif /* EDU_SCENE_H */
