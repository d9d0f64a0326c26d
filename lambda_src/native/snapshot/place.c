/* An image holds absolute paths, so it runs only where it was built for. */
#include "image.h"

enum { AT_NULL = 0, AT_EXECFN = 31, AT_FDCWD = -100 };

static word auxiliary(const word *stack, word kind) {
    const word *entry = stack + 1 + stack[0] + 1;
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

static int is_place(const char *path, word length) {
    if (length >= PATH_SIZE || image.place[length]) return 0;
    while (length--) if (path[length] != image.place[length]) return 0;
    return 1;
}

const char *go_to_place(word *stack) {
    char path[PATH_SIZE];
    return is_place(path, own_path(stack, path)) ? NULL : "the task root is not where the snapshot was built for";
}
