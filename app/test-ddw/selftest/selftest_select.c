/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/groups.h"
#include "common/pci.h"
#include "selftest/selftest_select.h"

/* Select the groups, and find what they have in common. */

struct scan {
	struct selftest *t;
	const struct autotest_choice *choice;
	char *left_out;
	size_t size;
	struct selftest_problem *problem;
	int refused[DDW_MAX_GROUPS]; /* groups that are left out, told once each */
	unsigned int n_refused;
};

static int set_problem(struct selftest_problem *problem, bool usage, int ret, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int
set_problem(struct selftest_problem *problem, bool usage, int ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	problem->usage = usage;
	vsnprintf(problem->text, sizeof(problem->text), fmt, args);
	va_end(args);
	return ret;
}

/* Leave out an unusable group: an error if the user named it, otherwise a note. */
static int
leave_out(struct scan *s, bool by_user, const struct ddw_error *err)
{
	size_t used = strlen(s->left_out);
	char text[DDW_ERROR_TEXT];

	if (by_user)
		return set_problem(s->problem, false, err->err, "%s", ddw_error_format(err, text));
	snprintf(s->left_out + used, s->size - used, "%s: %s; fix: %s\n", ddw_msg_name(err->msg),
		 err->what, err->fix);
	return 0;
}

static bool
is_named(const struct scan *s, const struct selftest_group *g)
{
	return g->edu_only ? s->choice->edu != NULL : s->choice->n_groups != 0;
}

static struct selftest_group *
find_group(struct selftest *t, int number)
{
	unsigned int i;

	for (i = 0; i < t->n_groups; i++)
		if (t->groups[i].number == number)
			return &t->groups[i];
	return NULL;
}

static bool
was_refused(const struct scan *s, int number)
{
	unsigned int i;

	for (i = 0; i < s->n_refused; i++)
		if (s->refused[i] == number)
			return true;
	return false;
}

static int
add_group(struct scan *s, const char *pci, int number, bool by_user, bool edu_only)
{
	struct ddw_error err = { 0 };
	struct selftest_group *g;

	if (number < 0 || find_group(s->t, number) != NULL || s->t->n_groups == DDW_MAX_GROUPS)
		return 0;
	g = &s->t->groups[s->t->n_groups];
	*g = (struct selftest_group){ .number = number, .files = { -1, -1 }, .edu_only = edu_only };
	snprintf(g->pci, sizeof(g->pci), "%s", pci);
	test_ddw_group_name(number, pci, g->name, sizeof(g->name));
	if (!by_user && was_refused(s, number))
		return 0;
	if (test_ddw_group_check(s->t->host->sys, number, pci, &err) != 0) {
		if (s->n_refused < DDW_MAX_GROUPS)
			s->refused[s->n_refused++] = number;
		return leave_out(s, by_user, &err);
	}
	s->t->n_groups++;
	return 0;
}

static int
add_named_group(struct scan *s, const char *pci)
{
	int number = ddw_pci_group(s->t->host->sys, PCI_DEVICES, pci);

	if (number < 0)
		return set_problem(s->problem, true, -ENODEV,
				   "there is no PCI device %s with an IOMMU group; see lspci -D",
				   pci);
	return add_group(s, pci, number, true, false);
}

/* Read a hexadecimal attribute of a device from sysfs. Returns 0 when that fails. */
static unsigned long
read_attribute(const struct ddw_sys *sys, const char *pci, const char *name)
{
	char path[160], text[32] = "";

	snprintf(path, sizeof(path), PCI_DEVICES "/%.31s/%s", pci, name);
	if (sys->read_file(sys->ctx, path, text, sizeof(text)) <= 0)
		return 0;
	return strtoul(text, NULL, 16);
}

static bool
is_edu(const struct ddw_sys *sys, const char *pci)
{
	return read_attribute(sys, pci, "vendor") == EDU_VENDOR &&
	       read_attribute(sys, pci, "device") == EDU_DEVICE;
}

static int
choose_edu(struct scan *s, const struct pci_devices *all)
{
	const char *pci = s->choice->edu;
	bool by_user = pci != NULL;
	unsigned int i;
	int ret;

	for (i = 0; !by_user && i < all->n; i++)
		if (all->list[i].vfio && is_edu(s->t->host->sys, all->list[i].name))
			pci = all->list[i].name;
	if (pci == NULL)
		return 0;
	if (by_user && !is_edu(s->t->host->sys, pci))
		return set_problem(s->problem, true, -ENODEV,
				   "%s is not QEMU's edu device (1234:11e8)", pci);
	s->t->edu_group = ddw_pci_group(s->t->host->sys, PCI_DEVICES, pci);
	ret = add_group(s, pci, s->t->edu_group, by_user, true);
	if (ret == 0 && find_group(s->t, s->t->edu_group) != NULL)
		snprintf(s->t->edu, sizeof(s->t->edu), "%s", pci);
	return ret;
}

static int
choose_groups(struct scan *s, const struct pci_devices *all)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; ret == 0 && i < s->choice->n_groups; i++)
		ret = add_named_group(s, s->choice->groups[i]);
	for (i = 0; ret == 0 && s->choice->n_groups == 0 && i < all->n; i++)
		if (all->list[i].vfio)
			ret = add_group(s, all->list[i].name, all->list[i].group, false, false);
	return ret == 0 ? choose_edu(s, all) : ret;
}

