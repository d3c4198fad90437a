package cmd

import "heapprof/internal/report/finding"

// turnoverWords are the words of findings about how blocks come, grow and go, and how they lie
// in memory.
var turnoverWords = map[finding.Code]heapWords{}
