/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/*
 * What pools of the library cost, side by side with others in one run. What can be
 * believed is the ratio of two columns, as far as it differs from that of a
 * column with itself: the machine is shared, and its speed drifts.
 */

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_version.h>

#include "bench_mempool.h"

static const char usage[] =
	"usage: bench_mempool EAL-OPTIONS [-- OPTIONS]\n"
	"  --only getput|forward   one of the two parts\n"
	"  --against NAME          handler to compare with ring_mp_mc (ddw)\n"
	"  --rounds N              rounds of each row, at most 1000 (51)\n"
	"  --round-us N            length of a round per column, microseconds (500)\n"
	"  --pool-mb N             pool that is larger than the window (256)\n"
	"  --window-mb N           (64)\n"
	"  --in-flight N           mbufs out at the same time (4096)\n"
	"  --no-steps              do not count instructions\n"
	"  --json FILE\n"
	"Both parts need as many lcores as there are cores to measure, two at most.\n";

void
die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("bench_mempool: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static unsigned int
number(const char *name, const char *text, unsigned int max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0' || errno != 0 || value == 0 || value > max)
		die("--%s takes a number from 1 to %u, not '%s'", name, max, text);
	return (unsigned int)value;
}

void
figures_json(FILE *json, const char *name, struct figures f)
{
	fprintf(json, "\"%s\": {\"min\": %.4f, \"median\": %.4f, \"max\": %.4f}, ", name, f.min,
		f.median, f.max);
}

static const struct option options[] = {
	{ "only", required_argument, NULL, 'o' },
	{ "against", required_argument, NULL, 'a' },
	{ "rounds", required_argument, NULL, 'r' },
	{ "round-us", required_argument, NULL, 'u' },
	{ "pool-mb", required_argument, NULL, 'p' },
	{ "window-mb", required_argument, NULL, 'w' },
	{ "in-flight", required_argument, NULL, 'f' },
	{ "no-steps", no_argument, NULL, 'n' },
	{ "json", required_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 },
};

static void
parse_one(struct bench_options *opt, const char **only, int key, const char *name)
{
	switch (key) {
	case 'o':
		*only = optarg;
		break;
	case 'a':
		opt->against = optarg;
		break;
	case 'r':
		opt->rounds = number(name, optarg, ROUNDS_MAX);
		break;
	case 'u':
		opt->round_us = number(name, optarg, 1000000);
		break;
	case 'p':
		opt->pool_mb = number(name, optarg, 512);
		break;
	case 'w':
		opt->window_mb = number(name, optarg, 512);
		break;
	case 'f':
		opt->in_flight = number(name, optarg, UINT32_MAX);
		break;
	case 'n':
		opt->steps = false;
		break;
	case 'j':
		opt->json = fopen(optarg, "w");
		if (opt->json == NULL)
			die("cannot write %s: %s", optarg, strerror(errno));
		break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct bench_options opt = {
		.rounds = 51,
		.round_us = 500,
		.pool_mb = 256,
		.window_mb = 64,
		.in_flight = 4096,
		.against = "ddw",
		.steps = true,
	};
	const char *only = "";
	int ret, key, index;

	ret = rte_eal_init(argc, argv);
	if (ret < 0) {
		fputs(usage, stderr);
		return 2;
	}
	argv[ret] = argv[0];
	optind = 1;
	while ((key = getopt_long(argc - ret, argv + ret, "", options, &index)) != -1)
		parse_one(&opt, &only, key, key == '?' ? "" : options[index].name);

	printf("%s, %s\n", rte_version(), __VERSION__);
	if (opt.json != NULL)
		fprintf(opt.json, "{\"dpdk\": \"%s\", \"rounds\": %u, \"round_us\": %u,\n",
			rte_version(), opt.rounds, opt.round_us);
	dma_begin();
	if (strcmp(only, "forward") != 0)
		bench_getput(&opt);
	if (strcmp(only, "getput") != 0)
		bench_forward(&opt);
	if (opt.json != NULL) {
		fprintf(opt.json, "\"lcores\": %u}\n", rte_lcore_count());
		fclose(opt.json);
	}
	rte_eal_cleanup();
	return 0;
}
