/* What is needed of libc's functions on memory and strings: there is no libc here. */
#ifndef HEAPPROF_TEXT_H
#define HEAPPROF_TEXT_H

#include "base.h"

/* The compiler calls these two, too. */
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);
size_t text_length(const char *s);
bool text_equal(const char *a, const char *b);
bool text_begins(const char *s, const char *with);
bool text_bytes_equal(const void *a, const void *b, size_t n);

#endif
