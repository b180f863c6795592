/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_command.h"
#include "bench/bench_pools.h"
#include "bench/bench_report.h"
#include "bench/bench_run.h"
#include "common/command.h"

struct request {
	struct bench_options *options;
	const char *json; /* file; "-": standard output; NULL: a table */
	FILE *file;	  /* NULL: standard output */
};

static int
usage(FILE *out, int status)
{
	fprintf(out,
		"usage: dpdk-test-ddw bench [PART...] [OPTION...] [-- EAL-OPTION...]\n\n"
		"  --list           list the parts\n"
		"  --repeat N       repetitions of each measurement, 1 to %u (%u)\n"
		"  --seconds N      start no measurement after that time, 1 to 86400 (%u)\n"
		"  --memory SIZE    memory to map (as much as hugepages are free, up to 1G)\n"
		"  --device ADDRESS use the group of this device, which is bound to vfio-pci; may be\n"
		"                   repeated (the first free group)\n"
		"  --json FILE      write the figures as JSON; \"-\" is standard output\n\n"
		"Creates windows and maps memory in the groups of devices that are bound to\n"
		"vfio-pci. Exit status: 0 everything measured, 1 not everything, see\n"
		"\"not measured\", 2 nothing measured or something failed, 3 usage error.\n",
		FIGURES_MAX, BENCH_REPEAT, BENCH_SECONDS);
	return status;
}

static int
list_parts(void)
{
	unsigned int i;

	for (i = 0; i < BENCH_PARTS; i++)
		printf("%-10s %s\n", bench_parts[i].name, bench_parts[i].help);
	return EXIT_FINE;
}

static int
parse_number(const char *name, const char *text, unsigned int max, unsigned int *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && n >= 1 && n <= max) {
		*value = (unsigned int)n;
		return -1;
	}
	fprintf(stderr, "dpdk-test-ddw: bench: --%s %s is not a number from 1 to %u\n", name, text,
		max);
	return EXIT_USAGE;
}

static int
add_device(struct bench_options *opt, const char *pci)
{
	if (opt->n_devices == DDW_MAX_GROUPS) {
		fprintf(stderr, "dpdk-test-ddw: bench: more than %d --device options\n",
			DDW_MAX_GROUPS);
		return EXIT_USAGE;
	}
	opt->devices[opt->n_devices++] = pci;
	return -1;
}

/* Handle one option. Returns -1 to continue, else the exit status. */
static int
read_option(struct request *req, int key)
{
	struct bench_options *opt = req->options;

	switch (key) {
	case 'l':
		return list_parts();
	case 'r':
		return parse_number("repeat", optarg, FIGURES_MAX, &opt->repeat);
	case 's':
		return parse_number("seconds", optarg, 86400, &opt->seconds);
	case 'm':
		opt->memory_wanted = true;
		if (ddw_parse_size(optarg, &opt->memory) == 0)
			return -1;
		fprintf(stderr, "dpdk-test-ddw: bench: --memory %s is not a size such as 512M\n",
			optarg);
		return EXIT_USAGE;
	case 'd':
		return add_device(opt, optarg);
	case 'j':
		req->json = optarg;
		return -1;
	case 'h':
		return usage(stdout, EXIT_FINE);
	default:
		return usage(stderr, EXIT_USAGE);
	}
}

static int
read_part(struct bench_options *opt, const char *name)
{
	unsigned int i;

	for (i = 0; i < BENCH_PARTS; i++) {
		if (strcmp(bench_parts[i].name, name) != 0)
			continue;
		opt->parts[i] = true;
		return -1;
	}
	fprintf(stderr,
		"dpdk-test-ddw: bench has no part \"%s\"; \"dpdk-test-ddw bench --list\" lists "
		"them\n",
		name);
	return EXIT_USAGE;
}

static int
read_options(int argc, char **argv, struct request *req)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "repeat", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "memory", required_argument, NULL, 'm' },
		{ "device", required_argument, NULL, 'd' },
		{ "json", required_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int key, ret = -1, words = argc;

	/* What is behind "--" is EAL's. */
	for (key = 1; key < argc && words == argc; key++)
		if (strcmp(argv[key], "--") == 0)
			words = key;
	req->options->eal_given = words < argc;
	if (words < argc) {
		req->options->eal = argv + words + 1;
		req->options->n_eal = argc - words - 1;
	}
	while (ret < 0 && (key = getopt_long(words, argv, "h", options, NULL)) != -1)
		ret = read_option(req, key);
	for (; ret < 0 && optind < words; optind++)
		ret = read_part(req->options, argv[optind]);
	return ret;
}

/*
 * Open the output before measuring, to fail early. The old content stays until there is a
 * report to replace it.
 */
static int
open_output(struct request *req)
{
	if (req->json == NULL || strcmp(req->json, "-") == 0)
		return -1;
	req->file = fopen(req->json, "ae");
	if (req->file != NULL)
		return -1;
	fprintf(stderr, "dpdk-test-ddw: bench: cannot write --json %s: %s\n", req->json,
		strerror(errno));
	return EXIT_USAGE;
}

/* Truncate a regular file; pipes and terminals need no truncation. */
static bool
truncate_file(FILE *file)
{
	return file == NULL || ftruncate(fileno(file), 0) == 0 || errno == EINVAL;
}

static int
write_report(const struct bench *b, struct request *req, int status)
{
	FILE *out = req->file != NULL ? req->file : stdout;
	bool ok = true;

	if (req->json != NULL)
		ok = truncate_file(req->file) && bench_print_json(b, out) == 0;
	if (req->json == NULL || req->file != NULL)
		bench_print(b, stdout);
	if (req->file != NULL)
		ok = fclose(req->file) == 0 && ok;
	if (ok)
		return status;
	fprintf(stderr, "dpdk-test-ddw: bench: cannot write --json %s: %s\n", req->json,
		strerror(errno));
	return EXIT_USAGE;
}

int
bench_command(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct request req = { 0 };
	int status;

	if (b == NULL) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return EXIT_USAGE;
	}
	bench_defaults(b);
	req.options = &b->options;
	status = read_options(argc, argv, &req);
	if (status < 0)
		status = open_output(&req);
	if (status < 0)
		status = write_report(b, &req, bench_run(b));
	bench_pools_end();
	free(b);
	return status;
}
