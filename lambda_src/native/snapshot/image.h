/* What one process leaves in its own memory for the process that takes it up again.
 *
 * `image` is an ordinary object in the data of this library, so it is written out with everything else. The dump fills
 * it; the build, which lays the pages out in the final file, fills `place` and `zeros`; the restore reads it.
 */
#ifndef THAW_IMAGE_H
#define THAW_IMAGE_H

#include "platform.h"

enum {
    REGISTERS = 24,
    MOST_VDSO_WORDS = 1024,
    MOST_STACK_WORDS = 1024,
    MOST_GUARDS = 64,
    MOST_ZEROS = 4096,
    SIGNALS = 64,
    STACK_COPY = 64 * 1024,
    PATH_SIZE = 4096,
};

struct range {
    word address, length, protection;
};

/* A word of memory that has to be set, and to what: an address, or the number of a vdso symbol. */
struct moved {
    word at, value;
};

/* As the kernel takes and gives it; both architectures have the four fields in this order. */
struct signal_action {
    word handler, flags, restorer, mask;
};

struct image {
    word registers[REGISTERS];
    word thread_pointer, tid_address, robust_list, environ_address, brk_address;
    word auxv_address, auxv_length;           /* the copy of the build's auxiliary vector, which libc still points to */
    word vdso_words, stack_words, guards_count, zeros_count;
    char place[PATH_SIZE]; /* where the file has to lie: /var/task/bootstrap */
    struct moved vdso[MOST_VDSO_WORDS];
    struct moved stack_pointers[MOST_STACK_WORDS];
    struct range guards[MOST_GUARDS];
    struct range zeros[MOST_ZEROS];
    struct signal_action signals[SIGNALS + 1];
    char stack_copy[STACK_COPY];
};

extern struct image image;
/* Where to write it; NULL where nothing is to be left, and in every process that took the memory up. */
extern const char *image_path;

/* entry.h: saves the callee-saved registers and returns 0; returns 1 in the process that takes the image up. */
int save_registers(word *registers);
_Noreturn void load_registers(const word *registers);
void image_entry(void);

/* dump.c: writes the raw image; returns 0, or -1 with the reason on stderr. */
int dump(const char *path, const word *auxv);

/* restore.c: everything between the kernel's entry and load_registers. */
_Noreturn void restore(word *stack);

/* fork.c: tells the libraries in this process that it is about to be left; returns 0, or -1 where that cannot be. */
int prepare_fork(void);
/* fork.c: tells them that this is another process now. */
void follow_fork(void);

/* place.c: the path of this executable, without a terminating zero, and its length; 0 where nobody says. */
word own_path(const word *stack, char path[PATH_SIZE]);
/* place.c: returns NULL where this executable lies in its place; or starts it again where it does, and does not return; or
 * says why that cannot be. */
const char *go_to_place(word *stack);

/* namespace.c: whether two paths lead to one folder. */
int is_same_folder(const char *one, const char *other);
/* namespace.c: moves this process into a mount namespace of its own in which `folder` is at the absolute path `place`.
 * Returns NULL, or why that cannot be; nothing has changed then. */
const char *mount_privately(const char *folder, const char *place);

/* vdso.c: the addresses of the vdso's functions, by our own numbering; 0 where a vdso lacks one. */
enum { VDSO_CLOCK_GETTIME, VDSO_GETTIMEOFDAY, VDSO_TIME, VDSO_GETCPU, VDSO_CLOCK_GETRES, VDSO_GETRANDOM, VDSO_SYMBOLS };
void vdso_symbols(word base, word *addresses);
word vdso_substitute(int symbol);

#endif
