/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Files of the simulated machine: /dev/vfio, and a small tree of files and links. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_internal.h"

struct model_fd *
model_fd(struct model *m, int fd)
{
	if (fd < MODEL_FD_BASE || fd >= MODEL_FD_BASE + MODEL_FDS)
		return NULL;
	if (m->fds[fd - MODEL_FD_BASE].kind == MODEL_FD_NONE ||
	    (m->fds[fd - MODEL_FD_BASE].holders >> m->current & 1) == 0)
		return NULL;
	return &m->fds[fd - MODEL_FD_BASE];
}

int
model_new_fd(struct model *m, enum model_fd_kind kind, struct model_container *c,
	     struct model_group *g)
{
	int i;

	for (i = 0; i < MODEL_FDS; i++) {
		if (m->fds[i].kind != MODEL_FD_NONE)
			continue;
		m->fds[i] = (struct model_fd){
			.kind = kind,
			.holders = UINT64_C(1) << m->current,
			.container = c,
			.group = g,
		};
		return MODEL_FD_BASE + i;
	}
	return -EMFILE;
}

static int
model_open_group(struct model *m, int number)
{
	struct model_group *g = model_find(m, number);

	if (g == NULL || g->cfg.missing)
		return -ENOENT;
	if (g->cfg.denied)
		return -EACCES;
	/* vfio_group_fops_open(): a group has one opener */
	if (g->cfg.busy || g->refs != 0)
		return -EBUSY;
	g->refs = 1;
	g->fd_open = true;
	return model_new_fd(m, MODEL_FD_GROUP, NULL, g);
}

int
model_open(void *ctx, const char *path, int flags)
{
	struct model *m = ctx;
	struct model_container *c;
	int number, end = 0;

	(void)flags;
	if (strcmp(path, "/dev/vfio/vfio") == 0) {
		c = model_alloc(sizeof(*c));
		c->fd_open = true;
		c->mm = MODEL_NO_MM;
		c->next = m->containers;
		m->containers = c;
		return model_new_fd(m, MODEL_FD_CONTAINER, c, NULL);
	}
	if (sscanf(path, "/dev/vfio/%d%n", &number, &end) == 1 && path[end] == '\0')
		return model_open_group(m, number);
	return -ENOENT;
}

int
model_close(void *ctx, int fd)
{
	struct model *m = ctx;

	if (model_fd(m, fd) == NULL) {
		model_violate(m, "close of %d, which is not open", fd);
		return -EBADF;
	}
	model_drop_file(m, fd, m->current);
	return 0;
}

/* The last process that has it open lets go of what is behind it. */
void
model_drop_file(struct model *m, int fd, int process)
{
	struct model_fd *f = &m->fds[fd - MODEL_FD_BASE];
	struct model_fd old;

	f->holders &= ~(UINT64_C(1) << process);
	if (f->holders != 0)
		return;
	old = *f;
	f->kind = MODEL_FD_NONE;
	if (old.kind == MODEL_FD_CONTAINER) {
		old.container->fd_open = false;
		model_container_put(m, old.container);
	} else {
		if (old.kind == MODEL_FD_DEVICE)
			old.group->devices_open--;
		else
			old.group->fd_open = false;
		model_group_put(m, old.group);
	}
}

static void
model_add_node(struct model *m, enum model_node_kind kind, const char *path, const char *text)
{
	struct model_node *node = model_alloc(sizeof(*node));
	struct model_node **end = &m->nodes;

	node->kind = kind;
	node->path = model_copy(path);
	node->text = model_copy(text);
	while (*end != NULL)
		end = &(*end)->next;
	*end = node;
}

void
model_add_file(struct model *m, const char *path, const char *text)
{
	model_add_node(m, MODEL_FILE, path, text);
}

void
model_add_link(struct model *m, const char *path, const char *target)
{
	model_add_node(m, MODEL_LINK, path, target);
}

void
model_add_device(struct model *m, int number, const char *pci, const char *driver)
{
	char root[128], path[256], target[256];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (i == 0)
			strcpy(root, "/sys/bus/pci/devices");
		else
			snprintf(root, sizeof(root), "/sys/kernel/iommu_groups/%d/devices", number);
		snprintf(path, sizeof(path), "%s/%s/vendor", root, pci);
		model_add_file(m, path, "0x1af4\n");
		if (driver[0] != '\0') {
			snprintf(path, sizeof(path), "%s/%s/driver", root, pci);
			snprintf(target, sizeof(target), "../../../../bus/pci/drivers/%s", driver);
			model_add_link(m, path, target);
		}
		if (number < 0)
			break;
		snprintf(path, sizeof(path), "%s/%s/iommu_group", root, pci);
		snprintf(target, sizeof(target), "../../../../kernel/iommu_groups/%d", number);
		model_add_link(m, path, target);
	}
}

