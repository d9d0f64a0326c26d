/* What the accelerator uses of libc, which is in the interpreter's process whatever libc that is.
 *
 * Declared here as in ../snapshot: no header of a target's libc is there to compile with. Sources: Linux' socket.h, uio.h,
 * errno-base.h and errno.h, which agree on x86_64 and arm64.
 */

enum { EINTR = 4, EPIPE = 32, ECONNABORTED = 103, ECONNRESET = 104, ESHUTDOWN = 108, MSG_NOSIGNAL = 0x4000 };

/* Lengths are signed, as Python's are. */
struct iovec {
    char *iov_base;
    long iov_len;
};
struct msghdr {
    void *msg_name;
    unsigned msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    int msg_flags;
};

int *__errno_location(void);
#define errno (*__errno_location())
long sendmsg(int, const struct msghdr *, int);
long recv(int, void *, size_t, int);
void *memchr(const void *, int, size_t);
void *memcpy(void *, const void *, size_t);
char *strchr(const char *, int);
int memcmp(const void *, const void *, size_t);
size_t strlen(const char *);
