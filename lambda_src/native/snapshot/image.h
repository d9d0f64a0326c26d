/* What one process leaves in its own memory for the process that takes it up again.
 *
 * `image` is an ordinary object in the data of this library, so it is written out with everything else. The dump fills
 * it; the build, which lays the pages out in the final file, fills `place` and `plan`; the restore reads it.
 */
#ifndef THAW_IMAGE_H
#define THAW_IMAGE_H

#include "platform.h"

enum {
    REGISTERS = 24,
    MOST_VDSO_WORDS = 1024,
    MOST_STACK_WORDS = 1024,
    PLAN_WORDS = 8 * 1024,
    LONGEST_PATH = 256,
    SIGNALS = 64,
    STACK_COPY = 64 * 1024,
    PATH_SIZE = 4096,
};

struct range {
    word address, length, protection;
};

/* A part of memory that the kernel's loader does not map: from a file of the task root that holds it byte for byte, or
 * of nothing but zeros. */
struct mapped {
    word address, length, protection, file, offset; /* file: 0 for none, else its number in the plan counted from 1 */
};
struct file {
    word size; /* that the file has to have */
    char path[LONGEST_PATH];
};

struct span {
    word address, length;
};

/* What the build decided. `tables` holds the parts that are mapped, the files that they are mapped from, the ranges that
 * are used until the first response, and those that are written until then; this many of each, in this order. */
struct plan {
    word mapped, files, used, written;
    word last_used; /* where in the executable the last page that is used lies; 0: in no place that is known */
    word recording; /* not 0: what is used is not known yet; how many pages of `used` are one mapping then */
    word tables[PLAN_WORDS];
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
    word vdso_words, stack_words;
    word processor[2]; /* what libraries may have seen of the builder's processor beyond the baseline; processor.c */
    char place[PATH_SIZE]; /* where the file has to lie: /var/task/bootstrap */
    struct plan plan;
    struct moved vdso[MOST_VDSO_WORDS];
    struct moved stack_pointers[MOST_STACK_WORDS];
    struct signal_action signals[SIGNALS + 1];
    char stack_copy[STACK_COPY];
};

/* Hidden also where they are only used: addresses are then part of the code, and not of a table that lies on another page. */
#pragma GCC visibility push(hidden)

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

/* processor.c: between the two, CPUID names nothing beyond the baseline, where this system can do that; where it cannot, the
 * image gets a note of what CPUID named. */
void look_like_baseline(const word *auxv);
void look_like_itself(void);
/* processor.c: whether this processor has all that was noted. */
int has_noted(const word *auxv);

/* vdso.c: the addresses of the vdso's functions, by our own numbering; 0 where a vdso lacks one. */
enum { VDSO_CLOCK_GETTIME, VDSO_GETTIMEOFDAY, VDSO_TIME, VDSO_GETCPU, VDSO_CLOCK_GETRES, VDSO_GETRANDOM, VDSO_SYMBOLS };
void vdso_symbols(word base, word *addresses);
/* What the image's copy of the vdso has to hold: values of symbols that lead to the substitutes below; how many. A library
 * loaded after a restore asks ld.so where time and gettimeofday are (dl_vdso_vsym in glibc's dl-vdso.h, from the resolvers
 * of these two), and ld.so looks into the copy, whose own code reads a page that only the process that was left had. */
word vdso_forwarded(word base, struct moved *values);
word vdso_substitute(int symbol);

#pragma GCC visibility pop

#endif
