/* From the kernel's entry to the next line of Python: takes up, in this process, the memory that another one left.
 *
 * Runs on the kernel's stack, before there is a thread pointer: nothing here may call libc, and the compiler must not
 * protect the stack (-fno-stack-protector), until `set_thread_pointer`. Where anything does not hold, the portable
 * start takes over, with one line on stderr that says why.
 */
#include "image.h"
#include "text.h"

enum { AT_NULL = 0, AT_SYSINFO_EHDR = 33, SEEK_END = 2, AT_FDCWD = -100 };
enum { MADV_RANDOM = 1, MADV_WILLNEED = 3, MADV_POPULATE_WRITE = 23, RWF_NOWAIT = 8 };
enum { MAP_PRIVATE_FIXED = 0x12, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000 };

static _Noreturn void start_portably(const char *reason, word *stack) {
    static const char portable[] = "/thaw/bin/portable";
    char path[PATH_SIZE + sizeof portable];
    char **argv = (char **)(stack + 1);
    word n = own_path(stack, path);
    say("bootstrap: ");
    say(reason);
    say("; starting without the snapshot\n");
    if (n) {
        while (n && path[n - 1] != '/') n--;
        for (word i = 0; i < sizeof portable; i++) path[(n ? n - 1 : 0) + i] = portable[i];
        call3(SYS_execve, (word)path, (word)argv, (word)(argv + stack[0] + 1));
    }
    say("bootstrap: the portable start cannot be executed\n");
    call3(SYS_exit_group, 127, 0, 0);
    __builtin_unreachable();
}

#if defined(__x86_64__)
/* What libc, OpenSSL and numpy were allowed to choose at build time: x86-64-v3 with AES and PCLMUL, without AVX-512. Every
 * processor of Lambda has it. Source: System V ABI, AMD64 supplement, 3.1.1, and Intel's manual for the bits. */
static int has_baseline(void) {
    enum {
        LEAF1_C = 1 << 0 | 1 << 1 | 1 << 9 | 1 << 12 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 25 | 1 << 27 |
                  1 << 28 | 1 << 29,
        LEAF7_B = 1 << 3 | 1 << 5 | 1 << 8,
        EXTENDED_C = 1 << 0 | 1 << 5,
        STATE = 1 << 1 | 1 << 2, /* the kernel saves SSE and AVX registers */
    };
    uint32_t a, b, c, d, state;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    if (a < 7) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    if ((c & LEAF1_C) != LEAF1_C) return 0;
    __asm__("xgetbv" : "=a"(state), "=d"(d) : "c"(0));
    if ((state & STATE) != STATE) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    if ((b & LEAF7_B) != LEAF7_B) return 0;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(0x80000001), "c"(0));
    return (c & EXTENDED_C) == EXTENDED_C;
}
#else
/* What is needed of an arm64 processor is what the builder has: has_noted. */
static int has_baseline(void) { return 1; }
#endif

static word open_to_read(const char *path) { return call6(SYS_open_at, (word)AT_FDCWD, (word)path, 0, 0, 0, 0); }

/* The parts of one file follow each other, so that it is opened once. Returns NULL, or why it cannot be done. */
static const char *map_parts(const struct mapped *part, const struct file *files) {
    word file = 0, opened = (word)-1;
    for (word i = 0; i < image.plan.mapped; i++, part++) {
        if (part->file != file) {
            if (file) call3(SYS_close, opened, 0, 0);
            file = part->file;
            opened = open_to_read(files[file - 1].path);
            if (is_error(opened) || call3(SYS_lseek, opened, 0, SEEK_END) != files[file - 1].size)
                return "a library of the task root is not the one that the snapshot was made with";
        }
        word flags = MAP_PRIVATE_FIXED | (file ? 0 : MAP_ANONYMOUS | MAP_NORESERVE);
        word at = call6(SYS_mmap, part->address, part->length, part->protection, flags, opened, part->offset);
        if (at != part->address) return "memory of the snapshot cannot be mapped";
    }
    if (file) call3(SYS_close, opened, 0, 0);
    return NULL;
}

/* Stops at the first error: a kernel that does not know an advice will not know it the next time. */
static void advise(const struct span *span, word count, word advice) {
    for (; count; count--, span++) if (is_error(call3(SYS_madvise, span->address, span->length, advice))) return;
}

/* Asks without waiting for the disk. Where the file system cannot say (before Linux 4.13, or another file system), it is
 * as if the page were not there. */
static int is_in_page_cache(word offset) {
    char byte;
    struct { void *base; word length; } into = {&byte, 1};
    word opened = open_to_read(image.place);
    word got = call6(SYS_preadv2, opened, (word)&into, 1, offset, 0, RWF_NOWAIT);
    call3(SYS_close, opened, 0, 0);
    return got == 1;
}

