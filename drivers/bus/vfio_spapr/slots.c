/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 dpdk-ddw contributors
 */

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "slots.h"

/* Relocations that put the plain address of a function into a word. */
#if defined(__x86_64__)
#define IS_SLOT(type) \
	((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__powerpc64__)
#define IS_SLOT(type) \
	((type) == R_PPC64_JMP_SLOT || (type) == R_PPC64_GLOB_DAT || (type) == R_PPC64_ADDR64)
#else
#define IS_SLOT(type) ((void)(type), false)
#endif

struct search {
	struct slots *slots;
	const char *symbol;
	uintptr_t to;
	const char *object;
	int in_object; /* slots changed in that object */
	int error;
};

/* What the dynamic section of an object says. */
struct dynamic {
	const ElfW(Sym) * symbols;
	const char *strings;
	size_t strings_size;
	const ElfW(Rela) * rela[2]; /* of the PLT, and all others */
	size_t rela_size[2];
};

static uintptr_t
page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (uintptr_t)size : 4096;
}

/* glibc has relocated the addresses in place; other loaders may leave them as they are. */
static const void *
absolute(const struct dl_phdr_info *info, ElfW(Addr) addr)
{
	return (const void *)(uintptr_t)(addr < info->dlpi_addr ? addr + info->dlpi_addr : addr);
}

static bool
read_dynamic(const struct dl_phdr_info *info, struct dynamic *d)
{
	const ElfW(Dyn) *dyn = NULL;
	unsigned int i;

	memset(d, 0, sizeof(*d));
	for (i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(uintptr_t)(info->dlpi_addr +
							info->dlpi_phdr[i].p_vaddr);
	for (; dyn != NULL && dyn->d_tag != DT_NULL; dyn++) {
		switch (dyn->d_tag) {
		case DT_SYMTAB:
			d->symbols = absolute(info, dyn->d_un.d_ptr);
			break;
		case DT_STRTAB:
			d->strings = absolute(info, dyn->d_un.d_ptr);
			break;
		case DT_STRSZ:
			d->strings_size = dyn->d_un.d_val;
			break;
		case DT_JMPREL:
			d->rela[0] = absolute(info, dyn->d_un.d_ptr);
			break;
		case DT_PLTRELSZ:
			d->rela_size[0] = dyn->d_un.d_val;
			break;
		case DT_RELA:
			d->rela[1] = absolute(info, dyn->d_un.d_ptr);
			break;
		case DT_RELASZ:
			d->rela_size[1] = dyn->d_un.d_val;
			break;
		case DT_PLTREL:
			if (dyn->d_un.d_val != DT_RELA)
				return false;
			break;
		default:
			break;
		}
	}
	return d->symbols != NULL && d->strings != NULL;
}

/* Does a loadable segment of the object contain the address? With what flags? */
static bool
in_object(const struct dl_phdr_info *info, uintptr_t addr, uint32_t *flags)
{
	unsigned int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_LOAD || addr < start || addr - start >= p->p_memsz)
			continue;
		*flags = p->p_flags;
		return true;
	}
	return false;
}

/* Has the loader made the page read-only after it had written the addresses? */
static bool
is_relro(const struct dl_phdr_info *info, uintptr_t addr)
{
	uintptr_t page = page_size(), start, end;
	unsigned int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_GNU_RELRO)
			continue;
		start = (info->dlpi_addr + p->p_vaddr) & ~(page - 1);
		end = (info->dlpi_addr + p->p_vaddr + p->p_memsz) & ~(page - 1);
		if (addr >= start && addr < end)
			return true;
	}
	return false;
}

static int
write_slot(const struct slot *s, uintptr_t value)
{
	uintptr_t page = page_size();
	void *start = (void *)s->start;

	if (s->start != 0 && mprotect(start, page, PROT_READ | PROT_WRITE) != 0)
		return -errno;
	__atomic_store_n(s->addr, value, __ATOMIC_RELEASE);
	if (s->start != 0 && mprotect(start, page, PROT_READ) != 0)
		return -errno;
	return 0;
}

static struct slot *
new_slot(struct slots *s)
{
	unsigned int max = s->max == 0 ? 64 : 2 * s->max;
	struct slot *list;

	if (s->n == s->max) {
		list = realloc(s->list, max * sizeof(*list));
		if (list == NULL)
			return NULL;
		s->list = list;
		s->max = max;
	}
	return &s->list[s->n];
}

static int
change(struct search *search, const struct dl_phdr_info *info, uintptr_t addr)
{
	struct slot *slot;
	uint32_t flags;
	int ret;

	if (addr % sizeof(uintptr_t) != 0 || !in_object(info, addr, &flags) || !(flags & PF_W))
		return 0;
	slot = new_slot(search->slots);
	if (slot == NULL)
		return -ENOMEM;
	slot->addr = (uintptr_t *)addr;
	slot->old = *slot->addr;
	slot->start = is_relro(info, addr) ? addr & ~(page_size() - 1) : 0;
	if (slot->old == search->to)
		return 0;
	ret = write_slot(slot, search->to);
	if (ret == 0)
		search->slots->n++;
	if (ret == 0 && strstr(info->dlpi_name, search->object) != NULL)
		search->in_object++;
	return ret;
}

static int
search_table(struct search *search, const struct dl_phdr_info *info, const struct dynamic *d,
	     unsigned int table)
{
	size_t i, n = d->rela[table] == NULL ? 0 : d->rela_size[table] / sizeof(ElfW(Rela));
	int ret;

	for (i = 0; i < n; i++) {
		const ElfW(Rela) *r = &d->rela[table][i];
		const ElfW(Sym) *symbol = &d->symbols[ELF64_R_SYM(r->r_info)];

		if (!IS_SLOT(ELF64_R_TYPE(r->r_info)) || ELF64_R_SYM(r->r_info) == 0 ||
		    r->r_addend != 0 || symbol->st_name >= d->strings_size ||
		    strcmp(d->strings + symbol->st_name, search->symbol) != 0)
			continue;
		ret = change(search, info, info->dlpi_addr + r->r_offset);
		if (ret != 0)
			return ret;
	}
	return 0;
}

static int
search_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *search = arg;
	struct dynamic d;
	uint32_t flags;

	(void)size;
	/* Not our own object, which needs the original; and not the kernel's. */
	if (in_object(info, search->to, &flags) || strstr(info->dlpi_name, "linux-vdso") != NULL ||
	    !read_dynamic(info, &d))
		return 0;
	search->error = search_table(search, info, &d, 0);
	if (search->error == 0)
		search->error = search_table(search, info, &d, 1);
	return search->error;
}

int
slots_replace(struct slots *s, const char *symbol, uintptr_t to, const char *object)
{
	struct search search = { .slots = s, .symbol = symbol, .to = to, .object = object };

	(void)dl_iterate_phdr(search_object, &search);
	return search.error != 0 ? search.error : search.in_object;
}

void
slots_restore(struct slots *s, uintptr_t to1, uintptr_t to2)
{
	unsigned int i;

	/* A page that cannot be written now keeps our function, which passes calls on. */
	for (i = 0; i < s->n; i++)
		if (*s->list[i].addr == to1 || *s->list[i].addr == to2)
			(void)write_slot(&s->list[i], s->list[i].old);
	free(s->list);
	memset(s, 0, sizeof(*s));
}
