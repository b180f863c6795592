/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <base/params.h>

#include "common/command.h"
#include "common/power.h"
#include "plan/machine_file.h"
#include "plan/machine_probe.h"
#include "plan/plan_command.h"

struct request {
	const char *simulate; /* NULL: this machine */
	struct params params;
	uint64_t memory; /* bytes mapped at start; 0: all hugepages */
};

static int
usage_probe(FILE *out, int status)
{
	fprintf(out,
		"usage: dpdk-test-ddw probe [--simulate FILE]\n\n"
		"  --simulate FILE   a machine described in JSON, instead of this one\n\n"
		"Opens the groups of devices bound to vfio-pci, queries and closes them; creates\n"
		"no window. Exit status: 0 fine, 1 some group refused, 2 no group, 3 usage error.\n");
	return status;
}

static int
usage_plan(FILE *out, int status)
{
	fprintf(out,
		"usage: dpdk-test-ddw plan [--simulate FILE] [--memory SIZE] "
		"[--config KEY=VALUE,...]\n\n"
		"  --simulate FILE   a machine described in JSON, instead of this one\n"
		"  --memory SIZE     memory that DPDK takes at start (-m); all hugepages otherwise\n"
		"  --config ...      parameters of the plugin, as for -a vfio_spapr:config,...\n\n"
		"Opens the groups of devices bound to vfio-pci, queries and closes them; creates\n"
		"no window. Exit status: 0 fine, 1 some group refused or the default windows used,\n"
		"2 no plan, 3 usage error.\n");
	return status;
}

/* Differences between the two commands. */
struct kind {
	const char *name;
	int (*usage)(FILE *out, int status);
	int (*work)(struct machine *m, const struct request *req);
	const struct option *options;
};

#define OPTION_HELP	"help", no_argument, NULL, 'h'
#define OPTION_SIMULATE "simulate", required_argument, NULL, 's'
#define OPTIONS_END	NULL, 0, NULL, 0

/* Handle one option. Returns -1 to continue, else the exit status. */
static int
read_option(const struct kind *kind, int opt, struct request *req)
{
	struct ddw_error err = { 0 };

	switch (opt) {
	case 's':
		req->simulate = optarg;
		return -1;
	case 'h':
		return kind->usage(stdout, EXIT_FINE);
	case 'm':
		if (ddw_parse_size(optarg, &req->memory) == 0)
			return -1;
		fprintf(stderr, "dpdk-test-ddw: --memory %s is not a size such as 512M\n", optarg);
		return EXIT_USAGE;
	case 'c':
		if (spapr_params_parse(optarg, "--config", &req->params, &err) == 0)
			return -1;
		fprintf(stderr, "dpdk-test-ddw: %s; %s\n", err.what, err.fix);
		return EXIT_USAGE;
	default:
		return kind->usage(stderr, EXIT_USAGE);
	}
}

static int
read_options(const struct kind *kind, int argc, char **argv, struct request *req)
{
	int opt, status = -1;

	while (status < 0 && (opt = getopt_long(argc, argv, "h", kind->options, NULL)) != -1)
		status = read_option(kind, opt, req);
	if (status >= 0 || optind == argc)
		return status;
	fprintf(stderr, "dpdk-test-ddw: %s takes no \"%s\"\n", kind->name, argv[optind]);
	return kind->usage(stderr, EXIT_USAGE);
}

/* Distribute the memory at start over the hugepages, largest ones first. */
static int
limit_memory(struct ddw_plan_input *in, uint64_t bytes)
{
	uint64_t part;
	unsigned int i;

	for (i = in->n_memory; bytes != 0 && i-- > 0;) {
		struct ddw_plan_memory *mem = &in->memory[i];

		part = bytes < mem->exist_bytes ? bytes : mem->exist_bytes;
		part -= part % mem->page_size;
		mem->start_bytes = part;
		bytes -= part;
	}
	if (bytes == 0)
		return 0;
	fprintf(stderr,
		"dpdk-test-ddw: --memory: too few hugepages, %" PRIu64 " bytes are missing\n",
		bytes);
	return -1;
}

static void
print_group(const struct ddw_plan_input *in, const struct ddw_plan *plan, unsigned int i)
{
	const struct ddw_plan_window *w = &plan->windows[i];
	char table[DDW_SIZE_TEXT], text[DDW_ERROR_TEXT];

	if (!w->accepted) {
		printf("%s: refused: %s\n", in->groups[i].name, ddw_error_format(&w->error, text));
		return;
	}
	printf("%s: %s; tables of %s\n", in->groups[i].name, w->reason,
	       ddw_format_size(w->table_bytes, table));
}

