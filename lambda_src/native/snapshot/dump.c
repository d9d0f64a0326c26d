/* Writes this process's memory to a file: what every mapping holds, and where. Layout, compression and every choice are
 * the build's; it reads the file described by `struct raw_header`. No libc function that allocates is called between
 * reading the maps and writing the last page, so what is written is one moment. */
#include "image.h"
#include "text.h"

enum { MOST_SEGMENTS = 4096, MAPS_TEXT = 1 << 20, READ = 1, WRITE = 2, EXECUTE = 4 };
enum { O_WRONLY = 1, O_CREAT = 0x40, O_TRUNC = 0x200, AT_FDCWD = -100 };

struct raw_header {
    char magic[16];
    word entry, segments, maps_length;
    word image_start, image_end, place, plan, plan_size; /* addresses, and a size */
    word vdso, vdso_words, stack_pointers, stack_words;     /* an address and how many, twice */
};
struct raw_segment {
    word start, end, protection, offset;
};

static char maps[MAPS_TEXT];
static struct raw_segment segments[MOST_SEGMENTS];
static word segment_count;
static word stack_start, stack_end;

static int fail(const char *reason) {
    say(reason);
    return -1;
}

static word read_maps(void) {
    word file = call6(SYS_open_at, (word)AT_FDCWD, (word) "/proc/self/maps", 0, 0, 0, 0), n = 0, got;
    if (is_error(file)) return 0;
    while (n < MAPS_TEXT - 1 && !is_error(got = call3(SYS_read, file, (word)(maps + n), MAPS_TEXT - 1 - n)) && got) n += got;
    call3(SYS_close, file, 0, 0);
    maps[n] = 0;
    return n == MAPS_TEXT - 1 ? 0 : n;
}

/* One line of /proc/PID/maps: start-end perms offset device inode name. */
static int take_line(const char *line) {
    struct raw_segment segment = {0};
    const char *at = hexadecimal(line, &segment.start) + 1;
    at = hexadecimal(at, &segment.end) + 1;
    segment.protection = (at[0] == 'r' ? READ : 0) | (at[1] == 'w' ? WRITE : 0) | (at[2] == 'x' ? EXECUTE : 0);
    for (int fields = 0; fields < 4; at++) if (*at == ' ') fields++;
    while (*at == ' ') at++;
    if (begins(at, "[stack]")) stack_start = segment.start, stack_end = segment.end;
    /* The kernel's own mappings: a new process has its own. The vdso's text is kept as data: ld.so's list of libraries
     * points into it, and the next dlopen reads it. */
    if (begins(at, "[stack") || begins(at, "[vvar") || begins(at, "[vsyscall")) return 0;
    if (!(segment.protection & READ)) return 0;
    if (segment_count == MOST_SEGMENTS) return fail("snapshot: too many mappings\n");
    segments[segment_count++] = segment;
    return 0;
}

static int take_maps(void) {
    segment_count = 0;
    for (const char *line = maps; *line;) {
        if (take_line(line)) return -1;
        while (*line && *line++ != '\n') {}
    }
    return 0;
}

