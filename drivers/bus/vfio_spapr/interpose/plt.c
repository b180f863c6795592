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

#include "interpose/plt.h"

#if defined(__x86_64__)
#define RELOC_CALL R_X86_64_JUMP_SLOT
#define RELOC_GOT  R_X86_64_GLOB_DAT
#define RELOC_DATA R_X86_64_64
#elif defined(__powerpc64__) && defined(_CALL_ELF) && _CALL_ELF == 2
#define RELOC_CALL R_PPC64_JMP_SLOT
#define RELOC_GOT  R_PPC64_GLOB_DAT
#define RELOC_DATA R_PPC64_ADDR64
#endif

static int
count_objects(struct dl_phdr_info *info, size_t size, void *arg)
{
	unsigned long long *n = arg;

	(void)size;
	*n = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

unsigned long long
spapr_plt_objects(void)
{
	unsigned long long n = 0;

	(void)dl_iterate_phdr(count_objects, &n);
	return n;
}

#ifdef RELOC_CALL

/* Tables of one object that name its slots. */
struct tables {
	const Elf64_Rela *rela[2]; /* of calls, and of data */
	size_t n_rela[2];
	const Elf64_Sym *sym;
	size_t n_sym; /* at most: up to the end of their segment */
	const char *str;
	size_t str_len;
};

/* A slot of the function that is looked for. */
struct site {
	const struct dl_phdr_info *info; /* its object */
	const struct proc_maps *memory;	 /* of the whole process */
	const Elf64_Rela *rela;
	const Elf64_Sym *sym;
	uintptr_t addr;
};

/* Called for each slot; anything but 0 ends the walk. */
typedef int (*slot_fn)(struct slots *s, const struct site *site);

struct walk {
	struct slots *s;
	slot_fn fn;
	const struct proc_maps *memory;
	size_t name_len; /* of the symbol, with its end */
	int ret;
};

/* Return the bytes from addr to the end of its segment, if that has these flags; 0: none. */
static size_t
bytes_in_segment(const struct dl_phdr_info *info, uintptr_t addr, Elf64_Word flags)
{
	unsigned int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *p = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + p->p_vaddr;

		if (p->p_type == PT_LOAD && (p->p_flags & flags) == flags && addr >= start &&
		    addr - start < p->p_memsz)
			return p->p_memsz - (addr - start);
	}
	return 0;
}

/* Is [addr, addr + len) in one segment of the object with these flags? */
static bool
in_segment(const struct dl_phdr_info *info, uintptr_t addr, size_t len, Elf64_Word flags)
{
	size_t bytes = bytes_in_segment(info, addr, flags);

	return bytes != 0 && len <= bytes;
}

/* The dynamic linker replaces most offsets in the table by addresses, not all. */
static const void *
table_at(const struct dl_phdr_info *info, Elf64_Addr value, size_t len, size_t align)
{
	if (!in_segment(info, value, len, PF_R))
		value += info->dlpi_addr;
	return in_segment(info, value, len, PF_R) && value % align == 0 ? (const void *)value
									: NULL;
}

static const Elf64_Dyn *
find_dynamic(const struct dl_phdr_info *info, size_t *n)
{
	unsigned int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *p = &info->dlpi_phdr[i];
		uintptr_t addr = info->dlpi_addr + p->p_vaddr;

		if (p->p_type != PT_DYNAMIC || !in_segment(info, addr, p->p_memsz, PF_R))
			continue;
		*n = p->p_memsz / sizeof(Elf64_Dyn);
		return (const Elf64_Dyn *)addr;
	}
	return NULL;
}

/* Tags up to DT_JMPREL are small numbers; those that are not there are 0. */
static bool
read_dynamic(const struct dl_phdr_info *info, Elf64_Xword *value)
{
	const Elf64_Dyn *d;
	size_t n = 0, i;

	d = find_dynamic(info, &n);
	for (i = 0; i < n && d[i].d_tag != DT_NULL; i++)
		if (d[i].d_tag > 0 && d[i].d_tag <= DT_JMPREL)
			value[d[i].d_tag] = d[i].d_un.d_val;
	return n != 0;
}

