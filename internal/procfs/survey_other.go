//go:build !linux

package procfs

import "os"

// pageScan asks no kernel.
type pageScan struct{}

func newPageScan(*os.File) *pageScan { return nil }

type pageQuestion struct{ any, none, asks uint64 }

const pageIsFile, pageIsInRAM, pageIsSwapped, pageIsZeroes = 0, 0, 0, 0

func (*pageScan) each(uint64, uint64, pageQuestion, func(pageRange, uint64)) error { return errNoScan }
