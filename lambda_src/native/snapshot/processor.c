/* Makes the processor of the build look like one of the baseline to every library that asks it.
 *
 * A library that chooses code by CPUID may keep what it was told, and then executes instructions that the processor of a
 * later start lacks. What CPUID answers can be taken over: since Linux 4.12 the instruction can be made to fault, where
 * processor or hypervisor offer that (arch_prctl(2), ARCH_CPUID; flag cpuid_fault in /proc/cpuinfo). The fault arrives
 * as SIGSEGV, and the answer given is the processor's own without what goes beyond x86-64-v3 with AES and PCLMUL.
 */
#include "image.h"

#if defined(__x86_64__)
enum { ARCH_CPUID = 0x1012, SIGSEGV = 11, SA_SIGINFO = 4, SA_NODEFER = 0x40000000 };
enum { CPUID_OPCODE = 0xa20f, RBX = 11, RDX, RAX, RCX, RIP = 16, REGISTERS_IN_CONTEXT = 5 };
/* FMA, SSE, CX16, MOVBE, POPCNT, AES, PCLMUL, XSAVE, AVX, F16C and what says that this is a virtual machine. */
enum { LEAF_1_C = (int)(1u << 0 | 1u << 1 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 22 | 1u << 23 |
                        1u << 25 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 29 | 1u << 31) };
/* BMI1, AVX2, BMI2 and ERMS, which is no instruction. */
enum { LEAF_7_B = 1 << 3 | 1 << 5 | 1 << 8 | 1 << 9 };
/* LAHF, LZCNT; SSE4A, XOP, FMA4, TBM of AMD are not in the baseline. */
enum { LEAF_80000001_C = 1 << 0 | 1 << 5 };

/* Of leaf 1 (ECX) and leaf 7 (EBX, ECX, EDX) the bits that stand for instructions; the others are for the kernel, or depend
 * on hypervisor and microcode. Source: Intel's manual, volume 2, CPUID. */
enum { NOTED_1_C = (int)0x62d83203, NOTED_7_B = (int)0xfdaf0b29, NOTED_7_C = (int)0x1a405f62, NOTED_7_D = (int)0x03c0410c };

/* struct sigaction of glibc, sysdeps/unix/sysv/linux/bits/sigaction.h. */
struct action { word handler, mask[16]; int flags; word restorer; };
typedef int set_action(int, const struct action *, struct action *);
extern void *dlsym(void *, const char *);

static int is_baseline;
static struct action users; /* what code of the build wants of SIGSEGV, faulthandler.enable() for example */

/* A copy of the whole would be libc's memcpy, which is chosen for the processor of the build. */
static void copy(struct action *to, const struct action *from) {
    for (word i = 0; i < sizeof *to / sizeof(word); i++) ((volatile word *)to)[i] = ((const word *)from)[i];
}

static int set(const struct action *new, struct action *old) {
    return ((set_action *)dlsym((void *)-1 /* RTLD_NEXT */, "sigaction"))(SIGSEGV, new, old);
}

__attribute__((visibility("default"))) int sigaction(int number, const struct action *new, struct action *old) {
    if (number != SIGSEGV || !is_baseline)
        return ((set_action *)dlsym((void *)-1, "sigaction"))(number, new, old);
    if (old) copy(old, &users);
    if (new) copy(&users, new);
    return 0;
}

static word let_cpuid_fault(int fault) { return call3(SYS_arch_prctl, ARCH_CPUID, !fault, 0); }

static void see(const word *auxv, word features[2]) {
    uint32_t a, b, c, d;
    (void)auxv;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(1), "c"(0));
    features[0] = c & (uint32_t)NOTED_1_C;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    features[0] |= (word)(b & (uint32_t)NOTED_7_B) << 32;
    features[1] = (c & (uint32_t)NOTED_7_C) | (word)(d & (uint32_t)NOTED_7_D) << 32;
}

static void answer(word *registers) {
    uint32_t leaf = (uint32_t)registers[RAX], sub = (uint32_t)registers[RCX], a, b, c, d;
    let_cpuid_fault(0);
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(leaf), "c"(sub));
    let_cpuid_fault(1);
    if (leaf == 1) c &= (uint32_t)LEAF_1_C;
    if (leaf == 7) a = 0, b = sub ? 0 : b & LEAF_7_B, c = d = 0;
    if (leaf == 0x80000001) c &= LEAF_80000001_C;
    if (leaf > 0x0d && leaf < 0x40000000) a = b = c = d = 0; /* AMX, Key Locker, AVX10 and what is to come */
    registers[RAX] = a, registers[RBX] = b, registers[RCX] = c, registers[RDX] = d;
    registers[RIP] += 2;
}

static void on_fault(int number, void *information, word *context) {
    word *registers = context + REGISTERS_IN_CONTEXT;
    (void)number, (void)information;
    if (*(const uint16_t *)registers[RIP] == CPUID_OPCODE) answer(registers);
    else set(&users, NULL); /* it faults again, and is theirs */
}

void look_like_baseline(const word *auxv) {
    const struct action ours = {.handler = (word)on_fault, .flags = SA_SIGINFO | SA_NODEFER};
    if (!set(&ours, &users)) {
        is_baseline = 1;
        if (!is_error(let_cpuid_fault(1))) return;
    }
    look_like_itself();
    see(auxv, image.processor);
}

void look_like_itself(void) {
    if (!is_baseline) return;
    let_cpuid_fault(0);
    is_baseline = 0;
    set(&users, NULL);
}
#else
/* There is no way to hide what the processor has, and libraries ask the kernel for it, or the vector that it passes. */
enum { AT_HWCAP = 16, AT_HWCAP2 = 26 };

static void see(const word *auxv, word features[2]) {
    for (features[0] = features[1] = 0; auxv[0]; auxv += 2) {
        if (auxv[0] == AT_HWCAP) features[0] = auxv[1];
        if (auxv[0] == AT_HWCAP2) features[1] = auxv[1];
    }
}

void look_like_baseline(const word *auxv) { see(auxv, image.processor); }
void look_like_itself(void) {}
#endif

int has_noted(const word *auxv) {
    word now[2];
    if (!image.processor[0] && !image.processor[1]) return 1;
    see(auxv, now);
    return (now[0] & image.processor[0]) == image.processor[0] && (now[1] & image.processor[1]) == image.processor[1];
}
