/* Sends a request and receives its answer, and reads the answer where that is a plain one.
 *
 * Plain is what the Runtime API says all day: a final status, fields in printable ASCII, one Content-Length, a body that came with
 * its head and ends where it has to. Whatever else there is (pieces, chunks, interim answers, mistakes) is handed over as it came,
 * for thaw_runtime/connection.py to go on with: it knows all of HTTP's framing, and has the words for what is wrong.
 */

#include "accelerator.h"

/* An answer with a small event has some 700 bytes. A thread's stack may be as small as 32 KiB. */
enum { ROOM = 16384, LONGEST_NAME = 64, LONGEST_LENGTH = 9 };

struct transfer {
    int descriptor;
    struct iovec unsent[2];
    char *answer;
    long received;
};

/* What a socket says whose other side is gone; as Python's ConnectionError. */
static int is_hung_up(int error) {
    return error == EPIPE || error == ECONNRESET || error == ECONNABORTED || error == ESHUTDOWN;
}

static void advance(struct transfer *transfer, long sent) {
    for (struct iovec *piece = transfer->unsent; piece < transfer->unsent + 2; piece++) {
        long taken = sent < piece->iov_len ? sent : piece->iov_len;
        piece->iov_base += taken;
        piece->iov_len -= taken;
        sent -= taken;
    }
}

/* Sends what is left; an errno, or 0. */
static int send_rest(struct transfer *transfer) {
    while (transfer->unsent[0].iov_len + transfer->unsent[1].iov_len) {
        struct msghdr message = {.msg_iov = transfer->unsent, .msg_iovlen = 2};
        long sent = sendmsg(transfer->descriptor, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            /* A body that is too large may be refused, and the connection closed, before it was read to its end; the refusal
             * waits here all the same. */
            if (!is_hung_up(errno)) return errno;
            break;
        }
        advance(transfer, sent);
    }
    return 0;
}

static int receive(struct transfer *transfer) {
    transfer->received = recv(transfer->descriptor, transfer->answer, ROOM, 0);
    return transfer->received < 0 ? errno : 0;
}

