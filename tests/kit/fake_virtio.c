/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <linux/virtio_pci.h>

#include "fake_virtio.h"

#define REGION_SHIFT 40 /* VFIO_PCI_OFFSET_SHIFT of the kernel */

struct fake_virtio fake_virtio;
static int (*kernel_ioctl)(void *ctx, int fd, unsigned long request, void *arg);

void
fake_virtio_reset(uint64_t features)
{
	fake_virtio = (struct fake_virtio){
		.config_size = 4096,
		.features = features,
		.bar = 4,
		.bar_size = 0x4000,
		.offset = 0x1000,
	};
	fake_virtio.config[PCI_COMMAND] = PCI_COMMAND_MASTER;
	fake_virtio.config[PCI_STATUS] = PCI_STATUS_CAP_LIST;
	fake_virtio.config[PCI_CAPABILITY_LIST] = 0x98;
	fake_virtio_capability(0x98, PCI_CAP_ID_MSIX, 0, 0, 0x60);
	fake_virtio_capability(0x60, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG, 4,
			       FAKE_VIRTIO_COMMON);
	fake_virtio_capability(FAKE_VIRTIO_COMMON, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_COMMON_CFG, 4,
			       0);
}

void
fake_virtio_capability(unsigned int at, unsigned int vendor, unsigned int type, unsigned int bar,
		       unsigned int next)
{
	struct virtio_pci_cap cap = {
		.cap_vndr = (uint8_t)vendor,
		.cap_next = (uint8_t)next,
		.cap_len = sizeof(cap),
		.cfg_type = (uint8_t)type,
		.bar = (uint8_t)bar,
		.offset = htole32(fake_virtio.offset),
	};

	memcpy(&fake_virtio.config[at], &cap, sizeof(cap));
}

static bool
fails(void)
{
	return ++fake_virtio.calls == fake_virtio.fail_at;
}

static int
fake_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct vfio_region_info *region = arg;

	if (request != VFIO_DEVICE_GET_REGION_INFO)
		return kernel_ioctl(ctx, fd, request, arg);
	if (fails())
		return fake_virtio.fail_with;
	if (region->argsz < sizeof(*region) || region->index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	region->offset = (uint64_t)region->index << REGION_SHIFT;
	region->size = 0;
	if (region->index == VFIO_PCI_CONFIG_REGION_INDEX)
		region->size = fake_virtio.config_size;
	else if (region->index == fake_virtio.bar)
		region->size = fake_virtio.bar_size;
	return 0;
}

/* The register of the common configuration behind an offset in the device file. */
static bool
is_register(uint64_t offset, size_t reg)
{
	return offset == ((uint64_t)fake_virtio.bar << REGION_SHIFT) + fake_virtio.offset + reg;
}

static bool
in_config(size_t size, uint64_t offset)
{
	return offset >> REGION_SHIFT == VFIO_PCI_CONFIG_REGION_INDEX &&
	       (offset & 0xffff) + size <= sizeof(fake_virtio.config);
}

static bool
decodes(void)
{
	return fake_virtio.config[PCI_COMMAND] & PCI_COMMAND_MEMORY;
}

static int
fake_read_at(void *ctx, int fd, void *buf, size_t size, uint64_t offset)
{
	uint32_t word;

	(void)ctx;
	(void)fd;
	if (fails())
		return fake_virtio.fail_with;
	if (in_config(size, offset)) {
		memcpy(buf, &fake_virtio.config[offset & 0xffff], size);
		return 0;
	}
	if (!decodes() || size != sizeof(word) ||
	    !is_register(offset, offsetof(struct virtio_pci_common_cfg, device_feature)))
		return -EIO;
	word = fake_virtio.select < 2 ? (uint32_t)(fake_virtio.features >> 32 * fake_virtio.select)
				      : 0;
	word = htole32(word);
	memcpy(buf, &word, sizeof(word));
	return 0;
}

static int
fake_write_at(void *ctx, int fd, const void *buf, size_t size, uint64_t offset)
{
	(void)ctx;
	(void)fd;
	if (fails())
		return fake_virtio.fail_with;
	/* Nothing else of the configuration space is to be written. */
	if (in_config(size, offset) && (offset & 0xffff) == PCI_COMMAND && size == 1) {
		memcpy(&fake_virtio.config[PCI_COMMAND], buf, size);
		return 0;
	}
	if (!decodes() || size != sizeof(fake_virtio.select) ||
	    !is_register(offset, offsetof(struct virtio_pci_common_cfg, device_feature_select)))
		return -EIO;
	memcpy(&fake_virtio.select, buf, size);
	fake_virtio.select = le32toh(fake_virtio.select);
	return 0;
}

struct ddw_sys
fake_virtio_sys(const struct ddw_sys *kernel)
{
	struct ddw_sys sys = *kernel;

	kernel_ioctl = kernel->ioctl;
	sys.ioctl = fake_ioctl;
	sys.read_at = fake_read_at;
	sys.write_at = fake_write_at;
	return sys;
}
