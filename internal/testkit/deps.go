package testkit

import (
	_ "github.com/google/pprof/profile"
	_ "github.com/ianlancetaylor/demangle"
	_ "github.com/klauspost/compress/gzip"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/olekukonko/tablewriter"
	_ "golang.org/x/sys/unix"
)
