/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/command.h"
#include "selftest/selftest.h"
#include "selftest/selftest_command.h"
#include "selftest/selftest_dma.h"
#include "selftest/selftest_limits.h"
#include "selftest/selftest_linux.h"
#include "selftest/selftest_map.h"
#include "selftest/selftest_restart.h"
#include "selftest/selftest_select.h"
#include "selftest/selftest_windows.h"

#define RULE " + ------------------------------------------------------- +\n"

struct request {
	struct autotest_choice choice;
	const struct selftest_suite *only; /* NULL: all of them */
	uint64_t seed;
	bool seeded;
	bool json;
	bool list;
};

static int
usage(FILE *out, int status)
{
	fprintf(out,
		"usage: dpdk-test-ddw selftest [OPTIONS]\n\n"
		"  --device ADDRESS  use the IOMMU group of this device; may be repeated\n"
		"  --edu ADDRESS     QEMU's edu device, for tests with DMA\n"
		"  --test NAME       run only these tests\n"
		"  --list            list the tests\n"
		"  --seed NUMBER     repeat the random orders of an earlier run\n"
		"  --json            print the results as JSON\n\n"
		"Opens windows, maps memory in them, and releases everything. Without --device\n"
		"it uses all free groups of devices bound to vfio-pci. Exit status: 0 passed,\n"
		"1 some test or group was skipped, 2 failed or no group, 3 usage error.\n");
	return status;
}

static const struct selftest_suite *
find_suite(const char *name)
{
	const struct selftest_suite *const *s;

	for (s = selftest_suites; *s != NULL; s++)
		if (strcmp((*s)->name, name) == 0)
			return *s;
	fprintf(stderr, "dpdk-test-ddw: there is no test \"%s\"; --list shows the tests\n", name);
	return NULL;
}

static bool
read_option(int opt, struct request *req)
{
	char *end;

	switch (opt) {
	case 'd':
		if (req->choice.n_groups == DDW_MAX_GROUPS) {
			fprintf(stderr, "dpdk-test-ddw: more than %d groups\n", DDW_MAX_GROUPS);
			return false;
		}
		req->choice.groups[req->choice.n_groups++] = optarg;
		return true;
	case 'e':
		req->choice.edu = optarg;
		return true;
	case 't':
		req->only = find_suite(optarg);
		return req->only != NULL;
	case 's':
		errno = 0;
		req->seed = strtoull(optarg, &end, 0);
		req->seeded = isdigit((unsigned char)*optarg) && *end == '\0' && errno == 0 &&
			      req->seed <= INT64_MAX; /* a number of JSON */
		if (!req->seeded)
			fprintf(stderr, "dpdk-test-ddw: --seed %s is not a number\n", optarg);
		return req->seeded;
	case 'j':
		req->json = true;
		return true;
	default:
		req->list = true;
		return true;
	}
}

static int
read_options(int argc, char **argv, struct request *req)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "edu", required_argument, NULL, 'e' },
		{ "test", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h')
			return usage(stdout, EXIT_FINE);
		if (opt == '?')
			return usage(stderr, EXIT_USAGE);
		if (!read_option(opt, req))
			return EXIT_USAGE;
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "dpdk-test-ddw: selftest takes no \"%s\"\n", argv[optind]);
	return usage(stderr, EXIT_USAGE);
}

static int
list_tests(void)
{
	const struct selftest_suite *const *s;
	const struct selftest_case *one;

	for (s = selftest_suites; *s != NULL; s++) {
		printf("%-14s %s:", (*s)->name, (*s)->help);
		for (one = (*s)->cases; one->name != NULL; one++)
			printf(" %s", one->name);
		printf("\n");
	}
	return EXIT_FINE;
}

static void
print_head(const struct selftest *t, const char *left_out)
{
	unsigned int i;

	printf(RULE " + Test Suite : dpdk-test-ddw\n" RULE);
	for (i = 0; i < t->n_groups; i++)
		if (!t->groups[i].edu_only)
			printf(" + %s\n", t->groups[i].name);
	if (t->edu[0] != '\0')
		printf(" + DMA by the edu device %s\n", t->edu);
	if (left_out[0] != '\0')
		printf(" + left out: %s", left_out);
	printf(RULE);
	fflush(stdout);
}

static int
exit_status(const struct selftest_results *r, const char *left_out)
{
	if (r->failed != 0)
		return EXIT_FAIL;
	return r->skipped != 0 || r->passed == 0 || left_out[0] != '\0' ? EXIT_LIMIT : EXIT_FINE;
}

static json_t *
group_names(const struct selftest *t)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < t->n_groups; i++)
		if (!t->groups[i].edu_only)
			json_array_append_new(list, json_string(t->groups[i].pci));
	return list;
}

