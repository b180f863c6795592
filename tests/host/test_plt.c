/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

/* Calls of other objects are led elsewhere, and come back. */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Its functions are called with an object that is damaged. */
#include "interpose/plt.c" /* NOLINT(bugprone-suspicious-include) */

#include "plt_objects.h"
#include "random.h"
#include "unit.h"

static int (*const callers[])(int) = {
	slots_call_now, slots_call_lazy, slots_call_no_plt, slots_call_pointer, slots_call_inside,
};

#define N_CALLERS (sizeof(callers) / sizeof(callers[0]))

static int
instead(int value)
{
	return slots_target(value) + 100;
}

static int
instead_of_bound(int value)
{
	return slots_bound(value) + 100;
}

static int
foreign(int value)
{
	return value + 1000;
}

static int
replace(struct slots *s, const char *symbol, int (*replacement)(int))
{
	struct proc_maps memory = { 0 };
	int ret;

	spapr_proc_maps_read(&memory);
	ret = spapr_plt_replace(s, symbol, (uintptr_t)replacement, &memory);
	spapr_proc_maps_free(&memory);
	return ret;
}

static int
protection_now(uintptr_t addr)
{
	struct proc_maps memory = { 0 };
	int prot;

	spapr_proc_maps_read(&memory);
	prot = spapr_proc_maps_prot(&memory, addr);
	spapr_proc_maps_free(&memory);
	return prot;
}

static struct slot
slot_of(const struct slots *s, unsigned int i)
{
	if (s->list == NULL || i >= s->n) {
		fail();
		abort(); /* not reached */
	}
	return s->list[i];
}

static void
check_calls(int add)
{
	unsigned int i;

	for (i = 0; i < N_CALLERS; i++)
		if (callers[i](5) != 5 + add)
			fail_msg("caller %u: %d", i, callers[i](5));
}

static void
test_calls_replaced_and_restored(void **state)
{
	int prot[N_CALLERS], n_read_only = 0;
	uintptr_t addr[N_CALLERS];
	struct slots s = { 0 };
	unsigned int round, i;

	(void)state;
	/* In the first round the lazy caller has not been bound yet. */
	for (round = 0; round < 100; round++) {
		assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS);
		assert_true(s.n == N_CALLERS && s.inside == 1 && s.left == 0);
		check_calls(101);
		/* this object goes on to call the original */
		assert_int_equal(slots_target(1), 2);
		for (i = 0; i < N_CALLERS; i++) {
			addr[i] = slot_of(&s, i).addr;
			prot[i] = protection_now(addr[i]);
			assert_true(prot[i] > 0);
		}
		spapr_plt_restore(&s);
		assert_true(s.n == 0 && s.list == NULL);
		check_calls(1);
		for (i = 0; i < N_CALLERS; i++)
			assert_int_equal(protection_now(addr[i]), prot[i]);
	}
	for (i = 0; i < N_CALLERS; i++)
		n_read_only += !(prot[i] & PROT_WRITE);
	/* all but the lazy one, and the target's own as the linker has it by default */
	assert_true(n_read_only >= 3 && n_read_only < (int)N_CALLERS);
}

/* Once is enough, and does no harm twice. */
static void
test_second_replace_changes_nothing(void **state)
{
	struct slots s = { 0 }, again = { 0 };

	(void)state;
	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS);
	assert_int_equal(replace(&again, "slots_target", instead), 0);
	check_calls(101);
	spapr_plt_restore(&again);
	check_calls(101);
	spapr_plt_restore(&s);
	check_calls(1);
	spapr_plt_restore(&s);
}

/* An object that is bound to itself has no slot for its own call. */
static void
test_bound_call_has_no_slot(void **state)
{
	struct slots s = { 0 };

	(void)state;
	assert_int_equal(replace(&s, "slots_bound", instead_of_bound), 0);
	assert_true(s.inside == 0 && s.left == 0);
	assert_int_equal(slots_call_bound(1), 2);
	spapr_plt_restore(&s);
}

/* A slot that another library has redirected stays as it is, before and afterwards. */
static void
test_foreign_replacement_left_alone(void **state)
{
	struct slots s = { 0 };
	struct slot first;

	(void)state;
	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS);
	first = slot_of(&s, 0);
	assert_true(slot_write(first.addr, (uintptr_t)foreign, first.prot));
	spapr_plt_restore(&s);
	assert_int_equal(slot_read(first.addr), (uintptr_t)foreign);

	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS - 1);
	assert_int_equal(s.left, 1);
	assert_int_equal(slot_read(first.addr), (uintptr_t)foreign);
	spapr_plt_restore(&s);
	assert_true(slot_write(first.addr, first.old, first.prot));
	check_calls(1);
}

/* Without the list of mappings nothing is known of the pages: nothing is written. */
static void
test_nothing_written_without_proc_maps(void **state)
{
	struct rlimit limit, none;
	struct slots s = { 0 };
	int n;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	n = replace(&s, "slots_target", instead);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(n, 0);
	assert_int_equal(s.left, N_CALLERS);
	check_calls(1);
	spapr_plt_restore(&s);
}

static void *
load(const char *name, int flags)
{
	void *object = dlopen(name, flags);

	if (object == NULL)
		fail_msg("%s", dlerror());
	return object;
}

static int
call(void *object, const char *name, int value)
{
	int (*fn)(int);

	*(void **)&fn = dlsym(object, name);
	assert_non_null(fn);
	return fn(value);
}

