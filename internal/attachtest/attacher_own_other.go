//go:build linux && !amd64

package main

import (
	"context"
	"errors"
	"io"
)

func helps([]string, io.Reader, io.Writer) (bool, error) { return false, nil }

// byOurselves attaches to nothing here.
type byOurselves struct{ nobody }

func (byOurselves) attach(context.Context, int, func()) (attached, error) {
	return attached{}, errors.ErrUnsupported
}

func newOwn() (byOurselves, error) {
	return byOurselves{}, errors.New("programs for this processor are not attached to")
}
