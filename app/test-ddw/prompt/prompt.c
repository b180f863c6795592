/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <cmdline_rdline.h>
#include <cmdline_socket.h>

#include "prompt/prompt.h"
#include "prompt/prompt_names.h"

/* Commands and their arguments are parsed by librte_cmdline. EAL is not started. */

#define PROMPT "RTE>>"
#define WORDS  64
/* Limit of a line, including the terminator, as in librte_cmdline. */
#define LINE_SIZE 512

/* Used by callbacks of librte_cmdline, which get no argument of ours. */
static const struct prompt_menu *menu;
static struct autotest_choice choice;
static int last_result; /* of the last test or command */

/* Return the next test, or the first one. NULL at the end. */
static const struct autotest *
next_test(const struct prompt_menu *from, const struct autotest *test, unsigned int *table)
{
	if (test == NULL)
		*table = 0;
	test = test == NULL ? from->tests[0] : test + 1;
	while (test != NULL && test->name == NULL)
		test = from->tests[++*table];
	return test;
}

static const struct autotest *
find_test(const struct prompt_menu *from, const char *name)
{
	const struct autotest *test = NULL;
	unsigned int table;

	while ((test = next_test(from, test, &table)) != NULL)
		if (strcmp(test->name, name) == 0)
			break;
	return test;
}

static const struct command *
find_command(const struct prompt_menu *from, const char *name)
{
	const struct command *c = from->commands;

	while (c->name != NULL && strcmp(c->name, name) != 0)
		c++;
	return c->name == NULL ? NULL : c;
}

bool
prompt_knows(const struct prompt_menu *from, const char *name)
{
	return find_test(from, name) != NULL;
}

void
prompt_unknown(const struct prompt_menu *from, const char *name)
{
	struct names_closest closest = { .wanted = name };
	const struct autotest *test = NULL;
	const struct command *c;
	unsigned int table;

	for (c = from->commands; c->name != NULL; c++)
		prompt_name_offer(&closest, c->name);
	while ((test = next_test(from, test, &table)) != NULL)
		prompt_name_offer(&closest, test->name);
	fprintf(stderr, "dpdk-test-ddw: there is no command \"%s\"", name);
	if (closest.name != NULL)
		fprintf(stderr, "; did you mean \"%s\"?", closest.name);
	fprintf(stderr, "\n");
}

/* Append a word: librte_cmdline takes alternatives as "a#b". */
static bool
add_word(char **words, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *words == NULL ? "" : *words, *words == NULL ? "" : "#",
		     word) < 0) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return false;
	}
	free(*words);
	*words = longer;
	return true;
}

/* A parsed line. */
struct line {
	cmdline_fixed_string_t name;
	cmdline_multi_string_t rest;
};

static void
run_autotest(void *parsed, struct cmdline *cl, void *data)
{
	const struct line *line = parsed;
	const struct autotest *test = find_test(menu, line->name);

	(void)cl;
	(void)data;
	last_result = test == NULL ? AUTOTEST_FAILED : test->run(&choice);
	printf("%s\n", last_result == AUTOTEST_OK	 ? "Test OK"
		       : last_result == AUTOTEST_SKIPPED ? "Test Skipped"
							 : "Test Failed");
	fflush(stdout);
}

/* Run a command with its arguments, if any. */
static void
run_command(void *parsed, struct cmdline *cl, void *data)
{
	struct line *line = parsed;
	const struct command *c = find_command(menu, line->name);
	char *words[WORDS + 1] = { line->name }, *place, *word;
	int n = 1;

	(void)cl;
	if (data != NULL)
		for (word = strtok_r(line->rest, " \t", &place); word != NULL && n < WORDS;
		     word = strtok_r(NULL, " \t", &place))
			words[n++] = word;
	optind = 0; /* getopt begins anew */
	last_result = c == NULL ? EXIT_USAGE : c->run(n, words);
	fflush(stdout);
}

static void
list_names(void *parsed, struct cmdline *cl, void *data)
{
	const struct autotest *test = NULL;
	const struct command *c;
	unsigned int table;

	(void)parsed;
	(void)cl;
	(void)data;
	while ((test = next_test(menu, test, &table)) != NULL)
		printf("%-24s %s\n", test->name, test->help);
	for (c = menu->commands; c->name != NULL; c++)
		printf("%-24s %s\n", c->name, c->help);
	printf("%-24s %s\n%-24s %s\n", "list, help", "this list", "quit", "leave the prompt");
	fflush(stdout);
	last_result = 0;
}

static void
quit_prompt(void *parsed, struct cmdline *cl, void *data)
{
	(void)parsed;
	(void)data;
	cmdline_quit(cl);
}

/* prepare_names() fills in the words of the first two. */
static cmdline_parse_token_string_t test_name = TOKEN_STRING_INITIALIZER(struct line, name, "");
static cmdline_parse_token_string_t command_name = TOKEN_STRING_INITIALIZER(struct line, name, "");
static cmdline_parse_token_string_t arguments =
	TOKEN_STRING_INITIALIZER(struct line, rest, TOKEN_STRING_MULTI);
static cmdline_parse_token_string_t list_name =
	TOKEN_STRING_INITIALIZER(struct line, name, "list#help");
static cmdline_parse_token_string_t quit_name = TOKEN_STRING_INITIALIZER(struct line, name, "quit");

