/* The functions that the kernel maps into every process, for time and the processor number without a system call.
 *
 * libc resolves them once and keeps their addresses, and every process has its own at another place; a newer kernel has
 * other code there. So the addresses that a process kept are looked up again in the process that takes its memory up.
 */
#include "image.h"

struct elf_header { unsigned char ident[16]; uint16_t type, machine; uint32_t version; word entry, phoff, shoff;
                    uint32_t flags; uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx; };
struct program_header { uint32_t type, flags; word offset, vaddr, paddr, filesz, memsz, align; };
struct dynamic { int64_t tag; word value; };
struct symbol { uint32_t name; unsigned char info, other; uint16_t shndx; word value, size; };

enum { PT_LOAD = 1, PT_DYNAMIC = 2, DT_NULL = 0, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_GNU_HASH = 0x6ffffef5 };

#if defined(__x86_64__)
#define VDSO_NAME(name) "__vdso_" name
#else
#define VDSO_NAME(name) "__kernel_" name
#endif
static const char *const names[VDSO_SYMBOLS] = {
    VDSO_NAME("clock_gettime"), VDSO_NAME("gettimeofday"), VDSO_NAME("time"),
    VDSO_NAME("getcpu"), VDSO_NAME("clock_getres"), VDSO_NAME("getrandom"),
};

static int same(const char *one, const char *other) {
    while (*one && *one == *other) one++, other++;
    return *one == *other;
}

/* A table of symbols has no length of its own; its hash table has. The GNU form gives it by its longest chain. */
static uint32_t symbol_count(const uint32_t *hash, const uint32_t *gnu) {
    if (hash) return hash[1];
    if (!gnu) return 0;
    const uint32_t *buckets = (const uint32_t *)((const word *)(gnu + 4) + gnu[2]), *chains = buckets + gnu[0];
    uint32_t last = 0;
    for (uint32_t i = 0; i < gnu[0]; i++) if (buckets[i] > last) last = buckets[i];
    if (last < gnu[1]) return gnu[1];
    while (!(chains[last - gnu[1]] & 1)) last++;
    return last + 1;
}

/* Where a vdso's table has the functions that we know, NULL for those that it lacks, and what to add to the values there. */
static word find_symbols(word base, struct symbol **found) {
    for (int i = 0; i < VDSO_SYMBOLS; i++) found[i] = NULL;
    if (!base) return 0;
    const struct elf_header *header = (const void *)base;
    const struct program_header *program = (const void *)(base + header->phoff);
    const struct dynamic *entry = NULL;
    word bias = base;
    for (int i = 0; i < header->phnum; i++) {
        if (program[i].type == PT_LOAD) bias = base + program[i].offset - program[i].vaddr;
        if (program[i].type == PT_DYNAMIC) entry = (const void *)(base + program[i].offset);
    }
    const char *strings = NULL;
    const struct symbol *symbols = NULL;
    const uint32_t *hash = NULL, *gnu = NULL;
    for (; entry && entry->tag != DT_NULL; entry++) {
        const void *value = (const void *)(entry->value + bias);
        if (entry->tag == DT_STRTAB) strings = value;
        if (entry->tag == DT_SYMTAB) symbols = value;
        if (entry->tag == DT_HASH) hash = value;
        if (entry->tag == DT_GNU_HASH) gnu = value;
    }
    if (!strings || !symbols) return bias;
    for (uint32_t i = symbol_count(hash, gnu); i-- > 0;)
        for (int known = 0; known < VDSO_SYMBOLS; known++)
            if (symbols[i].shndx && same(strings + symbols[i].name, names[known]))
                found[known] = (struct symbol *)&symbols[i];
    return bias;
}

void vdso_symbols(word base, word *addresses) {
    struct symbol *found[VDSO_SYMBOLS];
    word bias = find_symbols(base, found);
    for (int i = 0; i < VDSO_SYMBOLS; i++) addresses[i] = found[i] ? found[i]->value + bias : 0;
}

word vdso_forwarded(word base, struct moved *values) {
    struct symbol *found[VDSO_SYMBOLS];
    word bias = find_symbols(base, found), count = 0;
    for (int i = 0; i < VDSO_SYMBOLS; i++)
        if (found[i]) values[count++] = (struct moved){(word)&found[i]->value, vdso_substitute(i) - bias};
    return count;
}

/* For a kernel or an emulator that maps no vdso, or an older one: the system calls behind the functions. libc calls
 * time and gettimeofday through addresses that it does not check. */
static long clock_gettime_call(word clock, word time) { return (long)call3(SYS_clock_gettime, clock, time, 0); }
static long gettimeofday_call(word time, word zone) { return (long)call3(SYS_gettimeofday, time, zone, 0); }
static long getcpu_call(word cpu, word node) { return (long)call3(SYS_getcpu, cpu, node, 0); }
static long clock_getres_call(word clock, word time) { return (long)call3(SYS_clock_getres, clock, time, 0); }
static long time_call(word result) {
    word now[2];
    call3(SYS_clock_gettime, 0, (word)now, 0);
    if (result) *(word *)result = now[0];
    return (long)now[0];
}

word vdso_substitute(int symbol) {
    switch (symbol) {
    case VDSO_CLOCK_GETTIME: return (word)clock_gettime_call;
    case VDSO_GETTIMEOFDAY: return (word)gettimeofday_call;
    case VDSO_TIME: return (word)time_call;
    case VDSO_GETCPU: return (word)getcpu_call;
    case VDSO_CLOCK_GETRES: return (word)clock_getres_call;
    default: return 0; /* getrandom: libc checks its pointer */
    }
}
