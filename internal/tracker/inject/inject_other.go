//go:build !(linux && amd64)

package inject

import (
	"errors"
	"os"
)

// Start is for linux/amd64.
func Start(path, library string, args []string, attr *os.ProcAttr) (*os.Process, <-chan error, error) {
	return nil, nil, errors.ErrUnsupported
}