static void *copy(void *to, const void *from, word size) {
    for (word i = 0; i < size; i++) ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

/* The kernel's stack is not part of the image, but libc points to strings and to the auxiliary vector at its top. They
 * move into `image`, and so do the words that point to them. A word that only looks like such a pointer is as likely as
 * any particular value of 47 bits. */
static int take_stack(word base_of_auxv) {
    word from = base_of_auxv & ~(word)(PAGE - 1), used = stack_end - from;
    if (used > STACK_COPY) return fail("snapshot: the environment and the arguments of the build are too large\n");
    copy(image.stack_copy, (const void *)from, used);
    image.auxv_address = (word)image.stack_copy + (base_of_auxv - from);
    image.stack_words = 0;
    for (word i = 0; i < segment_count; i++) {
        if (!(segments[i].protection & (READ | WRITE)) || segments[i].protection & EXECUTE) continue;
        for (word *at = (word *)segments[i].start; (word)at < segments[i].end; at++) {
            if (*at < from || *at >= stack_end || (at >= (word *)&image && at < (word *)(&image + 1))) continue;
            if (image.stack_words == MOST_STACK_WORDS) return fail("snapshot: too many pointers to the stack\n");
            image.stack_pointers[image.stack_words++] = (struct moved){(word)at, (word)image.stack_copy + (*at - from)};
        }
    }
    return 0;
}

static int take_vdso(word base) {
    word addresses[VDSO_SYMBOLS];
    vdso_symbols(base, addresses);
    image.vdso_words = 0;
    for (word i = 0; i < segment_count; i++) {
        if (segments[i].protection & EXECUTE) continue;
        for (word *at = (word *)segments[i].start; (word)at < segments[i].end; at++)
            for (word symbol = 0; symbol < VDSO_SYMBOLS; symbol++) {
                if (!addresses[symbol] || *at != addresses[symbol] || (word)at - (word)addresses < sizeof addresses) continue;
                if (image.vdso_words == MOST_VDSO_WORDS) return fail("snapshot: too many pointers to the vdso\n");
                image.vdso[image.vdso_words++] = (struct moved){(word)at, symbol};
            }
    }
    return 0;
}

static void take_signals(void) {
    for (int number = 1; number <= SIGNALS; number++)
        call6(SYS_rt_sigaction, (word)number, 0, (word)&image.signals[number], sizeof(word), 0, 0);
}

static void take_thread(void) {
    word size;
    image.thread_pointer = thread_pointer();
    call3(SYS_get_robust_list, 0, (word)&image.robust_list, (word)&size);
    /* Where libc keeps the thread's number, in a block whose layout is its own: the only place near the thread pointer
     * that holds it. */
    uint32_t number = (uint32_t)call3(SYS_gettid, 0, 0, 0);
    image.tid_address = 0;
    for (uint32_t *at = (uint32_t *)(image.thread_pointer - 0x800); at < (uint32_t *)(image.thread_pointer + 0x800); at++)
        if (*at == number) image.tid_address = (word)at;
}

static int write_all(word file, const void *data, word size, word offset) {
    while (size) {
        word written = call6(SYS_pwrite, file, (word)data, size, offset, 0, 0);
        if (is_error(written)) return -1;
        data = (const char *)data + written, size -= written, offset += written;
    }
    return 0;
}

/* The vdso cannot be written to in memory where the kernel seals it (mseal(2)); in the file it can. */
static int write_forwarded(word file, word vdso) {
    struct moved values[VDSO_SYMBOLS];
    for (word n = vdso_forwarded(vdso, values); n-- > 0;)
        for (word i = 0; i < segment_count; i++)
            if (values[n].at >= segments[i].start && values[n].at < segments[i].end &&
                write_all(file, &values[n].value, sizeof(word), segments[i].offset + (values[n].at - segments[i].start)))
                return -1;
    return 0;
}

static int write_raw(const char *path, word maps_length, word vdso) {
    word file = call6(SYS_open_at, (word)AT_FDCWD, (word)path, O_WRONLY | O_CREAT | O_TRUNC, 0644, 0, 0);
    if (is_error(file)) return fail("snapshot: the raw image cannot be created\n");
    struct raw_header header = {
        .magic = "thaw raw image\n", .entry = (word)image_entry, .segments = segment_count, .maps_length = maps_length,
        .image_start = (word)&image, .image_end = (word)(&image + 1), .place = (word)image.place,
        .plan = (word)&image.plan, .plan_size = sizeof image.plan,
        .vdso = (word)image.vdso, .vdso_words = image.vdso_words,
        .stack_pointers = (word)image.stack_pointers, .stack_words = image.stack_words,
    };
    word table = sizeof header + maps_length, offset = (table + sizeof segments[0] * segment_count + PAGE - 1) & ~(word)(PAGE - 1);
    for (word i = 0; i < segment_count; i++) {
        segments[i].offset = offset;
        offset += segments[i].end - segments[i].start;
    }
    if (write_all(file, &header, sizeof header, 0) || write_all(file, maps, maps_length, sizeof header) ||
        write_all(file, segments, sizeof segments[0] * segment_count, table))
        return fail("snapshot: the raw image cannot be written\n");
    for (word i = 0; i < segment_count; i++)
        if (write_all(file, (const void *)segments[i].start, segments[i].end - segments[i].start, segments[i].offset))
            return fail("snapshot: the raw image cannot be written\n");
    if (write_forwarded(file, vdso)) return fail("snapshot: the raw image cannot be written\n");
    call3(SYS_close, file, 0, 0);
    return 0;
}

int dump(const char *path, const word *auxv) {
    word maps_length = read_maps(), vdso = 0;
    if (!maps_length) return fail("snapshot: /proc/self/maps cannot be read\n");
    for (const word *entry = auxv; entry[0]; entry += 2) if (entry[0] == 33 /* AT_SYSINFO_EHDR */) vdso = entry[1];
    take_thread();
    take_signals();
    if (take_maps() || take_vdso(vdso) || take_stack((word)auxv)) return -1;
    return write_raw(path, maps_length, vdso);
}
