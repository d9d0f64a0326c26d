/* What is done with text where there is no libc. */
#ifndef THAW_TEXT_H
#define THAW_TEXT_H

#include "platform.h"

static inline word length(const char *text) {
    word n = 0;
    while (text[n]) n++;
    return n;
}

static inline void say(const char *text) { call3(SYS_write, 2, (word)text, length(text)); }

static inline int begins(const char *text, const char *beginning) {
    while (*beginning) if (*text++ != *beginning++) return 0;
    return 1;
}

/* Copies a text to the end of another; returns the new end. */
static inline char *append(char *to, const char *text) {
    while ((*to = *text++)) to++;
    return to;
}

/* Reads a number in lower case; returns what follows it. */
static inline const char *hexadecimal(const char *text, word *value) {
    for (*value = 0;; text++) {
        unsigned digit = *text >= 'a' ? (unsigned)(*text - 'a') + 10 : (unsigned)(*text - '0');
        if (*text < '0' || digit > 15) return text;
        *value = *value << 4 | digit;
    }
}

#endif
