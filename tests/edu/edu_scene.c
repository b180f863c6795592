/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include "edu_scene.h"
#include "unit.h"

int16_t scene_id;

const struct rte_dma_conf scene_one_channel = { .nb_vchans = 1 };

struct rte_dma_vchan_conf
scene_channel(uint16_t jobs)
{
	return (struct rte_dma_vchan_conf){ .direction = RTE_DMA_DIR_MEM_TO_MEM, .nb_desc = jobs };
}

void
scene_probe(bool swap)
{
	unsigned int i;

	model_reset(swap);
	for (i = 0; i < MODEL_RAM_SIZE; i++)
		model_ram[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(model_probe(), 0);
	scene_id = rte_dma_next_dev(0);
	assert_true(scene_id >= 0);
}

int
scene_begin(void **state)
{
	const struct rte_dma_vchan_conf vchan = scene_channel(SCENE_ROOM);

	(void)state;
	scene_probe(true);
	assert_int_equal(rte_dma_configure(scene_id, &scene_one_channel), 0);
	assert_int_equal(rte_dma_vchan_setup(scene_id, 0, &vchan), 0);
	assert_int_equal(rte_dma_start(scene_id), 0);
	return 0;
}

int
scene_end(void **state)
{
	(void)state;
	assert_int_equal(model_remove(), 0);
	assert_int_equal(rte_dma_count_avail(), 0);
	return 0;
}

int
scene_copy(uint32_t from, uint32_t to, uint32_t length, uint64_t flags)
{
	return rte_dma_copy(scene_id, 0, MODEL_RAM_IOVA + from, MODEL_RAM_IOVA + to, length, flags);
}

void
scene_complete(unsigned int copies)
{
	bool error = false;

	while (copies > 0) {
		assert_true(model_step());
		copies -= rte_dma_completed(scene_id, 0, (uint16_t)copies, NULL, &error);
		assert_false(error);
	}
}