void
model_add_hugepage_counter(struct model *m, uint64_t page_size, const char *counter, uint64_t count)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%llukB/%s",
		 (unsigned long long)(page_size >> 10), counter);
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)count);
	model_add_file(m, path, text);
}

void
model_add_hugepages(struct model *m, uint64_t page_size, uint64_t count)
{
	model_add_hugepage_counter(m, page_size, "nr_hugepages", count);
}

static int
model_read_node(struct model *m, enum model_node_kind kind, const char *path, char *buf,
		size_t size)
{
	const struct model_node *node;
	size_t len;

	if (size == 0)
		return -EINVAL;
	for (node = m->nodes; node != NULL; node = node->next) {
		if (node->kind != kind || strcmp(node->path, path) != 0)
			continue;
		len = strlen(node->text);
		if (len >= size && kind == MODEL_LINK)
			return -ENAMETOOLONG;
		if (len >= size)
			len = size - 1;
		memcpy(buf, node->text, len);
		buf[len] = '\0';
		return (int)len;
	}
	return -ENOENT;
}

int
model_read_file(void *ctx, const char *path, char *buf, size_t size)
{
	return model_read_node(ctx, MODEL_FILE, path, buf, size);
}

int
model_read_lines(void *ctx, const char *path, int (*line)(const char *text, void *arg), void *arg)
{
	struct model *m = ctx;
	const struct model_node *node;
	char *text, *from, *end;
	int ret = 0;

	for (node = m->nodes; node != NULL; node = node->next)
		if (node->kind == MODEL_FILE && strcmp(node->path, path) == 0)
			break;
	if (node == NULL)
		return -ENOENT;
	text = model_copy(node->text);
	for (from = text; ret == 0 && *from != '\0'; from = end) {
		end = from + strcspn(from, "\n");
		if (*end != '\0')
			*end++ = '\0';
		ret = line(from, arg);
	}
	free(text);
	return ret;
}

int
model_read_link(void *ctx, const char *path, char *buf, size_t size)
{
	return model_read_node(ctx, MODEL_LINK, path, buf, size);
}

/* Name of the entry of @p dir that leads to @p path; false when none does. */
static bool
model_entry(const char *dir, const char *path, char *name, size_t size)
{
	size_t len = strlen(dir), n;

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (strncmp(dir, path, len) != 0 || path[len] != '/')
		return false;
	path += len + 1;
	n = strcspn(path, "/");
	if (n == 0 || n >= size)
		return false;
	memcpy(name, path, n);
	name[n] = '\0';
	return true;
}

int
model_list_dir(void *ctx, const char *path, int (*entry)(const char *name, void *arg), void *arg)
{
	struct model *m = ctx;
	const struct model_node *node, *before;
	char name[256], other[256];
	bool any = false, seen;
	int ret;

	for (node = m->nodes; node != NULL; node = node->next) {
		if (!model_entry(path, node->path, name, sizeof(name)))
			continue;
		any = true;
		seen = false;
		for (before = m->nodes; before != node; before = before->next)
			if (model_entry(path, before->path, other, sizeof(other)) &&
			    strcmp(name, other) == 0)
				seen = true;
		ret = seen ? 0 : entry(name, arg);
		if (ret != 0)
			return ret;
	}
	return any ? 0 : -ENOENT;
}

/* iommu_device_use_default_domain(): drivers that leave DMA alone do no harm. */
bool
model_viable(const struct model *m, const struct model_group *g)
{
	static const char *const harmless[] = { "vfio-pci", "pci-stub", "pcieport" };
	const struct model_node *node;
	const char *driver;
	unsigned int i;
	char root[96];
	size_t len;

	len = (size_t)snprintf(root, sizeof(root), "/sys/kernel/iommu_groups/%d/devices/",
			       g->cfg.number);
	for (node = m->nodes; node != NULL; node = node->next) {
		if (node->kind != MODEL_LINK || strncmp(node->path, root, len) != 0 ||
		    strcmp(strrchr(node->path, '/'), "/driver") != 0)
			continue;
		driver = strrchr(node->text, '/') + 1;
		for (i = 0; i < 3; i++)
			if (strcmp(driver, harmless[i]) == 0)
				break;
		if (i == 3)
			return false;
	}
	return true;
}
