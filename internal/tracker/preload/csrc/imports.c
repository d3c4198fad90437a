#include "imports.h"

#ifdef HEAPPROF_ATTACHED
struct imports imports;
#endif
