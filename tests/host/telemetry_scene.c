/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * The plugin's telemetry in the EAL of this machine, over a simulated kernel.
 * telemetry_answers.py says on standard input what happens, one word and one
 * number per line, and asks as any client does.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_eal.h>

#include "base/context.h"
#include "base/devices.h"
#include "base/record.h"
#include "scene.h"
#include "telemetry/telemetry.h"
#include "unit.h"

#define SPREAD (4 * MODEL_2M)

struct context spapr_ctx;
int vfio_spapr_logtype;

static struct scene *scene;

const char *
spapr_devices_sysfs(void)
{
	return "/sys/bus/pci/devices";
}

/* A start with so many groups. */
static void
begin(unsigned int n)
{
	unsigned int i;

	scene = scene_new();
	spapr_record_space(scene->space);
	for (i = 0; i < n; i++)
		assert_int_equal(scene_attach(scene, model_pseries((int)i + 1)), (int)i);
	assert_int_equal(scene_open(scene, MODEL_1G, MODEL_2M), (int)n);
	spapr_record_plan(&scene->plan);
	spapr_record_active();
	model_add_memory(scene->m, SCENE_VADDR, MODEL_1G, 21);
}

static void
finish(void)
{
	struct scene *s = scene;

	scene = NULL;
	assert_int_equal(ddw_space_release(s->space, &s->err), 0);
	spapr_record_space(NULL);
	scene_drop(s);
}

/* Single pages with holes between them. */
static void
map(unsigned int n)
{
	uint64_t iova, i;

	for (i = 0; i < n; i++)
		assert_int_equal(ddw_space_map(scene->space, SCENE_VADDR + i * SPREAD, MODEL_2M, 0,
					       &iova, &scene->err),
				 0);
}

/* Texts as long as they can be, of words that are as long as they can be on a line. */
static void
long_error(struct ddw_error *err)
{
	char word[sizeof(err->why)];
	size_t i;

	for (i = 0; i < sizeof(word) - 1; i++)
		word[i] = i % 64 == 63 ? ' ' : (char)('a' + i % 26);
	word[i] = '\0';
	(void)ddw_fail(err, DDW_MSG_GROUP_BUSY, 16, "%s", word);
	ddw_error_why(err, "%s", word);
	ddw_error_fix(err, "%s", word);
}

static void
refuse(unsigned int n)
{
	struct ddw_error err, other;
	unsigned int i;
	char name[32];

	long_error(&err);
	other = err;
	other.msg = DDW_MSG_MEMLOCK;
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "group %u", i + 100);
		spapr_record_refused((int)i + 100, name, &err);
		spapr_record_message(&err);
		spapr_record_message(&other);
	}
	/* One without a group, and one that comes back. */
	spapr_record_refused(-1, "0009:00:01.0", &err);
	spapr_record_refused(1, "group 1", &err);
	spapr_record_accepted(1, "group 1");
}

static void
fail_start(void)
{
	struct ddw_error err;

	long_error(&err);
	spapr_record_failure(&err);
}

/* Starts, growth and ends for so many milliseconds, while clients ask. */
static void
race(unsigned int ms)
{
	clock_t end = clock() + (clock_t)(ms * (CLOCKS_PER_SEC / 1000.0));
	unsigned int rounds = 0;

	do {
		begin(2);
		map(40);
		assert_int_equal(
			ddw_space_unmap(scene->space, SCENE_VADDR, 9 * SPREAD, NULL, &scene->err),
			0);
		refuse(3);
		finish();
		rounds++;
	} while (clock() < end);
	printf("%u rounds, ", rounds);
}

static void
act(const char *word, unsigned int n)
{
	if (strcmp(word, "start") == 0)
		begin(n);
	else if (strcmp(word, "map") == 0)
		map(n);
	else if (strcmp(word, "refuse") == 0)
		refuse(n);
	else if (strcmp(word, "fail") == 0)
		fail_start();
	else if (strcmp(word, "stop") == 0)
		finish();
	else if (strcmp(word, "race") == 0)
		race(n);
	else
		abort();
}

int
main(int argc, char **argv)
{
	struct model *files = model_create();
	unsigned int n;
	char word[16];
	int ret;

	model_add_device(files, 1, "0001:00:01.0", "vfio-pci");
	model_add_device(files, 1, "0001:00:01.1", "");
	spapr_ctx.sys = model_sys(files);
	ret = rte_eal_init(argc, argv);
	if (ret < 0)
		return 1;
	spapr_telemetry_start();
	spapr_telemetry_start(); /* one set of commands all the same */
	printf("ready %s\n", rte_eal_get_runtime_dir());
	fflush(stdout);
	while (scanf("%15s %u", word, &n) == 2) {
		act(word, n);
		printf("done\n");
		fflush(stdout);
	}
	if (scene != NULL)
		finish();
	return rte_eal_cleanup() == 0 ? 0 : 1;
}
