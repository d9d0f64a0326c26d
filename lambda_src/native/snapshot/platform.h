/* The two instruction sets of Lambda: system calls, registers, the thread pointer, ELF. No libc header is needed. */
#ifndef THAW_PLATFORM_H
#define THAW_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t word; /* a register, an address, or what a system call takes and gives */

enum { PAGE = 4096 };

#if defined(__x86_64__)
enum {
    SYS_read = 0, SYS_write = 1, SYS_open_at = 257, SYS_close = 3, SYS_mmap = 9, SYS_munmap = 11, SYS_madvise = 28,
    SYS_rt_sigaction = 13, SYS_pwrite = 18, SYS_execve = 59, SYS_exit_group = 231, SYS_gettid = 186,
    SYS_set_tid_address = 218, SYS_readlinkat = 267, SYS_set_robust_list = 273, SYS_get_robust_list = 274,
    SYS_clock_gettime = 228, SYS_gettimeofday = 96, SYS_getcpu = 309, SYS_clock_getres = 229, SYS_getpid = 39,
    SYS_clone = 56, SYS_wait4 = 61, SYS_getcwd = 79, SYS_chdir = 80, SYS_fchdir = 81, SYS_geteuid = 107, SYS_getegid = 108,
    SYS_chroot = 161, SYS_mount = 165, SYS_getdents64 = 217, SYS_mkdirat = 258,
    SYS_newfstatat = 262, SYS_symlinkat = 266, SYS_unshare = 272, SYS_memfd_create = 319,
    SYS_lseek = 8, SYS_preadv2 = 327,
};

struct file_status { word device, inode, links; uint32_t mode, rest[29]; };

static inline word call6(word number, word a, word b, word c, word d, word e, word f) {
    register word r10 __asm__("r10") = d;
    register word r8 __asm__("r8") = e;
    register word r9 __asm__("r9") = f;
    word result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

enum { SYS_arch_prctl = 158, ARCH_SET_FS = 0x1002 };
static inline word thread_pointer(void) {
    word pointer; /* the ABI keeps the thread pointer itself at offset 0 of the block it points to */
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}
static inline void set_thread_pointer(word pointer) {
    call6(SYS_arch_prctl, ARCH_SET_FS, pointer, 0, 0, 0, 0);
}
#elif defined(__aarch64__)
enum {
    SYS_read = 63, SYS_write = 64, SYS_open_at = 56, SYS_close = 57, SYS_mmap = 222, SYS_munmap = 215, SYS_madvise = 233,
    SYS_rt_sigaction = 134, SYS_pwrite = 68, SYS_execve = 221, SYS_exit_group = 94, SYS_gettid = 178,
    SYS_set_tid_address = 96, SYS_readlinkat = 78, SYS_set_robust_list = 99, SYS_get_robust_list = 100,
    SYS_clock_gettime = 113, SYS_gettimeofday = 169, SYS_getcpu = 168, SYS_clock_getres = 114, SYS_getpid = 172,
    SYS_clone = 220, SYS_wait4 = 260, SYS_getcwd = 17, SYS_chdir = 49, SYS_fchdir = 50, SYS_geteuid = 175, SYS_getegid = 177,
    SYS_chroot = 51, SYS_mount = 40, SYS_getdents64 = 61, SYS_mkdirat = 34,
    SYS_newfstatat = 79, SYS_symlinkat = 36, SYS_unshare = 97, SYS_memfd_create = 279,
    SYS_lseek = 62, SYS_preadv2 = 286,
};

struct file_status { word device, inode; uint32_t mode, links, rest[26]; };

static inline word call6(word number, word a, word b, word c, word d, word e, word f) {
    register word x8 __asm__("x8") = number;
    register word x0 __asm__("x0") = a;
    register word x1 __asm__("x1") = b;
    register word x2 __asm__("x2") = c;
    register word x3 __asm__("x3") = d;
    register word x4 __asm__("x4") = e;
    register word x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
static inline word thread_pointer(void) {
    word pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}
static inline void set_thread_pointer(word pointer) { __asm__ volatile("msr tpidr_el0, %0" ::"r"(pointer)); }
#else
#error "Lambda has x86_64 and arm64"
#endif

static inline word call3(word number, word a, word b, word c) { return call6(number, a, b, c, 0, 0, 0); }
static inline int is_error(word result) { return result > (word)-4096; }

#endif
