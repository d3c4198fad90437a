#include "thread.h"

#ifndef HEAPPROF_ATTACHED
__thread struct thread *thread_current __attribute__((tls_model("initial-exec")));
#endif
