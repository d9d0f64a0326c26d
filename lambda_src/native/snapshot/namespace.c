/* A folder at a path of this process's choice, for this process and its children only, without root where the system
 * allows user namespaces. What is mounted here nobody else sees, and it is gone with the last process that does. */
#include "image.h"
#include "text.h"

enum {
    AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100,
    O_READ_FOLDER = 02000000 /* O_CLOEXEC; O_DIRECTORY differs between architectures, and getdents64 refuses all else */,
    O_WRITE = 1 | 02000000, O_CREATE = 1 | 0100 | 0200 | 02000000 /* O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC */,
    CLONE_NEWNS = 0x00020000, CLONE_NEWUSER = 0x10000000, WAIT_FOR_ANY_CHILD = 0x40000000 /* __WALL */,
    MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_REMOUNT = 32, MS_BIND = 4096, MS_REC = 16384, MS_SLAVE = 1 << 19,
    O_FIND = 010000000 | 02000000 /* O_PATH, O_CLOEXEC */, EINTR = 4,
    FILE_KIND = 0170000, FOLDER = 0040000, LINK = 0120000,
    NAME_SIZE = 256, ENTRIES_SIZE = 16384,
};

/* As the kernel's getdents64 writes it. */
struct entry { word inode, offset; unsigned short size; unsigned char kind; char name[]; };

enum outcome { ENTERED, NO_NAMESPACE, NO_IDENTITY, NO_MOUNTS };
#define ELSEWHERE "the task root is not where the snapshot was built for, and "
static const char *const reasons[] = {
    [ENTERED] = NULL,
    [NO_NAMESPACE] = ELSEWHERE "this process may not have a namespace in which it is",
    [NO_IDENTITY] = ELSEWHERE "this process may not keep its user in a namespace in which it is",
    [NO_MOUNTS] = ELSEWHERE "this process may not mount it there",
};

static word at_here(word number, const char *path, word a, word b) {
    return call6(number, (word)AT_FDCWD, (word)path, a, b, 0, 0);
}

static int mount(const char *source, const char *target, const char *kind, word flags, const char *options) {
    return is_error(call6(SYS_mount, (word)source, (word)target, (word)kind, flags, (word)options, 0)) ? -1 : 0;
}

static int status_of(const char *path, word flags, struct file_status *status) {
    return is_error(at_here(SYS_newfstatat, path, (word)status, flags)) ? -1 : 0;
}

int is_same_folder(const char *one, const char *other) {
    struct file_status first, second;
    return !status_of(one, 0, &first) && !status_of(other, 0, &second) && first.device == second.device &&
           first.inode == second.inode && (first.mode & FILE_KIND) == FOLDER;
}

static char *append_number(char *to, word number) {
    if (number > 9) to = append_number(to, number / 10);
    *to = (char)('0' + number % 10);
    return to + 1;
}

static int write_file(const char *path, const char *text, const char *end) {
    word file = at_here(SYS_open_at, path, O_WRITE, 0);
    if (is_error(file)) return -1;
    word written = call3(SYS_write, file, (word)text, (word)(end - text));
    call3(SYS_close, file, 0, 0);
    return written == (word)(end - text) ? 0 : -1;
}

/* Without privileges a process may map its own number, to whatever it likes, and nobody else's (user_namespaces(7)). */
static int keep_number(const char *path, word number) {
    char text[64], *end = append_number(text, number);
    end = append_number(append(end, " "), number);
    return write_file(path, text, append(end, " 1"));
}

static enum outcome enter_namespace(void) {
    static const char deny[] = "deny";
    word user = call3(SYS_geteuid, 0, 0, 0), group = call3(SYS_getegid, 0, 0, 0);
    /* Who may mount anyway keeps everything else that it may. */
    if (!is_error(call3(SYS_unshare, CLONE_NEWNS, 0, 0))) return ENTERED;
    if (is_error(call3(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS, 0, 0))) return NO_NAMESPACE;
    write_file("/proc/self/setgroups", deny, deny + sizeof deny - 1);
    return keep_number("/proc/self/uid_map", user) || keep_number("/proc/self/gid_map", group) ? NO_IDENTITY : ENTERED;
}

