/* From the kernel's entry to the next line of Python: takes up, in this process, the memory that another one left.
 *
 * Runs on the kernel's stack, before there is a thread pointer: nothing here may call libc, and the compiler must not
 * protect the stack (-fno-stack-protector), until `set_thread_pointer`. Where anything does not hold, the portable
 * start takes over, with one line on stderr that says why.
 */
#include "image.h"

enum { AT_NULL = 0, AT_SYSINFO_EHDR = 33, MAP_PRIVATE_FIXED_ANONYMOUS = 0x32, MAP_NORESERVE = 0x4000 };

static word length(const char *text) {
    word n = 0;
    while (text[n]) n++;
    return n;
}

static void say(const char *text) { call3(SYS_write, 2, (word)text, length(text)); }

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
/* What libc, OpenSSL and numpy were allowed to choose at build time: x86-64-v3, without AVX-512. Every processor of
 * Lambda has it. Source: System V ABI, AMD64 supplement, 3.1.1, and Intel's manual for the bits. */
static int has_baseline(void) {
    enum {
        LEAF1_C = 1 << 0 | 1 << 9 | 1 << 12 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 27 | 1 << 28 | 1 << 29,
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
/* arm64 libraries choose by AT_HWCAP, which the build masks to what every Graviton since the second has. */
static int has_baseline(void) { return 1; }
#endif

/* What held nothing but zeros is not in the file. */
static int map_empty(const struct range *ranges, word count) {
    for (word i = 0; i < count; i++)
        if (call6(SYS_mmap, ranges[i].address, ranges[i].length, ranges[i].protection,
                  MAP_PRIVATE_FIXED_ANONYMOUS | MAP_NORESERVE, (word)-1, 0) != ranges[i].address)
            return -1;
    return 0;
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
    char **envp = (char **)(stack + 1 + stack[0] + 1);
    word *auxv = (word *)envp, vdso = 0;
    while (*auxv) auxv++;
    auxv++;
    for (word *entry = auxv; entry[0] != AT_NULL; entry += 2) if (entry[0] == AT_SYSINFO_EHDR) vdso = entry[1];

    if (!has_baseline()) start_portably("this processor lacks what the snapshot needs (x86-64-v3)", stack);
    const char *elsewhere = go_to_place(stack);
    if (elsewhere) start_portably(elsewhere, stack);
    if (map_empty(image.zeros, image.zeros_count) || map_empty(image.guards, image.guards_count))
        start_portably("memory of the snapshot cannot be mapped", stack);
    adopt_thread();
    adopt_vdso(vdso);
    adopt_auxv(auxv);
    adopt_signals();
    *(char ***)image.environ_address = envp;
    ((int (*)(void *))image.brk_address)(0); /* libc remembers where the heap ends */
    load_registers(image.registers);
}
