/* To the libraries in it, a process that takes memory up is what a child is after fork(2): it has what the parent had, and
 * must not go on as the parent would. Those that have something to lose by that, a generator of random numbers first of
 * all, notice a fork in one of three ways, and notice a new process of a snapshot in the same ways:
 *
 * - by another number of the process (OpenSSL: openssl_get_fork_id in crypto/threads_pthread.c). By chance the new process
 *   may have the number of the build; so while the memory is being made getpid answers with one that no process can have.
 * - by a page that is empty after a fork (BoringSSL, AWS-LC, s2n: madvise(2), MADV_WIPEONFORK);
 * - by a function that is called in the child (pthread_atfork(3); the rand crate of Rust up to 0.8, OpenSSL 1.1).
 *
 * A wheel may contain a copy of any of them that nobody can reach from Python.
 */
#include "image.h"
#include "text.h"

#define EXPORTED __attribute__((visibility("default")))
#define RTLD_NEXT ((void *)-1)
extern void *dlsym(void *, const char *);

enum {
    MOST_PROCESSES = 1 << 22 /* PID_MAX_LIMIT in the kernel's linux/threads.h */, MOST_HANDLERS = 256, MOST_WIPED = 64,
    SMAPS_SIZE = 8 << 20, AT_FDCWD = -100, READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, FIXED = 0x10, MADV_WIPEONFORK = 18,
};

typedef void handler(void);
static struct { handler *prepare, *child; } handlers[MOST_HANDLERS];
static struct range wiped[MOST_WIPED];
static word handlers_count, wiped_count;

EXPORTED int getpid(void) {
    int number = (int)call3(SYS_getpid, 0, 0, 0);
    return image_path ? number + MOST_PROCESSES : number;
}

/* What pthread_atfork calls, a copy of which is linked into every library that uses it. */
EXPORTED int __register_atfork(handler *prepare, handler *parent, handler *child, void *library) {
    typedef int register_handlers(handler *, handler *, handler *, void *);
    if (handlers_count < MOST_HANDLERS) handlers[handlers_count].prepare = prepare, handlers[handlers_count].child = child;
    handlers_count++;
    return ((register_handlers *)dlsym(RTLD_NEXT, "__register_atfork"))(prepare, parent, child, library);
}

static int fail(const char *reason, word length) {
    call3(SYS_write, 2, (word)reason, length);
    return -1;
}
#define FAIL(reason) fail("snapshot: " reason "\n", sizeof "snapshot: " reason)

static const char *next_line(const char *at) {
    while (*at && *at != '\n') at++;
    return *at ? at + 1 : at;
}

static int is_wiped(const char *flags) {
    for (; *flags && *flags != '\n'; flags++) if (begins(flags, " wf")) return 1;
    return 0;
}

/* /proc/PID/smaps has for each mapping its line of maps, then lines of names and values, of which VmFlags is the last
 * (proc_pid_smaps(5)); wf is for MADV_WIPEONFORK. */
static int find_wiped(const char *smaps) {
    struct range mapping = {0, 0, READ_WRITE};
    for (const char *at = smaps; *at; at = next_line(at)) {
        word start, end;
        const char *dash = hexadecimal(at, &start);
        if (dash > at && *dash == '-' && *hexadecimal(dash + 1, &end) == ' ') mapping.address = start, mapping.length = end - start;
        if (!begins(at, "VmFlags:") || !is_wiped(at)) continue;
        if (wiped_count == MOST_WIPED) return FAIL("too many pages are to be empty after a fork");
        wiped[wiped_count++] = mapping;
    }
    return 0;
}

static int read_smaps(char *smaps) {
    word file = call6(SYS_open_at, (word)AT_FDCWD, (word) "/proc/self/smaps", 0, 0, 0, 0), n = 0, got = 1;
    if (is_error(file)) return FAIL("/proc/self/smaps cannot be read");
    for (; got && !is_error(got) && n < SMAPS_SIZE - 1; n += is_error(got) ? 0 : got)
        got = call3(SYS_read, file, (word)(smaps + n), SMAPS_SIZE - 1 - n);
    call3(SYS_close, file, 0, 0);
    return got ? FAIL("/proc/self/smaps cannot be read whole") : 0;
}

int prepare_fork(void) {
    word smaps = call6(SYS_mmap, 0, SMAPS_SIZE, READ_WRITE, PRIVATE_ANONYMOUS, (word)-1, 0);
    if (handlers_count > MOST_HANDLERS) return FAIL("too many functions are to be called in a fork");
    if (is_error(smaps)) return FAIL("there is no memory to read /proc/self/smaps");
    for (word i = handlers_count; i-- > 0;) if (handlers[i].prepare) handlers[i].prepare();
    if (read_smaps((char *)smaps) || find_wiped((const char *)smaps)) return -1;
    call3(SYS_munmap, smaps, SMAPS_SIZE, 0);
    return 0;
}

void follow_fork(void) {
    for (word i = 0; i < wiped_count; i++) {
        call6(SYS_mmap, wiped[i].address, wiped[i].length, READ_WRITE, PRIVATE_ANONYMOUS | FIXED, (word)-1, 0);
        call3(SYS_madvise, wiped[i].address, wiped[i].length, MADV_WIPEONFORK);
    }
    for (word i = 0; i < handlers_count; i++) if (handlers[i].child) handlers[i].child();
}