static void
remove_group(struct selftest *t, unsigned int i)
{
	if (t->groups[i].number == t->edu_group)
		t->edu[0] = '\0';
	t->n_groups--;
	memmove(&t->groups[i], &t->groups[i + 1], (t->n_groups - i) * sizeof(t->groups[0]));
}

/* Attach the groups one by one, and leave out those that fail. */
static int
attach_groups(struct scan *s)
{
	struct selftest *t = s->t;
	struct ddw_error err = { 0 };
	unsigned int i = 0;
	int ret = 0;

	t->space = ddw_space_create(t->host->sys, &err);
	if (t->space == NULL)
		return set_problem(s->problem, false, -ENOMEM, "%s", err.what);
	while (ret == 0 && i < t->n_groups) {
		struct selftest_group *g = &t->groups[i];

		if (selftest_attach_group(t, g, &err) == 0) {
			i++;
			continue;
		}
		ret = leave_out(s, is_named(s, g), &err);
		test_ddw_group_close(t->host->sys, &g->files);
		remove_group(t, i);
	}
	return ret;
}

/*
 * Which groups get windows of one kind, dynamic ones if any has them. Where none has, the
 * default windows are tried: on pSeries, Linux since 6.11 makes none for such a group, and
 * a failure can spoil nothing there. Those that are refused have an error.
 */
static bool
plan_windows(struct selftest *t)
{
	unsigned int i;
	bool dynamic;

	memset(&t->in, 0, sizeof(t->in));
	memset(t->errors, 0, sizeof(t->errors));
	ddw_space_caps(t->space, &t->in);
	t->in.n_memory = 1;
	t->in.memory[0] = (struct ddw_plan_memory){ UINT64_C(1) << 21, UINT64_C(1) << 25, 0 };
	t->in.wishes.mode = DDW_MODE_DDW;
	t->in.memlock.unlimited = true;
	(void)ddw_plan_make(&t->in, &t->plan, NULL); /* without one no group is accepted */
	dynamic = t->plan.n_accepted != 0;
	for (i = 0; dynamic && i < t->in.n_groups; i++)
		t->errors[i] = t->plan.windows[i].error;
	t->in.wishes.mode = DDW_MODE_DMA32;
	if (!dynamic && t->in.n_groups != 0) /* what fails is in the errors */
		(void)ddw_space_open(t->space, &t->in, &t->plan, t->errors, &t->err);
	return dynamic;
}

/* Keep the groups that get windows of the same kind, as each test needs them. */
static int
keep_same_kind(struct scan *s)
{
	struct selftest *t = s->t;
	bool dynamic = plan_windows(t);
	unsigned int i;
	int ret = 0;

	t->pgsizes = dynamic ? UINT64_MAX : 0;
	t->fickle_4k = false;
	for (i = 0; ret == 0 && i < t->in.n_groups; i++) {
		const struct ddw_caps *caps = &t->in.groups[i].caps;

		if (t->errors[i].err != 0) {
			ret = leave_out(s, is_named(s, &t->groups[i]), &t->errors[i]);
			t->groups[i].pci[0] = '\0'; /* closed with the others, dropped later */
		} else if (!t->groups[i].edu_only) {
			t->pgsizes &= caps->pgsizes;
			t->fickle_4k |= caps->levels <= 1;
		}
	}
	return ret;
}

int
selftest_select(struct selftest *t, const struct autotest_choice *choice, char *left_out,
		size_t size, struct selftest_problem *problem)
{
	struct scan s = {
		.t = t, .choice = choice, .left_out = left_out, .size = size, .problem = problem
	};
	struct pci_devices all;
	unsigned int i, n = 0;
	int ret = test_ddw_pci_read(t->host->sys, &all);

	left_out[0] = '\0';
	problem->usage = false;
	t->refused = false;
	t->n_groups = 0;
	t->edu[0] = '\0';
	t->edu_group = -1;
	if (ret != 0)
		return set_problem(problem, false, ret, "out of memory");
	ret = choose_groups(&s, &all);
	test_ddw_pci_free(&all);
	if (ret != 0)
		return ret;
	/* what is bound to vfio-pci on other machines is no business of these tests */
	if (!t->host->is_power(problem->text, sizeof(problem->text)))
		return -ENODEV;
	ret = attach_groups(&s);
	if (ret == 0)
		ret = keep_same_kind(&s);
	(void)selftest_close(t, true); /* nothing was mapped */
	for (i = t->n_groups; i-- > 0;)
		if (t->groups[i].pci[0] == '\0')
			remove_group(t, i);
	for (i = 0; i < t->n_groups; i++)
		n += !t->groups[i].edu_only;
	if (ret == 0 && n == 0)
		ret = set_problem(
			problem, false, -ENODEV,
			"no IOMMU group can be used; bind a device to vfio-pci (dpdk-devbind.py "
			"-b vfio-pci ADDRESS), and end the program that uses it%s%s",
			left_out[0] != '\0' ? ":\n" : "", left_out);
	return ret;
}
