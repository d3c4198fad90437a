// Command heapprof records and explains where a program's heap goes.
package main

import (
	"os"

	"heapprof/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args[1:]))
}