static bool
find_tables(const struct dl_phdr_info *info, struct tables *t)
{
	Elf64_Xword v[DT_JMPREL + 1] = { 0 };

	memset(t, 0, sizeof(*t));
	if (!read_dynamic(info, v) || v[DT_SYMENT] != sizeof(Elf64_Sym))
		return false;
	t->sym = table_at(info, v[DT_SYMTAB], sizeof(Elf64_Sym), _Alignof(Elf64_Sym));
	t->n_sym = bytes_in_segment(info, (uintptr_t)t->sym, PF_R) / sizeof(Elf64_Sym);
	t->str_len = v[DT_STRSZ];
	t->str = table_at(info, v[DT_STRTAB], t->str_len, 1);
	if (v[DT_PLTREL] == DT_RELA)
		t->rela[0] = table_at(info, v[DT_JMPREL], v[DT_PLTRELSZ], _Alignof(Elf64_Rela));
	if (v[DT_RELAENT] == sizeof(Elf64_Rela))
		t->rela[1] = table_at(info, v[DT_RELA], v[DT_RELASZ], _Alignof(Elf64_Rela));
	t->n_rela[0] = t->rela[0] == NULL ? 0 : v[DT_PLTRELSZ] / sizeof(Elf64_Rela);
	t->n_rela[1] = t->rela[1] == NULL ? 0 : v[DT_RELASZ] / sizeof(Elf64_Rela);
	return t->sym != NULL && t->str != NULL;
}

static bool
has_name(const struct tables *t, const Elf64_Sym *sym, const char *symbol, size_t len)
{
	return sym->st_name < t->str_len && len <= t->str_len - sym->st_name &&
	       memcmp(t->str + sym->st_name, symbol, len) == 0;
}

/* Is it a slot of the symbol? Most are not: there are tens of thousands. */
static bool
is_slot(const struct walk *w, const struct tables *t, const Elf64_Rela *r)
{
	Elf64_Xword type = ELF64_R_TYPE(r->r_info), sym = ELF64_R_SYM(r->r_info);

	return (type == RELOC_CALL || type == RELOC_GOT || type == RELOC_DATA) && sym != 0 &&
	       sym < t->n_sym && r->r_addend == 0 &&
	       has_name(t, &t->sym[sym], w->s->symbol, w->name_len);
}

static int
walk_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *w = arg;
	struct tables t;
	size_t i, k;

	(void)size;
	if (!find_tables(info, &t))
		return 0;
	for (k = 0; k < 2; k++)
		for (i = 0; i < t.n_rela[k] && w->ret == 0; i++) {
			const Elf64_Rela *r = &t.rela[k][i];
			struct site site;

			if (!is_slot(w, &t, r))
				continue;
			site.info = info;
			site.memory = w->memory;
			site.rela = r;
			site.sym = &t.sym[ELF64_R_SYM(r->r_info)];
			site.addr = info->dlpi_addr + r->r_offset;
			if (site.addr % sizeof(uintptr_t) == 0 &&
			    in_segment(info, site.addr, sizeof(uintptr_t), PF_W))
				w->ret = w->fn(w->s, &site);
		}
	return w->ret;
}

/* The same for the object of the replacement only. */
static int
walk_own_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct walk *w = arg;

	return in_segment(info, w->s->replacement, 1, PF_X) ? walk_object(info, size, arg) : 0;
}

static uintptr_t
slot_read(uintptr_t addr)
{
	return __atomic_load_n((uintptr_t *)addr, __ATOMIC_RELAXED);
}

/* RELRO has made some slots read-only. */
static bool
slot_write(uintptr_t addr, uintptr_t value, int prot)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)(addr - addr % size);

	if (prot < 0)
		return false;
	if (!(prot & PROT_WRITE) && mprotect(page, size, prot | PROT_WRITE) != 0)
		return false;
	__atomic_store_n((uintptr_t *)addr, value, __ATOMIC_RELEASE);
	if (!(prot & PROT_WRITE))
		(void)mprotect(page, size, prot); /* as it was; staying writable does no harm */
	return true;
}

