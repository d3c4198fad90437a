/* The processor that the library is built for. */
#ifndef HEAPPROF_ARCH_H
#define HEAPPROF_ARCH_H

#if defined(__x86_64__)
#include "arch_x86_64.h"
#elif defined(__aarch64__)
#include "arch_aarch64.h"
#else
#error "no arch header for this processor"
#endif

#endif
