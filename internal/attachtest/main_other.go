//go:build !linux

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "attachtest: processes are attached to on Linux only")
	os.Exit(1)
}
