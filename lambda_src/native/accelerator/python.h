/* What the accelerator uses of CPython's stable ABI, which is the same from 3.11 on: one library serves every interpreter.
 *
 * Declared here because a system's Python is often there without its headers, and never with those of another architecture.
 * Sources: https://docs.python.org/3/c-api/stable.html, and the types of the structures at https://docs.python.org/3/c-api/.
 */

typedef struct type PyTypeObject;
/* Who counts references is the interpreter: only the type is read here. */
typedef struct object {
    long references;
    PyTypeObject *type;
} PyObject;

enum { METH_O = 0x0008, METH_FASTCALL = 0x0080 };

typedef struct {
    const char *name;
    PyObject *(*function)(PyObject *, PyObject *const *, long);
    int flags;
    const char *documentation;
} PyMethodDef;

typedef struct {
    PyObject object;
    PyObject *(*initialise)(void);
    long index;
    PyObject *copy;
    const char *name;
    const char *documentation;
    long size;
    PyMethodDef *methods;
    void *slots, *traverse, *clear, *free;
} PyModuleDef;

extern PyObject _Py_NoneStruct, _Py_TrueStruct, _Py_FalseStruct, *PyExc_OSError, *PyExc_TypeError, *PyExc_ValueError;
extern PyTypeObject PyUnicode_Type, PyLong_Type, PyFloat_Type, PyBool_Type, PyList_Type, PyTuple_Type, PyDict_Type;

PyObject *PyModuleDef_Init(PyModuleDef *);
void Py_IncRef(PyObject *);
void Py_DecRef(PyObject *);
int PyObject_AsFileDescriptor(PyObject *);
int PyObject_IsTrue(PyObject *);
PyObject *PyObject_Repr(PyObject *);
PyObject *PyLong_FromLong(long);
PyObject *PyLong_FromString(const char *, char **, int);
long PyLong_AsLongAndOverflow(PyObject *, int *);
PyObject *PyFloat_FromDouble(double);
double PyFloat_AsDouble(PyObject *);
double PyOS_string_to_double(const char *, char **, PyObject *);
int PyBytes_AsStringAndSize(PyObject *, char **, long *);
PyObject *PyBytes_FromStringAndSize(const char *, long);
PyObject *PyUnicode_FromStringAndSize(const char *, long);
const char *PyUnicode_AsUTF8AndSize(PyObject *, long *);
PyObject *PyDict_New(void);
int PyDict_SetItem(PyObject *, PyObject *, PyObject *);
int PyDict_Next(PyObject *, long *, PyObject **, PyObject **);
PyObject *PyList_New(long);
int PyList_Append(PyObject *, PyObject *);
long PyList_Size(PyObject *);
PyObject *PyList_GetItem(PyObject *, long);
PyObject *PyTuple_New(long);
long PyTuple_Size(PyObject *);
PyObject *PyTuple_GetItem(PyObject *, long);
int PyTuple_SetItem(PyObject *, long, PyObject *);
void *PyMem_Realloc(void *, size_t);
void PyMem_Free(void *);
void *PyEval_SaveThread(void);
void PyEval_RestoreThread(void *);
int PyErr_CheckSignals(void);
PyObject *PyErr_Occurred(void);
PyObject *PyErr_SetFromErrno(PyObject *);
void PyErr_SetString(PyObject *, const char *);
