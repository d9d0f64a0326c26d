/* The functions of the module thaw_runtime._accelerator, and what they share. */

#include <stddef.h>

#include "libc.h"
#include "python.h"

/* How deep a document may be nested; deeper ones are for Python. A thread's stack may be as small as 32 KiB. */
enum { DEEPEST = 64 };

/* NULL with a ValueError, for what Python has to do instead; it will find whatever went wrong here. */
PyObject *for_python(void);

/* Text that grows, the first of it on the stack of whoever writes it. */
struct text {
    char *at;
    long size, room;
    char first[1024];
};

void begin_text(struct text *text);
void end_text(struct text *text);
/* Where so many more bytes can be written, or NULL where there is no memory. */
char *reserve(struct text *text, long more);
int append(struct text *text, const char *from, long size);

PyObject *exchange(PyObject *module, PyObject *const *arguments, long count);
PyObject *decode(PyObject *module, PyObject *body);
PyObject *encode(PyObject *module, PyObject *const *arguments, long count);
