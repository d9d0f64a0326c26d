/* Starts the bundled CPython through the bundled dynamic loader.
 *
 * Installed three times in a task root: as `bootstrap` and as `thaw/bin/portable`, where it starts the runtime, and as
 * `thaw/bin/python3`, where it passes its arguments on, so that sys.executable is something that can be executed
 * (subprocess, multiprocessing's spawn). A snapshot takes the place of `bootstrap`, and falls back on the other.
 *
 * Why a loader of our own: provided.al2 has glibc 2.26, provided.al2023 2.34, an image FROM scratch none; an interpreter
 * built elsewhere may need a newer one. ld.so started as a program with --library-path takes every library, libc included,
 * from the folder beside it. Why not a shell script: an OS-only image need not have a shell, and starting one costs more
 * than this whole program (about 1 KB, no libc, no relocation).
 *
 * LOADER and INTERPRETER are file names that the build passes in; without LOADER the interpreter is executed directly and
 * the operating system's loader serves it. MORE_LIBRARIES are further folders
 * for libraries, each after a colon.
 */

#ifndef MORE_LIBRARIES
#define MORE_LIBRARIES ""
#endif
#define PATH_LIMIT 4096
#define ARGUMENTS_OF_OURS 16
#define AT_EXECFN 31 /* the path by which this file was executed, getauxval(3) */

#include "system_calls.h"

static char self[PATH_LIMIT], home[PATH_LIMIT], interpreter[PATH_LIMIT], executable[PATH_LIMIT];
#ifdef LOADER
static char loader[PATH_LIMIT], libraries[PATH_LIMIT];
#endif

static _Noreturn void fail(const char *reason) {
    call(SYS_write, 2, (long)reason, length(reason));
    call(SYS_exit, 127, 0, 0);
    __builtin_unreachable();
}

static void join(char *path, const char *folder, long folder_length, const char *rest) {
    long n = 0;
    if (folder_length + length(rest) >= PATH_LIMIT) fail("bootstrap: the path of the task root is too long\n");
    for (; n < folder_length; n++) path[n] = folder[n];
    for (; *rest; rest++) path[n++] = *rest;
    path[n] = 0;
}

/* /proc/self/exe, where there is a /proc; an image FROM scratch may have none. */
static long find_self(char **envp) {
    long n = read_link("/proc/self/exe", self, PATH_LIMIT - 1);
    if (n > 0) return n;
    while (*envp) envp++;
    for (long *entry = (long *)(envp + 1); entry[0]; entry += 2)
        if (entry[0] == AT_EXECFN && *(const char *)entry[1] == '/') {
            join(self, (const char *)entry[1], length((const char *)entry[1]), "");
            return length(self);
        }
    fail("bootstrap: cannot read /proc/self/exe\n");
}

static long folder_of(const char *path, long path_length) {
    while (path_length > 0 && path[path_length - 1] != '/') path_length--;
    return path_length > 0 ? path_length - 1 : 0;
}

__attribute__((used)) _Noreturn void start(long *stack) {
    long argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    long n = find_self(envp);

    /* /var/task/bootstrap -> /var/task/thaw; /var/task/thaw/bin/portable and .../python3 -> /var/task/thaw */
    long folder = folder_of(self, n);
    const char *name = self + folder + 1;
    int is_bootstrap = name[0] == 'b', starts_runtime = name[1] == 'o';
    join(home, self, is_bootstrap ? folder : folder_of(self, folder), is_bootstrap ? "/thaw" : "");
    join(interpreter, home, length(home), "/bin/" INTERPRETER);
    join(executable, home, length(home), "/bin/python3");

    char **arguments = __builtin_alloca((argc + ARGUMENTS_OF_OURS) * sizeof *arguments);
    long count = 0;
    const char *program = interpreter;
#ifdef LOADER
    join(loader, home, length(home), "/lib/" LOADER);
    join(libraries, home, length(home), "/lib" MORE_LIBRARIES);
    program = loader;
    char *through_loader[] = {loader, "--library-path", libraries, "--argv0", executable, interpreter};
    for (unsigned i = 0; i < sizeof through_loader / sizeof *through_loader; i++) arguments[count++] = through_loader[i];
#else
    arguments[count++] = executable;
#endif
    if (starts_runtime) {
        /* -I -S: nothing of the environment, the user's home or site-packages takes part in the start. -u: what a handler
         * printed is in the log even if the environment is killed. utf8: open() and print() do not depend on a locale that
         * an OS-only image may lack. */
        char *runtime[] = {"-I", "-S", "-u", "-X", "utf8", "-c", "from thaw_runtime.main import main; main()"};
        for (unsigned i = 0; i < sizeof runtime / sizeof *runtime; i++) arguments[count++] = runtime[i];
    }
    for (long i = 1; i < argc; i++) arguments[count++] = argv[i];
    arguments[count] = 0;
    call(SYS_execve, (long)program, (long)arguments, (long)envp);
    fail("bootstrap: cannot execute the bundled interpreter; is this artifact built for this architecture?\n");
}
