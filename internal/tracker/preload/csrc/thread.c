#include "thread.h"

__thread struct thread *thread_current __attribute__((tls_model("initial-exec")));
