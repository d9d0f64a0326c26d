/* Writes JSON as Python's json does, of what consists of exactly its types.
 *
 * Everything else (classes derived from them, above all namedtuples and IntEnums; Decimal; NaN; lone surrogates; what is nested too
 * deeply or contains itself) is for thaw_runtime/json_values.py, which knows what AWS's runtime makes of it.
 */

#include "accelerator.h"

struct writer {
    struct text text;
    int ascii_only;
};

/* All of these return -1 where the value is for Python to write, or with an exception. */
static int write_value(struct writer *writer, PyObject *value, int depth);

static int put(struct writer *writer, const char *text) { return append(&writer->text, text, strlen(text)); }

static char *put_unit(char *to, unsigned unit) {
    static const char digits[] = "0123456789abcdef";
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *to++ = digits[unit >> shift & 15];
    return to;
}

/* The code point of a sequence in UTF-8 that CPython made, and so is well-formed; moves behind it. */
static unsigned code_point(const char **from) {
    unsigned first = (unsigned char)*(*from)++;
    if (first < 0x80) return first;
    int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    unsigned point = first & (0x3f >> more);
    while (more--) point = point << 6 | ((unsigned char)*(*from)++ & 0x3f);
    return point;
}

static int put_escaped(struct writer *writer, const char **from) {
    static const char escaped[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
    unsigned point = code_point(from);
    char *to = reserve(&writer->text, 12), *end = to;
    if (!to) return -1;
    const char *known = point < 0x80 && point ? strchr(escaped, point) : NULL;
    if (known) {
        *end++ = '\\';
        *end++ = letters[known - escaped];
    } else if (point < 0x10000) {
        end = put_unit(end, point);
    } else {
        end = put_unit(put_unit(end, 0xd7c0 + (point >> 10)), 0xdc00 | (point & 0x3ff));
    }
    writer->text.size += end - to;
    return 0;
}

static int is_verbatim(char c, int ascii_only) {
    if (c == '"' || c == '\\') return 0;
    return ascii_only ? c >= ' ' && c <= '~' : (unsigned char)c >= ' ';
}

static int write_string(struct writer *writer, PyObject *value) {
    long size;
    const char *from = PyUnicode_AsUTF8AndSize(value, &size);
    if (!from || put(writer, "\"") < 0) return -1;
    for (const char *end = from + size; from < end;) {
        const char *run = from;
        while (from < end && is_verbatim(*from, writer->ascii_only)) from++;
        if (append(&writer->text, run, from - run) < 0) return -1;
        if (from < end && put_escaped(writer, &from) < 0) return -1;
    }
    return put(writer, "\"");
}

static int write_shown(struct writer *writer, PyObject *value) {
    PyObject *shown = PyObject_Repr(value);
    long size;
    const char *text = shown ? PyUnicode_AsUTF8AndSize(shown, &size) : NULL;
    int outcome = text ? append(&writer->text, text, size) : -1;
    if (shown) Py_DecRef(shown);
    return outcome;
}

static int write_integer(struct writer *writer, PyObject *value) {
    char digits[20], *first = digits + sizeof digits;
    int overflow;
    long number = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow) return write_shown(writer, value);
    unsigned long rest = number < 0 ? 0ul - number : (unsigned long)number;
    do *--first = '0' + rest % 10;
    while (rest /= 10);
    if (number < 0) *--first = '-';
    return append(&writer->text, first, digits + sizeof digits - first);
}

static int write_float(struct writer *writer, PyObject *value) {
    double number = PyFloat_AsDouble(value);
    if (number - number != 0) return -1;
    return write_shown(writer, value);
}

static int write_key(struct writer *writer, PyObject *key) {
    if (key->type == &PyUnicode_Type) return write_string(writer, key);
    if (key->type != &PyLong_Type) return -1;
    return put(writer, "\"") < 0 || write_integer(writer, key) < 0 ? -1 : put(writer, "\"");
}

static int write_dict(struct writer *writer, PyObject *value, int depth) {
    PyObject *key, *item;
    const char *before = "{";
    for (long position = 0; PyDict_Next(value, &position, &key, &item); before = ", ") {
        if (put(writer, before) < 0 || write_key(writer, key) < 0) return -1;
        if (put(writer, ": ") < 0 || write_value(writer, item, depth) < 0) return -1;
    }
    return put(writer, *before == '{' ? "{}" : "}");
}

static int write_items(struct writer *writer, PyObject *value, long size, PyObject *(*item)(PyObject *, long), int depth) {
    if (put(writer, "[") < 0) return -1;
    for (long index = 0; index < size; index++)
        if ((index && put(writer, ", ") < 0) || write_value(writer, item(value, index), depth) < 0) return -1;
    return put(writer, "]");
}

static int write_container(struct writer *writer, PyObject *value, int depth) {
    if (depth > DEEPEST) return -1;
    if (value->type == &PyDict_Type) return write_dict(writer, value, depth);
    if (value->type == &PyList_Type) return write_items(writer, value, PyList_Size(value), PyList_GetItem, depth);
    if (value->type != &PyTuple_Type) return -1;
    return write_items(writer, value, PyTuple_Size(value), PyTuple_GetItem, depth);
}

static int write_value(struct writer *writer, PyObject *value, int depth) {
    PyTypeObject *type = value->type;
    if (type == &PyUnicode_Type) return write_string(writer, value);
    if (type == &PyLong_Type) return write_integer(writer, value);
    if (type == &PyFloat_Type) return write_float(writer, value);
    if (type == &PyBool_Type) return put(writer, value == (PyObject *)&_Py_TrueStruct ? "true" : "false");
    if (value == &_Py_NoneStruct) return put(writer, "null");
    return write_container(writer, value, depth + 1);
}

PyObject *encode(PyObject *module, PyObject *const *arguments, long count) {
    (void)module;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "encode takes a value, and whether to escape what is not in ASCII");
        return NULL;
    }
    struct writer writer;
    writer.ascii_only = PyObject_IsTrue(arguments[1]);
    begin_text(&writer.text);
    int failed = write_value(&writer, arguments[0], 0) < 0;
    PyObject *document = failed ? NULL : PyBytes_FromStringAndSize(writer.text.at, writer.text.size);
    end_text(&writer.text);
    return document ? document : for_python();
}
