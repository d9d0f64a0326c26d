/* Reads JSON as Python's json does.
 *
 * Whatever is not JSON, and what is odd in it (NaN, lone surrogates, numbers of many digits, deep nesting, a byte order mark), is for
 * thaw_runtime/codec.py: it has json's own words for what is wrong. The document is a bytes object, which CPython ends with a
 * zero; no token has one, so that nothing here looks for the end but the end itself.
 */

#include "accelerator.h"

enum { KEYS = 64, LONGEST_NUMBER = 64, SAFE_DIGITS = 18 };

/* The documents that are large repeat their keys: each is made once, as json does. */
struct key {
    const char *at;
    long size;
    PyObject *text;
};

struct reader {
    const char *at;
    struct key keys[KEYS];
};

/* All of these return NULL where the document is for Python to read, and leave an exception or none. */
static PyObject *read_value(struct reader *reader, int depth);

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static char skip_blanks(struct reader *reader) {
    while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t') reader->at++;
    return *reader->at;
}

static int skip(struct reader *reader, char wanted) {
    if (skip_blanks(reader) != wanted) return 0;
    reader->at++;
    return 1;
}

/* Moves to the end of what a string has without escapes: a quote, a backslash, or a character that no string has. */
static const char *end_of_run(const char *at) {
    while ((unsigned char)*at >= ' ' && *at != '"' && *at != '\\') at++;
    return at;
}