static cmdline_parse_inst_t autotest_line = {
	.f = run_autotest,
	.help_str = "run a test",
	.tokens = { (void *)&test_name, NULL },
};
static cmdline_parse_inst_t command_line = {
	.f = run_command,
	.help_str = "run a command",
	.tokens = { (void *)&command_name, NULL },
};
static cmdline_parse_inst_t command_line_with_arguments = {
	.f = run_command,
	.data = &arguments, /* anything but NULL */
	.help_str = "run a command with options",
	.tokens = { (void *)&command_name, (void *)&arguments, NULL },
};
static cmdline_parse_inst_t list_line = {
	.f = list_names,
	.help_str = "list tests and commands",
	.tokens = { (void *)&list_name, NULL },
};
static cmdline_parse_inst_t quit_line = {
	.f = quit_prompt,
	.help_str = "leave the prompt",
	.tokens = { (void *)&quit_name, NULL },
};

static cmdline_parse_ctx_t lines[] = {
	&autotest_line, &command_line, &command_line_with_arguments, &list_line, &quit_line, NULL,
};

/* Pass the names of tests and commands to librte_cmdline. Returns 0 or EXIT_FAIL. */
static int
prepare_names(char **tests, char **names)
{
	const struct autotest *test = NULL;
	const struct command *c;
	unsigned int table;

	while ((test = next_test(menu, test, &table)) != NULL)
		if (!add_word(tests, test->name))
			return EXIT_FAIL;
	for (c = menu->commands; c->name != NULL; c++)
		if (!add_word(names, c->name))
			return EXIT_FAIL;
	test_name.string_data.str = *tests;
	command_name.string_data.str = *names;
	return 0;
}

/* Check if a comma-separated list contains a name. */
static bool
is_in_list(const char *names, const char *name)
{
	size_t len = strlen(name), n;

	for (; names != NULL && *names != '\0'; names += n + (names[n] == ',')) {
		n = strcspn(names, ",");
		if (n == len && strncmp(names, name, n) == 0)
			return true;
	}
	return false;
}

/* Run tests up to the first failure, as dpdk-test does. Returns the last result. */
static int
run_list(char *const *names, unsigned int n)
{
	struct cmdline *cl = cmdline_new(lines, PROMPT, 0, 1);
	char text[LINE_SIZE];
	unsigned int i;

	if (cl == NULL) {
		fprintf(stderr, "dpdk-test-ddw: out of memory\n");
		return EXIT_FAIL;
	}
	for (i = 0; i < n; i++) {
		if (is_in_list(getenv("DPDK_TEST_SKIP"), names[i])) {
			fprintf(stderr, "Skipping %s [DPDK_TEST_SKIP]\n", names[i]);
			last_result = AUTOTEST_SKIPPED;
			continue;
		}
		/* what the library does not understand is not run, and it tells nobody but the user */
		last_result = EXIT_USAGE;
		if (snprintf(text, sizeof(text), "%s\n", names[i]) >= (int)sizeof(text))
			fprintf(stderr, "dpdk-test-ddw: more than %d bytes: %.40s...\n",
				LINE_SIZE - 2, names[i]);
		else if (cmdline_in(cl, text, (int)strlen(text)) < 0)
			last_result = AUTOTEST_FAILED;
		if (last_result != AUTOTEST_OK && last_result != AUTOTEST_SKIPPED)
			break;
	}
	cmdline_free(cl);
	return last_result & 0xff;
}

static int
run_prompt(void)
{
	struct cmdline *cl = cmdline_stdin_new(lines, PROMPT);

	if (cl == NULL) {
		fprintf(stderr, "dpdk-test-ddw: no prompt on standard input\n");
		return EXIT_FAIL;
	}
	cmdline_interact(cl);
	cmdline_stdin_exit(cl);
	printf("\n");
	return EXIT_FINE;
}

static int
read_choice(int argc, char **argv)
{
	static const struct option options[] = {
		{ "device", required_argument, NULL, 'd' },
		{ "edu", required_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (opt == 'e') {
			choice.edu = optarg;
		} else if (opt == 'd' && choice.n_groups < DDW_MAX_GROUPS) {
			choice.groups[choice.n_groups++] = optarg;
		} else {
			fprintf(stderr, "dpdk-test-ddw: see --help\n");
			return EXIT_USAGE;
		}
	}
	return 0;
}

/* Check that all names are known, before anything runs. */
static int
check_names(char *const *names, unsigned int n)
{
	unsigned int i;
	char word[NAMES_MAX + 1];

	for (i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(names[i], " \t"), names[i]);
		if (find_test(menu, word) == NULL && find_command(menu, word) == NULL &&
		    strcmp(word, "list") != 0 && strcmp(word, "help") != 0) {
			prompt_unknown(menu, names[i]);
			return EXIT_USAGE;
		}
	}
	return 0;
}

int
prompt_run(const struct prompt_menu *from, int argc, char **argv)
{
	char *first = getenv("DPDK_TEST"), *tests = NULL, *names = NULL, **list_of;
	unsigned int n = 0;
	int ret = read_choice(argc, argv);

	if (ret != 0)
		return ret;
	menu = from;
	list_of = calloc((size_t)argc + 1, sizeof(*list_of));
	ret = list_of == NULL ? EXIT_FAIL : prepare_names(&tests, &names);
	if (ret == 0) {
		if (first != NULL && first[0] != '\0')
			list_of[n++] = first;
		for (; optind < argc; optind++)
			list_of[n++] = argv[optind];
		ret = check_names(list_of, n);
	}
	if (ret == 0)
		ret = n != 0 ? run_list(list_of, n) : run_prompt();
	free(list_of);
	free(tests);
	free(names);
	return ret;
}
