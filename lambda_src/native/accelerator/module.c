/* The module thaw_runtime._accelerator. */

#include "accelerator.h"

PyObject *for_python(void) {
    PyErr_SetString(PyExc_ValueError, "this is for Python to do");
    return NULL;
}

static PyMethodDef functions[] = {
    {"exchange", (void *)exchange, METH_FASTCALL,
     "exchange(connection, head, body)\n--\n\nSends a request; its answer as (status, headers, body) where that is plain, else "
     "the first bytes received.\n\nRaises:\n    OSError: the connection breaks."},
    {"decode", (void *)decode, METH_O,
     "decode(body)\n--\n\nThe value of a JSON document in UTF-8.\n\nRaises:\n    ValueError: Python has to look at it."},
    {"encode", (void *)encode, METH_FASTCALL,
     "encode(value, ascii_only)\n--\n\nA value as JSON in UTF-8.\n\nRaises:\n    ValueError: Python has to write it."},
    {0},
};
static PyModuleDef definition = {.object = {.references = 1}, .name = "_accelerator", .methods = functions};

__attribute__((visibility("default"))) PyObject *PyInit__accelerator(void) { return PyModuleDef_Init(&definition); }