/* Where do the calls of the object of the replacement go? */
static int
find_definition(struct slots *s, const struct site *site)
{
	uintptr_t value = slot_read(site->addr);

	/* Inside the same object it is a stub that will ask the dynamic linker. */
	if (ELF64_R_TYPE(site->rela->r_info) == RELOC_CALL && !in_segment(site->info, value, 1, 0))
		s->definition = value;
	return 0;
}

/* Would a call through the slot reach the same function as a call of ours? */
static bool
reaches_definition(const struct slots *s, const struct site *site, uintptr_t value)
{
	if (value == s->definition)
		return true;
	if (!in_segment(site->info, value, 1, PF_X))
		return false; /* redirected already, by others */
	/* A stub, or inside the object of the function another entry point. */
	return site->sym->st_shndx == SHN_UNDEF || in_segment(site->info, s->definition, 1, PF_X);
}

/* Called before the change, so that no changed slot is ever lost. */
static bool
remember_slot(struct slots *s, const struct slot *slot)
{
	struct slot *list = realloc(s->list, (s->n + 1) * sizeof(*list));

	if (list == NULL)
		return false;
	s->list = list;
	list[s->n++] = *slot;
	return true;
}

static int
replace_slot(struct slots *s, const struct site *site)
{
	struct slot slot = { .addr = site->addr, .old = slot_read(site->addr) };

	if (in_segment(site->info, s->replacement, 1, PF_X) || slot.old == s->replacement)
		return 0;
	if (!reaches_definition(s, site, slot.old)) {
		s->left++;
		return 0;
	}
	slot.prot = spapr_proc_maps_prot(site->memory, site->addr);
	if (!remember_slot(s, &slot))
		return -ENOMEM;
	if (!slot_write(slot.addr, s->replacement, slot.prot)) {
		s->n--;
		s->left++;
		return 0;
	}
	if (in_segment(site->info, s->definition, 1, PF_X))
		s->inside++;
	return 0;
}

/* Another object may be where an unloaded one was: then the slot holds something else. */
static int
restore_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct slots *s = arg;
	unsigned int i;

	(void)size;
	for (i = 0; i < s->n; i++) {
		const struct slot *slot = &s->list[i];

		if (in_segment(info, slot->addr, sizeof(uintptr_t), PF_W) &&
		    slot_read(slot->addr) == s->replacement)
			/* It could be written before. */
			(void)slot_write(slot->addr, slot->old, slot->prot);
	}
	return 0;
}

int
spapr_plt_replace(struct slots *s, const char *symbol, uintptr_t replacement,
		  const struct proc_maps *memory)
{
	struct walk w = { .s = s, .memory = memory, .name_len = strlen(symbol) + 1 };

	s->symbol = symbol;
	s->replacement = replacement;
	s->left = 0;
	w.fn = find_definition;
	(void)dl_iterate_phdr(walk_own_object, &w);
	if (s->definition == 0)
		return -ENOENT;
	w.fn = replace_slot;
	(void)dl_iterate_phdr(walk_object, &w);
	if (w.ret != 0) {
		spapr_plt_restore(s);
		return w.ret;
	}
	return (int)s->n;
}

void
spapr_plt_restore(struct slots *s)
{
	if (s->n != 0)
		(void)dl_iterate_phdr(restore_object, s);
	free(s->list);
	memset(s, 0, sizeof(*s));
}

#else

int
spapr_plt_replace(struct slots *s, const char *symbol, uintptr_t replacement,
		  const struct proc_maps *memory)
{
	(void)s;
	(void)symbol;
	(void)replacement;
	(void)memory;
	return -ENOTSUP;
}

void
spapr_plt_restore(struct slots *s)
{
	(void)s;
}

#endif