/* Four hexadecimal digits, or -1. */
static int read_unit(const char *at) {
    int unit = 0;
    for (int index = 0; index < 4; index++) {
        char c = at[index] | 0x20;
        int digit = is_digit(at[index]) ? at[index] - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* A code point behind "\u", which two escapes may make up; -1 where that is none. */
static int read_point(struct reader *reader) {
    int unit = read_unit(reader->at);
    if (unit < 0) return -1;
    reader->at += 4;
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit > 0xdbff || reader->at[0] != '\\' || reader->at[1] != 'u') return -1;
    int low = read_unit(reader->at + 2);
    if (low < 0xdc00 || low > 0xdfff) return -1;
    reader->at += 6;
    return 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
}

static long put_point(char *to, int point) {
    if (point < 0x80) {
        to[0] = point;
        return 1;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    to[0] = (0xff00 >> (more + 1) & 0xff) | point >> 6 * more;
    for (int index = 1; index <= more; index++) to[index] = 0x80 | (point >> 6 * (more - index) & 0x3f);
    return more + 1;
}

/* Appends what an escape stands for. */
static int read_escape(struct reader *reader, struct text *text) {
    static const char letters[] = "\"\\/bfnrt", escaped[] = "\"\\/\b\f\n\r\t";
    char letter = *++reader->at, *to = reserve(text, 4);
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (!to || (!known && letter != 'u')) return -1;
    reader->at++;
    int point = known ? escaped[known - letters] : read_point(reader);
    if (point < 0) return -1;
    text->size += put_point(to, point);
    return 0;
}

static int read_runs(struct reader *reader, struct text *text) {
    for (;;) {
        const char *run = reader->at;
        reader->at = end_of_run(run);
        if (append(text, run, reader->at - run) < 0) return -1;
        if (*reader->at == '"') return 0;
        if (*reader->at != '\\' || read_escape(reader, text) < 0) return -1;
    }
}

static PyObject *read_escaped_string(struct reader *reader) {
    struct text text;
    begin_text(&text);
    PyObject *string = read_runs(reader, &text) < 0 ? NULL : PyUnicode_FromStringAndSize(text.at, text.size);
    end_text(&text);
    reader->at++;
    return string;
}

/* Reads a string behind its first quote. */
static PyObject *read_string(struct reader *reader) {
    const char *end = end_of_run(reader->at), *begin = reader->at;
    if (*end != '"') return *end == '\\' ? read_escaped_string(reader) : NULL;
    reader->at = end + 1;
    return PyUnicode_FromStringAndSize(begin, end - begin);
}

static PyObject *read_key(struct reader *reader) {
    const char *begin = reader->at, *end = end_of_run(begin);
    long size = end - begin;
    if (*end != '"' || !size) return read_string(reader);
    struct key *key = reader->keys + (31 * size + 7 * (unsigned char)*begin + (unsigned char)end[-1]) % KEYS;
    if (!key->text || key->size != size || memcmp(key->at, begin, size)) {
        PyObject *text = read_string(reader);
        if (!text) return NULL;
        if (key->text) Py_DecRef(key->text);
        *key = (struct key){begin, size, text};
    }
    reader->at = end + 1;
    Py_IncRef(key->text);
    return key->text;
}

static int read_member(struct reader *reader, PyObject *members, int depth) {
    if (!skip(reader, '"')) return -1;
    PyObject *key = read_key(reader), *value = key && skip(reader, ':') ? read_value(reader, depth) : NULL;
    int outcome = value ? PyDict_SetItem(members, key, value) : -1;
    if (value) Py_DecRef(value);
    if (key) Py_DecRef(key);
    return outcome;
}

static int read_item(struct reader *reader, PyObject *items, int depth) {
    PyObject *item = read_value(reader, depth);
    int outcome = item ? PyList_Append(items, item) : -1;
    if (item) Py_DecRef(item);
    return outcome;
}

/* Reads what a new dict or list has, behind its bracket. */
static PyObject *read_all(struct reader *reader, PyObject *all, char end,
                          int (*read)(struct reader *, PyObject *, int), int depth) {
    if (!all) return NULL;
    if (depth <= DEEPEST) {
        if (skip(reader, end)) return all;
        while (!read(reader, all, depth)) {
            if (skip(reader, end)) return all;
            if (!skip(reader, ',')) break;
        }
    }
    Py_DecRef(all);
    return NULL;
}

static PyObject *read_integer(const char *begin, const char *end) {
    char digits[LONGEST_NUMBER + 1];
    long size = end - begin, value = 0;
    if (size > SAFE_DIGITS) {
        memcpy(digits, begin, size);
        digits[size] = 0;
        return PyLong_FromString(digits, NULL, 10);
    }
    for (const char *at = begin + (*begin == '-'); at < end; at++) value = value * 10 + *at - '0';
    return PyLong_FromLong(*begin == '-' ? -value : value);
}

static const char *end_of_digits(const char *at) {
    while (is_digit(*at)) at++;
    return at;
}

/* Where the fraction and the exponent end of a number whose integer part ends here; NULL where one has no digits. */
static const char *end_of_float(const char *at) {
    if (*at == '.') {
        if (!is_digit(*++at)) return NULL;
        at = end_of_digits(at);
    }
    if (*at != 'e' && *at != 'E') return at;
    at++;
    if (*at == '+' || *at == '-') at++;
    return is_digit(*at) ? end_of_digits(at) : NULL;
}

static PyObject *read_float(const char *begin, const char *end) {
    char *stopped;
    double number = PyOS_string_to_double(begin, &stopped, NULL);
    return stopped == end ? PyFloat_FromDouble(number) : NULL;
}

static PyObject *read_number(struct reader *reader) {
    const char *begin = reader->at, *first = begin + (*begin == '-');
    if (!is_digit(*first)) return NULL;
    const char *whole = *first == '0' ? first + 1 : end_of_digits(first), *end = end_of_float(whole);
    if (!end || end - begin > LONGEST_NUMBER) return NULL;
    reader->at = end;
    return end == whole ? read_integer(begin, end) : read_float(begin, end);
}

static PyObject *read_word(struct reader *reader, const char *word, PyObject *value) {
    for (; *word; word++)
        if (*reader->at++ != *word) return NULL;
    Py_IncRef(value);
    return value;
}

static PyObject *read_value(struct reader *reader, int depth) {
    char first = skip_blanks(reader);
    switch (first) {
    case '"': reader->at++; return read_string(reader);
    case '{': reader->at++; return read_all(reader, PyDict_New(), '}', read_member, depth + 1);
    case '[': reader->at++; return read_all(reader, PyList_New(0), ']', read_item, depth + 1);
    case 't': return read_word(reader, "true", &_Py_TrueStruct);
    case 'f': return read_word(reader, "false", &_Py_FalseStruct);
    case 'n': return read_word(reader, "null", &_Py_NoneStruct);
    default: return read_number(reader);
    }
}

PyObject *decode(PyObject *module, PyObject *body) {
    (void)module;
    struct reader reader = {0};
    char *begin;
    long size;
    if (PyBytes_AsStringAndSize(body, &begin, &size) < 0) return NULL;
    reader.at = begin;
    PyObject *value = read_value(&reader, 0);
    for (struct key *key = reader.keys; key < reader.keys + KEYS; key++)
        if (key->text) Py_DecRef(key->text);
    if (!value) return for_python();
    skip_blanks(&reader);
    if (reader.at == begin + size) return value;
    Py_DecRef(value);
    return for_python();
}