static int
print_plan(const struct ddw_plan_input *in, const struct ddw_plan *plan)
{
	char size[DDW_SIZE_TEXT], start[DDW_SIZE_TEXT], locked[DDW_SIZE_TEXT];
	unsigned int i;

	printf("%s windows of %s for %u of %u groups; %s mapped at start, %s locked\n",
	       plan->mode == DDW_MODE_DMA32 ? "default" : "dynamic",
	       ddw_format_size(plan->size, size), plan->n_accepted, in->n_groups,
	       ddw_format_size(plan->start_bytes, start),
	       ddw_format_size(plan->memlock_needed, locked));
	if (plan->fallback[0] != '\0')
		printf("no dynamic windows: %s\n", plan->fallback);
	for (i = 0; i < in->n_groups; i++)
		print_group(in, plan, i);
	return plan->n_accepted < in->n_groups || plan->mode == DDW_MODE_DMA32 ? EXIT_LIMIT
									       : EXIT_FINE;
}

static int
make_plan(struct machine *m, const struct request *req)
{
	struct ddw_plan *plan = calloc(1, sizeof(*plan));
	char text[DDW_ERROR_TEXT];
	struct ddw_error err = { 0 };
	unsigned int i;
	int status = EXIT_FAIL;

	if (plan == NULL) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return EXIT_USAGE;
	}
	m->in.wishes = req->params.wishes;
	if (ddw_plan_make(&m->in, plan, &err) == 0) {
		status = print_plan(&m->in, plan);
	} else {
		printf("no plan: %s\n", ddw_error_format(&err, text));
		for (i = 0; i < m->in.n_groups; i++)
			if (plan->windows[i].error.err != 0)
				print_group(&m->in, plan, i);
	}
	free(plan);
	return status;
}

static void
print_caps(const struct ddw_plan_group *g)
{
	char size[DDW_SIZE_TEXT], pages[128];

	printf("%s: default window at 0x%" PRIx32 ", %s; ", g->name, g->caps.dma32_start,
	       ddw_format_size(g->caps.dma32_size, size));
	if (g->caps.v1)
		printf("sPAPR v1\n");
	else if (g->caps.max_windows == UINT32_MAX)
		printf("no dynamic windows\n");
	else
		printf("%" PRIu32 " dynamic windows, IOMMU pages of %s, %" PRIu32 " level%s\n",
		       g->caps.max_windows,
		       ddw_format_pgsizes(g->caps.pgsizes, pages, sizeof(pages)), g->caps.levels,
		       g->caps.levels == 1 ? "" : "s");
}

static int
load_machine(struct machine *m, const struct request *req)
{
	char error[1536] = "";
	int ret;

	if (req->simulate != NULL)
		ret = plan_machine_read(m, req->simulate, error, sizeof(error));
	else if (!test_ddw_is_power(error, sizeof(error)))
		ret = -ENODEV;
	else
		ret = plan_machine_probe(m, ddw_sys_linux(), error, sizeof(error));
	if (ret != 0) {
		fprintf(stderr, "dpdk-test-ddw: %s%s\n", error,
			ret == -ENODEV ? "; --simulate FILE reads a machine from a file instead"
				       : "");
		return req->simulate != NULL ? EXIT_USAGE : EXIT_FAIL;
	}
	fputs(m->refused, stdout);
	return EXIT_FINE;
}

static int
run_command(const struct kind *kind, int argc, char **argv)
{
	struct request req = { .simulate = NULL };
	struct machine *m;
	int status = read_options(kind, argc, argv, &req);

	if (status >= 0)
		return status;
	m = calloc(1, sizeof(*m));
	if (m == NULL) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return EXIT_USAGE;
	}
	status = load_machine(m, &req);
	if (status == EXIT_FINE && req.memory != 0 && limit_memory(&m->in, req.memory) != 0)
		status = EXIT_USAGE;
	if (status == EXIT_FINE)
		status = kind->work(m, &req);
	if (status == EXIT_FINE && m->refused[0] != '\0')
		status = EXIT_LIMIT;
	free(m);
	return status;
}

static int
print_all_caps(struct machine *m, const struct request *req)
{
	unsigned int i;

	(void)req;
	for (i = 0; i < m->in.n_groups; i++)
		print_caps(&m->in.groups[i]);
	return EXIT_FINE;
}

int
plan_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ OPTION_SIMULATE },
		{ "memory", required_argument, NULL, 'm' },
		{ "config", required_argument, NULL, 'c' },
		{ OPTION_HELP },
		{ OPTIONS_END },
	};
	static const struct kind kind = { "plan", usage_plan, make_plan, options };

	return run_command(&kind, argc, argv);
}

int
plan_probe_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ OPTION_SIMULATE },
		{ OPTION_HELP },
		{ OPTIONS_END },
	};
	static const struct kind kind = { "probe", usage_probe, print_all_caps, options };

	return run_command(&kind, argc, argv);
}