/* For a run that records what is used: every second piece of the memory gets a flag that its neighbours lack, so that each
 * is a mapping of its own. Around a page that is read the kernel maps others, but within one mapping (do_fault_around in
 * its mm/memory.c); so what a process has mapped in the end is what it used. */
static void cut_up(const struct span *span, word count, word length) {
    for (; count; count--, span++)
        for (word at = span->address; at < span->address + span->length; at += 2 * length)
            call3(SYS_madvise, at, length, MADV_RANDOM);
}

/* Where this library begins; the linker knows. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* This code and its tables lie at the beginning of the file, of which the kernel has some pages in memory for reading the
 * headers. The first use of the next would make it read as much as read_ahead_kb allows, before it knows what is needed:
 * page_cache_async_ra and do_sync_mmap_readahead in its mm/. */
static void prepare_reading(void) {
    word library = (word)__ehdr_start, tables = (word)&image & ~(word)(PAGE - 1);
    call3(SYS_madvise, library, tables + sizeof image - library, MADV_RANDOM);
    call3(SYS_madvise, tables, sizeof image, MADV_WILLNEED);
}

static const char *follow_plan(void) {
    const struct plan *plan = &image.plan;
    const struct mapped *mapped = (const void *)plan->tables;
    const struct file *files = (const void *)(mapped + plan->mapped);
    const struct span *used = (const void *)(files + plan->files), *written = used + plan->used;
    const char *obstacle = map_parts(mapped, files);
    if (obstacle) return obstacle;
    if (plan->recording) cut_up(used, plan->used, plan->recording * PAGE);
    /* All reads are on their way before the first is waited for, and none is for more than what is used: left alone, the
     * kernel would read around every page that is missing, as much as the device's read_ahead_kb says. */
    else if (plan->used && !is_in_page_cache(plan->last_used)) advise(used, plan->used, MADV_WILLNEED);
    /* A copy of a page costs half as much here as when it is written to: no exception, and no mapping of the original
     * before. Since Linux 5.14. */
    advise(written, plan->written, MADV_POPULATE_WRITE);
    return NULL;
}

static void adopt_thread(void) {
    set_thread_pointer(image.thread_pointer);
    uint32_t number = (uint32_t)call3(SYS_set_tid_address, image.tid_address, 0, 0);
    if (image.tid_address) *(uint32_t *)image.tid_address = number;
    if (image.robust_list) call3(SYS_set_robust_list, image.robust_list, 3 * sizeof(word), 0);
}

static void adopt_vdso(word base) {
    word addresses[VDSO_SYMBOLS];
    vdso_symbols(base, addresses);
    addresses[VDSO_GETRANDOM] = 0; /* its state belongs to the process that made it */
    for (word i = 0; i < image.vdso_words; i++) {
        word symbol = image.vdso[i].value;
        *(word *)image.vdso[i].at = addresses[symbol] ? addresses[symbol] : vdso_substitute((int)symbol);
    }
}

/* libc keeps a pointer to the auxiliary vector; the copy that it points to gets this process's. */
static void adopt_auxv(const word *auxv) {
    word *to = (word *)image.auxv_address;
    word room = image.auxv_length;
    for (; room > 2 * sizeof(word) && auxv[0] != AT_NULL; auxv += 2, to += 2, room -= 2 * sizeof(word))
        to[0] = auxv[0], to[1] = auxv[1];
    to[0] = to[1] = AT_NULL;
}

static void adopt_signals(void) {
    for (int number = 1; number <= SIGNALS; number++)
        if (image.signals[number].handler)
            call6(SYS_rt_sigaction, (word)number, (word)&image.signals[number], 0, sizeof(word), 0, 0);
}

__attribute__((used)) _Noreturn void restore(word *stack) {
    prepare_reading();
    char **envp = (char **)(stack + 1 + stack[0] + 1);
    word *auxv = (word *)envp, vdso = 0;
    while (*auxv) auxv++;
    auxv++;
    for (word *entry = auxv; entry[0] != AT_NULL; entry += 2) if (entry[0] == AT_SYSINFO_EHDR) vdso = entry[1];

    if (!has_baseline()) start_portably("this processor lacks what the snapshot needs (x86-64-v3)", stack);
    if (!has_noted(auxv)) start_portably("this processor lacks what the one that made the snapshot has", stack);
    const char *obstacle = go_to_place(stack);
    if (!obstacle) obstacle = follow_plan();
    if (obstacle) start_portably(obstacle, stack);
    adopt_thread();
    adopt_vdso(vdso);
    adopt_auxv(auxv);
    adopt_signals();
    *(char ***)image.environ_address = envp;
    ((int (*)(void *))image.brk_address)(0); /* libc remembers where the heap ends */
    load_registers(image.registers);
}