/* One entry of the folder that this process is in, at another path. */
static int show_entry(const char *name, const char *path) {
    struct file_status status;
    char target[PATH_SIZE];
    if (status_of(name, AT_SYMLINK_NOFOLLOW, &status)) return -1;
    if ((status.mode & FILE_KIND) == LINK) {
        word length = at_here(SYS_readlinkat, name, (word)target, sizeof target - 1);
        if (is_error(length)) return -1;
        target[length] = 0;
        return is_error(call3(SYS_symlinkat, (word)target, (word)AT_FDCWD, (word)path)) ? -1 : 0;
    }
    word made = (status.mode & FILE_KIND) == FOLDER ? at_here(SYS_mkdirat, path, 0755, 0)
                                                    : at_here(SYS_open_at, path, O_CREATE, 0644);
    if (is_error(made)) return -1;
    if ((status.mode & FILE_KIND) != FOLDER) call3(SYS_close, made, 0, 0);
    return mount(name, path, NULL, MS_BIND | MS_REC, NULL);
}

static int show_entries(word folder, const char *cover) {
    char entries[ENTRIES_SIZE] __attribute__((aligned(8))), path[PATH_SIZE + NAME_SIZE];
    char *name = append(append(path, cover), "/");
    for (word n; (n = call3(SYS_getdents64, folder, (word)entries, sizeof entries)) != 0;) {
        if (is_error(n)) return -1;
        for (struct entry *entry = (void *)entries; (char *)entry < entries + n; entry = (void *)((char *)entry + entry->size)) {
            int is_itself = entry->name[0] == '.' && (!entry->name[1] || (entry->name[1] == '.' && !entry->name[2]));
            append(name, entry->name);
            if (!is_itself && show_entry(entry->name, path)) return -1;
        }
    }
    return 0;
}

/* Makes the rest of a path below a folder without writing to it: an empty one covers it, in which everything that it has
 * is mounted again. What covers the root is found as the root's parent. The cover becomes read-only, so that nobody
 * believes to have made a file there that nobody else will see. */
static int make_place(const char *folder, const char *rest, char *place) {
    const char *covered = folder[0] ? folder : "/", *cover = folder[0] ? folder : "/..";
    word opened = at_here(SYS_open_at, covered, O_READ_FOLDER, 0);
    if (is_error(opened) || mount("tmpfs", covered, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")) return -1;
    if (is_error(call3(SYS_fchdir, opened, 0, 0)) || show_entries(opened, cover)) return -1;
    char *end = append(place, cover);
    while (*rest) {
        do *end++ = *rest++; while (*rest && *rest != '/');
        *end = 0;
        if (is_error(at_here(SYS_mkdirat, place, 0755, 0))) return -1;
    }
    return mount(NULL, cover, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

static int is_folder(const char *path) { return is_same_folder(path, path); }

static int show(const char *folder, const char *place) {
    char there[PATH_SIZE], made[PATH_SIZE];
    word shown = at_here(SYS_open_at, folder, O_FIND, 0);
    char *end = append(there, place);
    const char *target = place;
    while (end > there && (*end || !is_folder(there))) if (*--end == '/') *end = 0;
    if (place[end - there]) {
        if (make_place(there, place + (end - there), made)) return -1;
        target = made;
    }
    if (is_error(call3(SYS_fchdir, shown, 0, 0)) || mount(".", target, NULL, MS_BIND | MS_REC, NULL)) return -1;
    return end > there || !is_error(call3(SYS_chroot, (word) "/..", 0, 0)) ? 0 : -1;
}

static enum outcome enter(const char *folder, const char *place) {
    char here[PATH_SIZE];
    if (is_error(call3(SYS_getcwd, (word)here, sizeof here, 0))) return NO_MOUNTS;
    enum outcome outcome = enter_namespace();
    if (outcome != ENTERED) return outcome;
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) || show(folder, place)) return NO_MOUNTS;
    /* The same folder as before, as it is reached now. */
    return is_error(call3(SYS_chdir, (word)here, 0, 0)) || !is_folder(place) ? NO_MOUNTS : ENTERED;
}

/* A process cannot leave a namespace that turns out to be of no use, so a child tries first. Its end is signalled to
 * nobody, and is not lost where this process was started with SIGCHLD ignored (wait(2), __WALL). */
static enum outcome outcome_of_trial(const char *folder, const char *place) {
    word child = call3(SYS_clone, 0, 0, 0), ended;
    int status;
    if (!child) call3(SYS_exit_group, enter(folder, place), 0, 0);
    if (is_error(child)) return NO_NAMESPACE;
    do ended = call6(SYS_wait4, child, (word)&status, WAIT_FOR_ANY_CHILD, 0, 0, 0); while (ended == (word)-EINTR);
    return ended == child && status % 256 == 0 && status / 256 <= NO_MOUNTS ? (enum outcome)(status / 256) : NO_MOUNTS;
}

const char *mount_privately(const char *folder, const char *place) {
    enum outcome outcome = outcome_of_trial(folder, place);
    return reasons[outcome == ENTERED ? enter(folder, place) : outcome];
}
