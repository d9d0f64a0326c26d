/* An image holds absolute paths (__file__, package paths, whatever a module computed from them), so it runs only where it
 * was built for. On Lambda it lies there. Elsewhere, in a folder that a local cloud or a user unpacked, the paths are not
 * rewritten, which would be guesswork: the process moves to where they are right, and executes the image again there. */
#include "image.h"
#include "text.h"

enum { AT_NULL = 0, AT_EXECFN = 31, AT_FDCWD = -100 };

static const char task_root[] = "LAMBDA_TASK_ROOT=";

static char **variables_of(const word *stack) { return (char **)(stack + 1 + stack[0] + 1); }

static word auxiliary(const word *stack, word kind) {
    const word *entry = (const word *)variables_of(stack);
    while (*entry) entry++;
    for (entry++; entry[0] != AT_NULL; entry += 2) if (entry[0] == kind) return entry[1];
    return 0;
}

word own_path(const word *stack, char path[PATH_SIZE]) {
    word n = call6(SYS_readlinkat, (word)AT_FDCWD, (word) "/proc/self/exe", (word)path, PATH_SIZE, 0, 0);
    if (!is_error(n)) return n < PATH_SIZE ? n : 0;
    /* A root without /proc. The kernel also tells by which path it was asked to execute this file (getauxval(3)). */
    const char *executed = (const char *)auxiliary(stack, AT_EXECFN);
    for (n = 0; executed && executed[n] && n < PATH_SIZE; n++) path[n] = executed[n];
    return n < PATH_SIZE ? n : 0;
}

/* Ends a path where its last component begins, and returns that component. */
static const char *split(char *path) {
    char *last = path;
    for (char *at = path; *at; at++) if (*at == '/') last = at;
    *last = 0;
    return last + 1;
}

/* A variable that leads to the folder by its old path gets the new one; one that leads elsewhere is the user's. */
static void rename_task_root(char **variables, const char *folder, char *renamed) {
    for (; *variables; variables++)
        if (begins(*variables, task_root) && is_same_folder(*variables + sizeof task_root - 1, folder))
            *variables = renamed;
}

static int is_in_place(const word *stack) {
    char path[PATH_SIZE];
    path[own_path(stack, path)] = 0;
    return begins(path, image.place) && begins(image.place, path);
}

/* Not inlined, so that a start in its place touches no stack for it. */
__attribute__((noinline)) static const char *move_to_place(word *stack) {
    char path[PATH_SIZE], renamed[sizeof task_root + PATH_SIZE], executable[2 * PATH_SIZE];
    path[own_path(stack, path)] = 0;
    if (path[0] != '/') return "nobody says where this executable lies";

    char *place = append(renamed, task_root), **argv = (char **)(stack + 1);
    append(place, image.place);
    split(place);
    const char *name = split(path), *folder = path[0] ? path : "/";
    /* The same folder by another name, a link for example. It also ends what would go round in circles. */
    if (is_same_folder(folder, place)) return NULL;

    append(append(append(executable, place), "/"), name);
    const char *refused = mount_privately(folder, place);
    if (refused) return refused;
    rename_task_root(variables_of(stack), folder, renamed);
    call3(SYS_execve, (word)executable, (word)argv, (word)variables_of(stack));
    return "the task root is where the snapshot was built for, but cannot be executed there";
}

const char *go_to_place(word *stack) { return is_in_place(stack) ? NULL : move_to_place(stack); }