/* An object that is gone when all is put back; another one may be in its place. */
static void
test_unloaded_object_not_written(void **state)
{
	void *object = load(SLOTS_GONE, RTLD_NOW);
	struct slots s = { 0 };

	(void)state;
	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS + 1);
	assert_int_equal(call(object, "slots_call_gone", 1), 102);
	assert_int_equal(dlclose(object), 0);
	spapr_plt_restore(&s);
	check_calls(1);

	object = load(SLOTS_GONE, RTLD_NOW);
	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS + 1);
	assert_int_equal(dlclose(object), 0);
	object = load(SLOTS_GONE, RTLD_NOW);
	spapr_plt_restore(&s);
	assert_int_equal(call(object, "slots_call_gone", 1), 2);
	assert_int_equal(dlclose(object), 0);
	check_calls(1);
}

/* The name is the same, the function is not. */
static void
test_function_of_same_name_not_replaced(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	(void)state;
	skip(); /* it does not allow RTLD_DEEPBIND */
#else
	void *object = load(SLOTS_OWN, RTLD_NOW | RTLD_DEEPBIND);
	struct slots s = { 0 };

	(void)state;
	assert_int_equal(replace(&s, "slots_target", instead), N_CALLERS);
	assert_int_equal(s.left, 1);
	assert_int_equal(call(object, "slots_call_own", 1), 8);
	spapr_plt_restore(&s);
	assert_int_equal(call(object, "slots_call_own", 1), 8);
	assert_int_equal(dlclose(object), 0);
#endif
}

static void
test_unknown_function_not_replaced(void **state)
{
	struct slots s = { 0 };

	(void)state;
	assert_int_equal(replace(&s, "slots_no_such_function", instead), -ENOENT);
	/* its object does not call the function */
	assert_int_equal(replace(&s, "slots_target", slots_call_bound), -ENOENT);
	assert_int_equal(s.n, 0);
	spapr_plt_restore(&s);
	check_calls(1);
}

/* An object in memory: one call of one function, in tables of the right form. */
struct image {
	Elf64_Dyn dyn[10];
	Elf64_Sym sym[2];
	Elf64_Rela rela[2];
	uintptr_t slot;
	char str[16];
};

static void
fill_image(struct image *im)
{
	const Elf64_Dyn dyn[] = {
		{ DT_SYMENT, { sizeof(Elf64_Sym) } },
		{ DT_SYMTAB, { offsetof(struct image, sym) } },
		{ DT_STRSZ, { sizeof(im->str) } },
		{ DT_STRTAB, { (uintptr_t)im->str } },
		{ DT_PLTREL, { DT_RELA } },
		{ DT_PLTRELSZ, { sizeof(im->rela) } },
		{ DT_JMPREL, { offsetof(struct image, rela) } },
		{ DT_RELAENT, { sizeof(Elf64_Rela) } },
	};

	memset(im, 0, sizeof(*im));
	memcpy(im->dyn, dyn, sizeof(dyn));
	memcpy(im->str, "\0slots_target", 14);
	im->sym[1].st_name = 1;
	im->rela[0].r_offset = offsetof(struct image, slot);
	im->rela[0].r_info = ELF64_R_INFO(1, RELOC_CALL);
	im->rela[1] = im->rela[0];
}

static unsigned int n_seen;

static int
count(struct slots *s, const struct site *site)
{
	(void)s;
	(void)slot_read(site->addr);
	n_seen++;
	return 0;
}

static void
walk_image(struct image *im)
{
	const Elf64_Phdr phdr[] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_memsz = sizeof(*im) },
		{ .p_type = PT_DYNAMIC, .p_flags = PF_R, .p_memsz = sizeof(im->dyn) },
	};
	struct dl_phdr_info info = {
		.dlpi_addr = (uintptr_t)im,
		.dlpi_name = "image",
		.dlpi_phdr = phdr,
		.dlpi_phnum = 2,
	};
	struct slots s = { .symbol = "slots_target" };
	struct walk w = { .s = &s, .fn = count, .name_len = sizeof("slots_target") };

	n_seen = 0;
	(void)walk_object(&info, sizeof(info), &w);
}

/* Whatever stands in the tables of an object, nothing outside of it is touched. */
static void
test_damaged_object_not_left(void **state)
{
	struct image *im = malloc(sizeof(*im)); /* of this size, for the sanitizer */
	unsigned int round, i, none = 0;
	uint64_t seed = 1;

	(void)state;
	assert_non_null(im);
	fill_image(im);
	walk_image(im);
	assert_int_equal(n_seen, 2);
	for (round = 0; round < 200000; round++) {
		fill_image(im);
		for (i = 0; i < 1 + round % 3; i++)
			((unsigned char *)im)[rnd(&seed) % sizeof(*im)] = (unsigned char)rnd(&seed);
		walk_image(im);
		none += n_seen == 0;
	}
	assert_true(none > 1000);
	free(im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_replaced_and_restored),
		cmocka_unit_test(test_second_replace_changes_nothing),
		cmocka_unit_test(test_bound_call_has_no_slot),
		cmocka_unit_test(test_foreign_replacement_left_alone),
		cmocka_unit_test(test_nothing_written_without_proc_maps),
		cmocka_unit_test(test_unloaded_object_not_written),
		cmocka_unit_test(test_function_of_same_name_not_replaced),
		cmocka_unit_test(test_unknown_function_not_replaced),
		cmocka_unit_test(test_damaged_object_not_left),
	};

	return cmocka_run_group_tests_name("plt", tests, NULL, NULL);
}