/* Takes a step, again after each signal that interrupts it; meanwhile other threads of Python may run. */
static int until_done(int (*step)(struct transfer *), struct transfer *transfer) {
    for (;;) {
        void *thread = PyEval_SaveThread();
        int error = step(transfer);
        PyEval_RestoreThread(thread);
        if (!error) return 0;
        if (error != EINTR) {
            errno = error;
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        if (PyErr_CheckSignals() < 0) return -1;
    }
}

static int complete(struct transfer *transfer) {
    if (until_done(send_rest, transfer) < 0) return -1;
    /* A signal that came while the request was sent interrupts nothing any more, and an answer may be hours away. */
    if (PyErr_CheckSignals() < 0) return -1;
    return until_done(receive, transfer);
}

/* The digits of a text as a number; -1 where there are others, none, or more than a length has. */
static long number(const char *text, long size) {
    long value = 0;
    if (size < 1 || size > LONGEST_LENGTH) return -1;
    for (; size; size--, text++) {
        if (*text < '0' || *text > '9') return -1;
        value = value * 10 + *text - '0';
    }
    return value;
}

/* What a character of a field's name is in lower case; 0 where a name of the Runtime API's has no such character. */
static char lower(char c) {
    if (c >= 'A' && c <= 'Z') return c + ('a' - 'A');
    return (c >= 'a' && c <= 'z') || c == '-' || (c >= '0' && c <= '9') ? c : 0;
}

/* The length of a field's name, written down in lower case; 0 where it is for Python to read. */
static long read_name(const char *line, const char *end, char *name) {
    for (long size = 0; size < LONGEST_NAME && line < end; size++, line++) {
        if (*line == ':') return size;
        if (!(name[size] = lower(*line))) return 0;
    }
    return 0;
}

static int is_printable(const char *text, const char *end) {
    int other = 0;
    /* To the end in any case: a loop without an exit is one of vectors. */
    for (; text < end; text++) other |= (unsigned char)(*text - ' ') > '~' - ' ';
    return !other;
}

static int is_named(const char *name, long size, const char *wanted) {
    return size == (long)strlen(wanted) && !memcmp(name, wanted, size);
}

static int put(PyObject *fields, const char *name, long name_size, const char *value, long size) {
    PyObject *key = PyUnicode_FromStringAndSize(name, name_size);
    PyObject *text = key ? PyUnicode_FromStringAndSize(value, size) : NULL;
    int failed = !text || PyDict_SetItem(fields, key, text) < 0;
    if (text) Py_DecRef(text);
    if (key) Py_DecRef(key);
    return failed ? -1 : 0;
}

/* Puts one field of a head among the others. 1, or 0 where it is for Python to read, or -1 with an exception. */
static int read_field(const char *line, const char *end, PyObject *fields, long *length) {
    char name[LONGEST_NAME];
    long size = read_name(line, end, name);
    if (!size || is_named(name, size, "transfer-encoding") || is_named(name, size, "connection")) return 0;
    const char *value = line + size + 1;
    if (!is_printable(value, end)) return 0;
    while (value < end && *value == ' ') value++;
    while (end > value && end[-1] == ' ') end--;
    if (is_named(name, size, "content-length")) {
        if (*length >= 0 || (*length = number(value, end - value)) < 0) return 0;
    }
    return put(fields, name, size, value, end - value) < 0 ? -1 : 1;
}

/* Reads the fields of a head up to its empty line, and moves there. As read_field. */
static int read_fields(const char **at, const char *end, PyObject *fields, long *length) {
    for (;;) {
        const char *line = *at, *stop = memchr(line, '\r', end - line);
        if (!stop || stop + 1 == end || stop[1] != '\n') return 0;
        *at = stop + 2;
        if (stop == line) return 1;
        int outcome = read_field(line, stop, fields, length);
        if (outcome != 1) return outcome;
    }
}

/* The status of an answer, and where its fields begin; 0 where it is for Python to read. */
static long read_status(const char **at, const char *end) {
    static const char begin[] = "HTTP/1.1 ";
    const long size = sizeof begin - 1, code = size + 3;
    const char *text = *at, *stop = memchr(text, '\r', end - text);
    if (!stop || stop - text <= code || memcmp(text, begin, size) || text[code] != ' ') return 0;
    if (stop + 1 == end || stop[1] != '\n' || !is_printable(text, stop)) return 0;
    *at = stop + 2;
    long status = number(text + size, 3);
    return status >= 200 ? status : 0;
}

static PyObject *triple(PyObject *status, PyObject *fields, PyObject *body) {
    PyObject *all = status && fields && body ? PyTuple_New(3) : NULL, *items[] = {status, fields, body};
    for (int index = 0; index < 3; index++) {
        if (all) PyTuple_SetItem(all, index, items[index]);
        else if (items[index]) Py_DecRef(items[index]);
    }
    return all;
}

/* What a whole plain answer says. NULL without an exception where it is for Python to read. */
static PyObject *read_answer(const char *at, long received) {
    const char *end = at + received;
    long length = -1, status = read_status(&at, end);
    PyObject *fields = status ? PyDict_New() : NULL;
    if (!fields) return NULL;
    if (read_fields(&at, end, fields, &length) != 1 || length != end - at) {
        Py_DecRef(fields);
        return NULL;
    }
    return triple(PyLong_FromLong(status), fields, PyBytes_FromStringAndSize(at, length));
}

PyObject *exchange(PyObject *module, PyObject *const *arguments, long count) {
    (void)module;
    char answer[ROOM];
    struct transfer transfer = {.answer = answer};
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "exchange takes a connection, a head, and a body");
        return NULL;
    }
    if ((transfer.descriptor = PyObject_AsFileDescriptor(arguments[0])) < 0) return NULL;
    for (int part = 0; part < 2; part++) {
        struct iovec *unsent = transfer.unsent + part;
        if (PyBytes_AsStringAndSize(arguments[1 + part], &unsent->iov_base, &unsent->iov_len) < 0) return NULL;
    }
    if (complete(&transfer) < 0) return NULL;
    PyObject *read = read_answer(answer, transfer.received);
    return read || PyErr_Occurred() ? read : PyBytes_FromStringAndSize(answer, transfer.received);
}
