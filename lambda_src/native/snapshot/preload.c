/* Loaded into a stock CPython by the build (LD_PRELOAD's means), to make a process that can be left and taken up again.
 *
 * Two functions of libc are put in front of (and two more in fork.c):
 * - __libc_start_main runs main on a thread of our own making. The kernel's stack cannot be taken up, because every
 *   process gets its own at another place; a thread's stack is ordinary memory.
 * - getloadavg is the way in. It is the one function of libc that Python offers as a built-in (os.getloadavg) and nobody
 *   calls while importing; an extension module would need Python's headers, and ctypes would be part of every image.
 *   In the process that takes the memory up it returns what that process cannot know otherwise: its environment.
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
const char *image_path;

static main_function *python;
static int argument_count;
static char **arguments, **variables;
static const word *auxiliary;

static void *run(void *unused) {
    (void)unused;
    look_like_baseline(auxiliary);
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
    image_path = getenv("THAW_IMAGE");
    return real(image_path ? run_on_a_thread : main, argc, argv, init, fini, rtld_fini, stack_end);
}

static _Noreturn void leave(word status) {
    call3(SYS_exit_group, status, 0, 0);
    __builtin_unreachable();
}

static void leave_or_take_up(void) {
    image.environ_address = (word)&environ;
    image.brk_address = (word)brk;
    for (const word *entry = auxiliary;; entry += 2)
        if (!entry[0]) { image.auxv_length = (word)entry + 2 * sizeof(word) - (word)auxiliary; break; }
    look_like_itself();
    if (prepare_fork()) leave(1);
    if (!save_registers(image.registers)) leave(dump(image_path, auxiliary) ? 1 : 0);
    image_path = NULL;
    follow_fork();
}

/* A file with the variables as the kernel laid them out, one after the other, or -1. A root FROM scratch has no /proc to
 * read them from, and what Python made of libc's is the build's. */
static double environment_file(void) {
    word file = call3(SYS_memfd_create, (word) "environment", 1 /* MFD_CLOEXEC */, 0);
    char **last = environ, *end = *last;
    if (is_error(file)) return -1;
    if (end) {
        while (last[1]) last++;
        for (end = *last; *end;) end++;
    }
    word size = (word)(end - *environ);
    return call6(SYS_pwrite, file, (word)*environ, size, 0, 0, 0) == size ? (double)file : -1;
}

EXPORTED int getloadavg(double averages[], int count) {
    typedef int get_averages(double[], int);
    if (!image_path) return ((get_averages *)dlsym(RTLD_NEXT, "getloadavg"))(averages, count);
    leave_or_take_up();
    for (int i = 0; i < count; i++) averages[i] = i ? 0 : environment_file();
    return count;
}
