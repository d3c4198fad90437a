//go:build !linux

package procfs

import (
	"errors"
	"os"
)

func openKernelLog(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func readRecord(*os.File, []byte) (int, error) { return 0, errors.ErrUnsupported }
