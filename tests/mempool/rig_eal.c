/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* EAL, its threads and its log; seeds; what is wrong. */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include "rig.h"

#define LOG_SIZE    (256 * 1024)
#define MAX_THREADS 16

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_text[LOG_SIZE];
static size_t log_len;
static unsigned int wrongs;
static uint64_t seed;

static ssize_t
log_write(void *cookie, const char *text, size_t len)
{
	size_t n;

	(void)cookie;
	(void)pthread_mutex_lock(&log_lock);
	n = len < LOG_SIZE - 1 - log_len ? len : LOG_SIZE - 1 - log_len;
	memcpy(log_text + log_len, text, n);
	log_len += n;
	(void)pthread_mutex_unlock(&log_lock);
	if (getenv("DDW_VERBOSE") != NULL)
		(void)fwrite(text, 1, len, stderr);
	return (ssize_t)len;
}

void
rig_log_clear(void)
{
	(void)pthread_mutex_lock(&log_lock);
	memset(log_text, 0, log_len);
	log_len = 0;
	(void)pthread_mutex_unlock(&log_lock);
}

unsigned int
rig_logged(const char *text)
{
	const char *at;
	unsigned int n = 0;

	(void)pthread_mutex_lock(&log_lock);
	for (at = strstr(log_text, text); at != NULL; at = strstr(at + 1, text))
		n++;
	(void)pthread_mutex_unlock(&log_lock);
	return n;
}

static bool running;

void
rig_eal_start(int argc, char **argv)
{
	cookie_io_functions_t functions = { .write = log_write };
	FILE *stream;

	assert_false(running);
	running = true;
	assert_true(rte_eal_init(argc, argv) >= 0);
	stream = fopencookie(NULL, "w", functions);
	assert_non_null(stream);
	(void)setvbuf(stream, NULL, _IOLBF, 4096);
	assert_int_equal(rte_openlog_stream(stream), 0);
}

void
rig_eal(void)
{
	static char args[][24] = { "test", "--no-huge",	    "--no-pci",	      "-m",
				   "256",  "--no-shconf",   "--iova-mode=va", "-l",
				   "0",	   "--no-telemetry" };
	static char *argv[sizeof(args) / sizeof(args[0]) + 1];
	unsigned int i;

	if (running)
		return;
	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		argv[i] = args[i];
	rig_eal_start((int)i, argv);
}

int
rig_setup(void **state)
{
	(void)state;
	rig_eal();
	return 0;
}

void
rig_wrong(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	/* The first few are enough. */
	if (__atomic_fetch_add(&wrongs, 1, __ATOMIC_RELAXED) >= 8)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fprintf(stderr, "wrong: %s (DDW_SEED=%" PRIu64 ")\n", text, seed);
}

unsigned int
rig_wrongs(void)
{
	return __atomic_load_n(&wrongs, __ATOMIC_RELAXED);
}

struct runner {
	void (*run)(void *arg, unsigned int number);
	void *arg;
	unsigned int number;
	pthread_barrier_t *begin;
	pthread_t id;
};

static void *
runner_main(void *arg)
{
	struct runner *r = arg;

	bool registered = RIG_CHECK(rte_thread_register() == 0);

	/* All at the same time, and none with the number, thus cache, of one that has ended. */
	(void)pthread_barrier_wait(r->begin);
	if (!registered)
		return NULL;
	r->run(r->arg, r->number);
	rte_thread_unregister();
	return NULL;
}

void
rig_threads(unsigned int n, void (*run)(void *arg, unsigned int number), void *arg)
{
	struct runner runners[MAX_THREADS];
	pthread_barrier_t begin;
	unsigned int i;

	assert_true(n <= MAX_THREADS);
	assert_int_equal(pthread_barrier_init(&begin, NULL, n), 0);
	for (i = 0; i < n; i++) {
		runners[i] = (struct runner){
			.run = run,
			.arg = arg,
			.number = i,
			.begin = &begin,
		};
		assert_int_equal(pthread_create(&runners[i].id, NULL, runner_main, &runners[i]), 0);
	}
	for (i = 0; i < n; i++)
		assert_int_equal(pthread_join(runners[i].id, NULL), 0);
	assert_int_equal(pthread_barrier_destroy(&begin), 0);
}

uint64_t
rig_seed(void)
{
	if (seed == 0) {
		seed = env_seed();
		printf("DDW_SEED=%" PRIu64 "\n", seed);
		(void)fflush(stdout);
	}
	return random_state(seed);
}
