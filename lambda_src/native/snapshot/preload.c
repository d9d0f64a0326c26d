/* Loaded into a stock CPython by the build (LD_PRELOAD's means), to make a process that can be left and taken up again.
 *
 * Two functions of libc are put in front of:
 * - __libc_start_main runs main on a thread of our own making. The kernel's stack cannot be taken up, because every
 *   process gets its own at another place; a thread's stack is ordinary memory.
 * - getloadavg is the way in. It is the one function of libc that Python offers as a built-in (os.getloadavg) and nobody
 *   calls while importing; an extension module would need Python's headers, and ctypes would be part of every image.
 */
#include "image.h"

#if defined(__x86_64__)
#include "entry_x86_64.h"
#else
#include "entry_aarch64.h"
#endif

#define EXPORTED __attribute__((visibility("default")))
#define RTLD_NEXT ((void *)-1)

typedef int main_function(int, char **, char **);
typedef struct { word opaque[8]; } thread_attributes;

extern void *dlsym(void *, const char *);
extern char *getenv(const char *);
extern void exit(int) __attribute__((noreturn));
extern int pause(void);
extern int pthread_attr_init(thread_attributes *);
extern int pthread_attr_setstacksize(thread_attributes *, size_t);
extern int pthread_create(word *, const thread_attributes *, void *(*)(void *), void *);
extern char **environ;
extern int brk(void *);

enum { STACK_SIZE = 8 << 20 };

struct image image;

static main_function *python;
static int argument_count;
static char **arguments, **variables;
static const word *auxiliary;

static void *run(void *unused) {
    (void)unused;
    exit(python(argument_count, arguments, variables));
}

static int run_on_a_thread(int argc, char **argv, char **envp) {
    thread_attributes attributes;
    word thread;
    argument_count = argc, arguments = argv, variables = envp;
    while (*envp) envp++;
    auxiliary = (const word *)(envp + 1);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (pthread_create(&thread, &attributes, run, NULL)) return 127;
    for (;;) pause();
}

EXPORTED int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                               void (*rtld_fini)(void), void *stack_end) {
    typedef int start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    start_main *real = (start_main *)dlsym(RTLD_NEXT, "__libc_start_main");
    python = main;
    return real(getenv("THAW_IMAGE") ? run_on_a_thread : main, argc, argv, init, fini, rtld_fini, stack_end);
}

static int leave_or_take_up(const char *path) {
    image.environ_address = (word)&environ;
    image.brk_address = (word)brk;
    for (const word *entry = auxiliary;; entry += 2)
        if (!entry[0]) { image.auxv_length = (word)entry + 2 * sizeof(word) - (word)auxiliary; break; }
    if (save_registers(image.registers)) return 1;
    call3(SYS_exit_group, dump(path, auxiliary) ? 1 : 0, 0, 0);
    __builtin_unreachable();
}

EXPORTED int getloadavg(double averages[], int count) {
    typedef int get_averages(double[], int);
    static int left;
    const char *path = getenv("THAW_IMAGE");
    if (left || !path) return ((get_averages *)dlsym(RTLD_NEXT, "getloadavg"))(averages, count);
    left = 1;
    leave_or_take_up(path);
    for (int i = 0; i < count; i++) averages[i] = 0;
    return count;
}
