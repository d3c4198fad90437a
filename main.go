// Command heapprof records and explains where a program's heap goes.
package main

import (
	"os"
	"runtime"
	"runtime/debug"

	"heapprof/cmd"
)

func main() {
	collectLater()
	os.Exit(cmd.Main(os.Args[1:]))
}

// collectLater lets the heap grow to 32 MiB before it is collected for the first time, where
// Go begins at 4: a short run ends before it has grown so much, and its collections, which
// take every processor that idles, took a tenth of the recorder's time. After the first one
// all is as Go has it, or GOGC says.
func collectLater() {
	const times = 8 // 4 MiB
	percent := debug.SetGCPercent(-1)
	if percent < 0 {
		return // it is not collected at all
	}
	debug.SetGCPercent(max(100*times, percent))
	first := new([64]byte) // which the first collection finds out of use
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, percent)
}
