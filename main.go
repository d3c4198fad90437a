// Command heapprof records and explains where a program's heap goes.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"heapprof/cmd"
)

func main() {
	collectLater()
	os.Exit(cmd.Main(os.Args[1:]))
}

// collectLater lets the heap grow to 32 MiB before it is collected for the first time, where
// Go begins at 4: a short run ends before it has grown so much, and its collections, which
// take every processor that idles, took a tenth of the recorder's time. After the first one
// all is as Go has it, or GOGC says, as long as the heap is small: see keepClose.
func collectLater() {
	const times = 8 // 4 MiB
	percent := debug.SetGCPercent(-1)
	if percent < 0 {
		return // it is not collected at all
	}
	first := max(100*times, percent)
	debug.SetGCPercent(first)
	keepClose(percent, first)
}

// keepClose bounds the garbage that a large heap may have beside it: after each collection it sets by how many percent
// the heap may grow to the next one, which are percent at most. Go's 100 would have a profile of 500 MB take a
// thousand, and collections of such a heap are cheap, as most of it are stacks and numbers without pointers: a report of a pprof
// file of 225 MB took 9.7 s of a processor before, and 8.7 s with 10 percent.
func keepClose(percent, now int) {
	cycle := new([64]byte) // which the next collection finds out of use
	runtime.AddCleanup(cycle, func(now int) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		next := growth(percent, live[0].Value.Uint64())
		// Each change stops the world for a moment.
		if distance := max(next, now) - min(next, now); distance*8 > now {
			debug.SetGCPercent(next)
			now = next
		}
		keepClose(percent, now)
	}, now)
}

// growth returns by how many percent a heap with so many live bytes may grow until it is collected: to percent more,
// which at most are garbage of 48 MiB, or of an eighth where that is more.
func growth(percent int, live uint64) int {
	const garbage, least = 48 << 20, 12
	return min(percent, max(least, int(garbage*100/max(live, 1<<20))))
}
