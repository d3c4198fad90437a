//go:build !linux

package procfs

import "os"

// pageScan asks no kernel.
type pageScan struct{}

func newPageScan(*os.File) *pageScan { return nil }

func (*pageScan) each(uint64, uint64, bool, func(pageRange, bool)) error { return errNoScan }
