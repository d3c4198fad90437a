// Heap keeps a list and a table, hands out many buffers, and writes its heap profile to standard output.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
)

type node struct {
	next *node
	data [100]byte
}

var list *node
var table = map[string][]byte{}

func build(n int) {
	for range n {
		list = &node{next: list}
	}
}

func fill(n int) {
	for i := range n {
		table[fmt.Sprint("key", i)] = []byte(strings.Repeat("x", i%1000))
	}
}

func churn(n int) (sum int) {
	for i := range n {
		buffer := make([]byte, 1000+i%5000)
		sum += len(string(buffer))
	}
	return sum
}

func main() {
	build(100_000)
	fill(20_000)
	fmt.Fprintln(os.Stderr, churn(100_000))
	runtime.GC()
	if err := pprof.WriteHeapProfile(os.Stdout); err != nil {
		panic(err)
	}
}
