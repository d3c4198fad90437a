// Command bigfile writes large profiles in the formats of other tools, to measure what it takes to read them:
//
//	go run ./internal/testkit/bigfile pprof 300 > big.pb
//
// writes 300 MB in which no stack is there twice.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/testkit"
)

func main() {
	size := 0
	if len(os.Args) == 3 && slices.Contains(testkit.BigFiles(), os.Args[1]) {
		size, _ = strconv.Atoi(os.Args[2])
	}
	if size <= 0 {
		fmt.Fprintf(os.Stderr, "usage: bigfile FORMAT MEGABYTES > FILE\nThe formats are %s.\n", strings.Join(testkit.BigFiles(), ", "))
		os.Exit(2)
	}
	if err := testkit.WriteBigFile(os.Stdout, os.Args[1], size*1_000_000); err != nil {
		fmt.Fprintln(os.Stderr, "bigfile:", err)
		os.Exit(1)
	}
}
