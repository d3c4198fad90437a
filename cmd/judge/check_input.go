package judge

import (
	"io"
	"io/fs"
	"os"
)

// repeatedInput is the standard input of a program that runs several times: what the first run reads is gone for
// the others, unless it is a file.
type repeatedInput struct {
	file  *os.File // nil where it cannot be read again, or there is nothing to read
	start int64

	onlyFirst bool // only the first run can read what is in it
}

func newRepeatedInput(in io.Reader) (r repeatedInput) {
	file, ok := in.(*os.File)
	if !ok {
		return r
	}
	info, err := file.Stat()
	if err != nil {
		return r
	}
	switch {
	case info.Mode().IsRegular():
		if start, err := file.Seek(0, io.SeekCurrent); err == nil {
			r.file, r.start = file, start
		}
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		r.onlyFirst = true
	}
	return r
}

// again has the next run read from where the first one began. The error is of package os.
func (r *repeatedInput) again() error {
	if r.file == nil {
		return nil
	}
	_, err := r.file.Seek(r.start, io.SeekStart)
	return err
}
