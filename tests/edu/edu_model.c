/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <string.h>

#include <rte_memory.h>

#include "edu_hw.h"
#include "edu_model.h"
#include "unit.h"

#define NAME	 "0000:77:00.0"
#define REVISION UINT32_C(0x01000000)

uint8_t model_ram[MODEL_RAM_SIZE];
struct rte_pci_driver *model_driver;

static uint8_t bar[EDU_BAR_SIZE] __rte_aligned(8);
static uint8_t buffer[EDU_BUFFER_SIZE];
static struct rte_pci_device device;
static bool swapped;
static unsigned int transfers;

/* In the place of the PCI bus, which this program does not have. */
void
rte_pci_register(struct rte_pci_driver *driver)
{
	model_driver = driver;
}

static uint64_t
read64(unsigned int reg)
{
	uint64_t value;

	memcpy(&value, bar + reg, sizeof(value));
	return swapped ? rte_bswap64(value) : value;
}

static uint32_t
read32(unsigned int reg)
{
	uint32_t value;

	memcpy(&value, bar + reg, sizeof(value));
	return swapped ? rte_bswap32(value) : value;
}

static void
write32(unsigned int reg, uint32_t value)
{
	if (swapped)
		value = rte_bswap32(value);
	memcpy(bar + reg, &value, sizeof(value));
}

void
model_reset(bool swap)
{
	memset(bar, 0, sizeof(bar));
	swapped = swap;
	transfers = 0;
	model_identify(REVISION | EDU_IDENTITY);
	device.device.name = NAME;
	device.device.numa_node = SOCKET_ID_ANY;
	model_bar(bar, sizeof(bar));
}

void
model_bar(void *addr, uint64_t length)
{
	device.mem_resource[0].addr = addr;
	device.mem_resource[0].len = length;
}

void
model_identify(uint32_t id)
{
	write32(EDU_IDENTIFICATION, id);
}

int
model_probe(void)
{
	return model_driver->probe(model_driver, &device);
}

int
model_remove(void)
{
	return model_driver->remove(&device);
}

void
model_lose(void)
{
	memset(bar, 0xff, sizeof(bar));
}

unsigned int
model_transfers(void)
{
	return transfers;
}

/* QEMU ends when a transfer leaves the buffer; addresses beyond 28 bits it cuts off. */
static uint8_t *
in_buffer(uint64_t addr, uint64_t count)
{
	assert_true(addr >= EDU_BUFFER && count <= EDU_BUFFER_SIZE &&
		    addr - EDU_BUFFER <= EDU_BUFFER_SIZE - count);
	return buffer + (addr - EDU_BUFFER);
}

static uint8_t *
in_ram(uint64_t addr, uint64_t count)
{
	assert_true(addr >= MODEL_RAM_IOVA && count <= MODEL_RAM_SIZE &&
		    addr - MODEL_RAM_IOVA <= MODEL_RAM_SIZE - count);
	return model_ram + (addr - MODEL_RAM_IOVA);
}

bool
model_step(void)
{
	uint32_t command = read32(EDU_DMA_COMMAND);
	uint64_t src = read64(EDU_DMA_SOURCE), dst = read64(EDU_DMA_DEST);
	uint64_t count = read64(EDU_DMA_COUNT);

	if ((command & EDU_DMA_START) == 0 || command == EDU_GONE)
		return false;
	assert_int_not_equal(count, 0);
	if ((command & EDU_DMA_TO_MEMORY) != 0)
		memcpy(in_ram(dst, count), in_buffer(src, count), count);
	else
		memcpy(in_buffer(dst, count), in_ram(src, count), count);
	write32(EDU_DMA_COMMAND, command & ~EDU_DMA_START);
	transfers++;
	return true;
}
