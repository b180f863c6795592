/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Read through VFIO whether a virtio device obeys the IOMMU. */

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "ddw_virtio.h"

#define VENDOR	     0x1af4
#define FIRST_DEVICE 0x1000 /* with the legacy interface, up to 0x103f; then without */
#define LAST_DEVICE  0x107f

#define CONFIG_SIZE 256
/* A longer list of capabilities runs in a circle. */
#define MAX_CAPABILITIES ((CONFIG_SIZE - PCI_STD_HEADER_SIZEOF) / PCI_CAP_SIZEOF)

/* Features are read 32 at a time. */
#define FEATURE_WORD (VIRTIO_F_ACCESS_PLATFORM / 32)
#define FEATURE_MASK (UINT32_C(1) << VIRTIO_F_ACCESS_PLATFORM % 32)

struct function {
	const struct ddw_sys *sys;
	int fd;
	uint64_t config_offset; /* in the device file */
	uint8_t config[CONFIG_SIZE];
	uint64_t common_offset; /* of the common configuration, in the device file */
};

static unsigned long
read_number(const struct ddw_sys *sys, const char *sysfs, const char *pci, const char *file)
{
	char path[512], text[32];

	snprintf(path, sizeof(path), "%s/%s/%s", sysfs, pci, file);
	if (sys->read_file(sys->ctx, path, text, sizeof(text)) <= 0)
		return 0;
	return strtoul(text, NULL, 16);
}

bool
ddw_pci_is_virtio(const struct ddw_sys *sys, const char *sysfs, const char *pci)
{
	unsigned long device;

	if (read_number(sys, sysfs, pci, "vendor") != VENDOR)
		return false;
	device = read_number(sys, sysfs, pci, "device");
	return device >= FIRST_DEVICE && device <= LAST_DEVICE;
}

static int
read_at(const struct function *f, void *buf, size_t size, uint64_t offset)
{
	return f->sys->read_at(f->sys->ctx, f->fd, buf, size, offset);
}

static int
write_at(const struct function *f, const void *buf, size_t size, uint64_t offset)
{
	return f->sys->write_at(f->sys->ctx, f->fd, buf, size, offset);
}

static int
get_region(const struct function *f, unsigned int index, struct vfio_region_info *region)
{
	int ret;

	*region = (struct vfio_region_info){ .argsz = sizeof(*region), .index = index };
	ret = f->sys->ioctl(f->sys->ctx, f->fd, VFIO_DEVICE_GET_REGION_INFO, region);
	return ret > 0 ? -EIO : ret;
}

static int
read_config(struct function *f)
{
	struct vfio_region_info region;
	int ret;

	ret = get_region(f, VFIO_PCI_CONFIG_REGION_INDEX, &region);
	if (ret == 0 && region.size < CONFIG_SIZE)
		ret = -ERANGE;
	if (ret != 0)
		return ret;
	f->config_offset = region.offset;
	return read_at(f, f->config, CONFIG_SIZE, region.offset);
}

/* Find the first capability that leads to a common configuration, as a driver does. */
static bool
find_common(const struct function *f, struct virtio_pci_cap *cap)
{
	unsigned int at = f->config[PCI_CAPABILITY_LIST], n;

	if (!(f->config[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return false;
	for (n = 0; n < MAX_CAPABILITIES; n++) {
		at &= ~3U; /* the low bits are reserved */
		if (at < PCI_STD_HEADER_SIZEOF || at + sizeof(*cap) > CONFIG_SIZE)
			return false;
		memcpy(cap, &f->config[at], sizeof(*cap));
		if (cap->cap_vndr == PCI_CAP_ID_VNDR &&
		    cap->cfg_type == VIRTIO_PCI_CAP_COMMON_CFG &&
		    cap->bar <= VFIO_PCI_BAR5_REGION_INDEX)
			return true;
		at = cap->cap_next;
	}
	return false;
}

static int
locate_common(struct function *f, const struct virtio_pci_cap *cap)
{
	struct vfio_region_info region;
	uint64_t offset = le32toh(cap->offset);
	int ret;

	ret = get_region(f, VFIO_PCI_BAR0_REGION_INDEX + cap->bar, &region);
	if (ret == 0 && offset + sizeof(struct virtio_pci_common_cfg) > region.size)
		ret = -ERANGE;
	f->common_offset = region.offset + offset;
	return ret;
}

static int
read_features(const struct function *f, uint32_t *word)
{
	uint32_t select = htole32(FEATURE_WORD);
	int ret;

	ret = write_at(f, &select, sizeof(select),
		       f->common_offset +
			       offsetof(struct virtio_pci_common_cfg, device_feature_select));
	if (ret == 0)
		ret = read_at(f, word, sizeof(*word),
			      f->common_offset +
				      offsetof(struct virtio_pci_common_cfg, device_feature));
	*word = le32toh(*word);
	return ret;
}

/* VFIO refuses to read a BAR while the device does not decode it (__vfio_pci_memory_enabled()). */
static int
read_features_enabled(const struct function *f, uint32_t *word)
{
	const uint64_t at = f->config_offset + PCI_COMMAND;
	uint8_t command = f->config[PCI_COMMAND], enabled = command | PCI_COMMAND_MEMORY;
	int ret, restored;

	if (command == enabled)
		return read_features(f, word);
	ret = write_at(f, &enabled, sizeof(enabled), at);
	if (ret == 0)
		ret = read_features(f, word);
	restored = write_at(f, &command, sizeof(command), at);
	return ret != 0 ? ret : restored;
}

static int
fail_ignores(const char *name, const char *why, struct ddw_error *err)
{
	int ret = ddw_fail(err, DDW_MSG_VIRTIO_NO_IOMMU, ENOTSUP,
			   "%s is a virtio device that ignores the IOMMU", name);

	ddw_error_why(err, "%s, so it takes bus addresses for physical ones", why);
	return ret;
}

int
ddw_virtio_check(const struct ddw_sys *sys, int fd, const char *name, struct ddw_error *err)
{
	struct function f = { .sys = sys, .fd = fd };
	struct virtio_pci_cap cap;
	uint32_t word = 0;
	int ret;

	ret = read_config(&f);
	if (ret == 0 && !find_common(&f, &cap))
		return fail_ignores(name, "it has virtio's legacy interface only", err);
	if (ret == 0)
		ret = locate_common(&f, &cap);
	if (ret == 0)
		ret = read_features_enabled(&f, &word);
	if (ret != 0)
		return ddw_fail(err, DDW_MSG_VIRTIO_NO_IOMMU, ret,
				"%s: it cannot be read whether this virtio device obeys the "
				"IOMMU: %s",
				name, strerror(-ret));
	if (!(word & FEATURE_MASK))
		return fail_ignores(name, "it does not offer VIRTIO_F_ACCESS_PLATFORM", err);
	return 0;
}