static int
print_json(const struct selftest *t, const struct selftest_results *r, const char *left_out,
	   int status)
{
	static const char *const results[] = { "passed", "some skipped", "failed" };
	json_t *tests = json_array(), *root;
	unsigned int i;
	int ret;

	/* a text that is no UTF-8 makes NULL, which the array refuses: counted below */
	for (i = 0; i < r->n; i++)
		(void)json_array_append_new(tests, json_pack("{s:s, s:s, s:s, s:s}", "test",
							     r->list[i].suite->name, "case",
							     r->list[i].one->name, "result",
							     selftest_ret_name(r->list[i].ret),
							     "message", r->list[i].message));
	root = json_pack("{s:i, s:s, s:o, s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:o}", "status",
			 status, "result", results[status], "groups", group_names(t), "edu", t->edu,
			 "left_out", left_out, "seed", (json_int_t)t->seed, "passed",
			 (int)r->passed, "failed", (int)r->failed, "skipped", (int)r->skipped,
			 "unsupported", (int)r->unsupported, "tests", tests);
	ret = root == NULL || json_array_size(tests) != r->n
		      ? -1
		      : json_dumpf(root, stdout, JSON_INDENT(1));
	json_decref(root);
	printf("\n");
	return ret;
}

static int
run_tests(struct selftest *t, const struct request *req, const char *left_out,
	  struct selftest_results *results)
{
	const struct selftest_suite *const *s;
	int ret = 0, status;

	if (!req->json)
		print_head(t, left_out);
	for (s = selftest_suites; ret == 0 && *s != NULL; s++)
		if (req->only == NULL || req->only == *s)
			ret = selftest_run(t, *s, results, req->json ? NULL : stdout);
	status = exit_status(results, left_out);
	if (ret == 0 && req->json)
		ret = print_json(t, results, left_out, status);
	else if (ret == 0)
		selftest_summary(results, stdout);
	if (ret == 0)
		return status;
	fprintf(stderr, "dpdk-test-ddw: out of memory\n");
	return EXIT_FAIL;
}

/* Select the groups and run the tests. Returns the exit status; without results if none ran. */
static int
select_and_run(const struct request *req, struct selftest_results *results)
{
	struct selftest *t = calloc(1, sizeof(*t));
	struct selftest_problem problem;
	char left_out[2048];
	int status;

	if (t == NULL) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return EXIT_FAIL;
	}
	t->host = selftest_linux();
	t->seed = req->seeded ? req->seed : t->host->sys->clock_ns(t->host->sys->ctx) >> 1;
	if (selftest_select(t, &req->choice, left_out, sizeof(left_out), &problem) == 0) {
		status = run_tests(t, req, left_out, results);
	} else {
		fprintf(stderr, "dpdk-test-ddw: %s\n", problem.text);
		status = problem.usage ? EXIT_USAGE : EXIT_FAIL;
	}
	free(t);
	return status;
}

int
selftest_command(int argc, char **argv)
{
	struct request req = { .seed = 0 };
	int status = read_options(argc, argv, &req);
	struct selftest_results results = { 0 };

	if (status < 0)
		status = req.list ? list_tests() : select_and_run(&req, &results);
	selftest_results_free(&results);
	return status;
}

/* Run a suite by name, as DPDK does. Skipped when none of its tests can run here. */
static int
run_by_name(const struct autotest_choice *choice, const struct selftest_suite *suite)
{
	struct request req = { .choice = *choice, .only = suite };
	struct selftest_results results = { 0 };
	int status = select_and_run(&req, &results), ret = AUTOTEST_FAILED;

	if (status != EXIT_USAGE && results.failed == 0)
		ret = results.passed != 0 ? AUTOTEST_OK : AUTOTEST_SKIPPED;
	selftest_results_free(&results);
	return ret;
}

#define AUTOTEST(name)                                                   \
	static int name##_autotest(const struct autotest_choice *choice) \
	{                                                                \
		return run_by_name(choice, &selftest_##name);            \
	}

AUTOTEST(window_sizes)
AUTOTEST(page_sizes)
AUTOTEST(map_order)
AUTOTEST(partial_unmap)
AUTOTEST(limits)
AUTOTEST(restart)
AUTOTEST(dma_edu)

const struct autotest selftest_autotests[] = {
	{ "window_sizes_autotest", window_sizes_autotest, "selftest --test window_sizes" },
	{ "page_sizes_autotest", page_sizes_autotest, "selftest --test page_sizes" },
	{ "map_order_autotest", map_order_autotest, "selftest --test map_order" },
	{ "partial_unmap_autotest", partial_unmap_autotest, "selftest --test partial_unmap" },
	{ "limits_autotest", limits_autotest, "selftest --test limits" },
	{ "restart_autotest", restart_autotest, "selftest --test restart" },
	{ "dma_edu_autotest", dma_edu_autotest, "selftest --test dma_edu" },
	{ NULL, NULL, NULL },
};
