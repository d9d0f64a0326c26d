#include "accelerator.h"

void begin_text(struct text *text) {
    text->at = text->first;
    text->size = 0;
    text->room = sizeof text->first;
}

void end_text(struct text *text) {
    if (text->at != text->first) PyMem_Free(text->at);
}

static int grow(struct text *text, long more) {
    long room = 2 * text->room + more;
    char *old = text->at == text->first ? NULL : text->at, *at = PyMem_Realloc(old, room);
    if (!at) return -1;
    if (!old) memcpy(at, text->first, text->size);
    text->at = at;
    text->room = room;
    return 0;
}

char *reserve(struct text *text, long more) {
    if (text->room - text->size < more && grow(text, more) < 0) return NULL;
    return text->at + text->size;
}

int append(struct text *text, const char *from, long size) {
    char *to = reserve(text, size);
    if (!to) return -1;
    memcpy(to, from, size);
    text->size += size;
    return 0;
}
