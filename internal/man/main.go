// Command man writes heapprof's manual pages, one for each command, from the same
// text that --help prints. It is no part of heapprof itself, which it imports as
// package cmd.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"heapprof/cmd"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./internal/man DIR, such as ~/.local/share/man/man1")
		os.Exit(2)
	}
	if err := writePages(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "man: %v\n", err)
		os.Exit(1)
	}
}

// writePages writes the pages into dir, which it makes if it is missing.
func writePages(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range commands(cmd.Command()) {
		var page bytes.Buffer
		writePage(&page, c)
		if err := os.WriteFile(filepath.Join(dir, name(c)+".1"), page.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
