package pprof

import (
	"bytes"
	"io"

	pb "github.com/google/pprof/profile"
)

// WriteDelta writes what a later profile of a recording has more than an earlier one, gzipped: less where the number is
// below zero. Its time is the later one's and its duration what lies between, as those have it that net/http/pprof
// answers with to ?seconds=.
func WriteDelta(w io.Writer, before, after *File) error {
	var both []*pb.Profile
	var ends []int64
	for _, f := range []*File{before, after} {
		p, err := f.library()
		if err != nil {
			return err
		}
		both, ends = append(both, p), append(ends, durationNanos(f.source.Profile))
	}
	both[0].Scale(-1)
	delta, err := pb.Merge(both)
	if err != nil {
		return err
	}
	delta.TimeNanos, delta.DurationNanos = both[1].TimeNanos, max(ends[1]-ends[0], 0)
	delta.Comments = both[1].Comments
	return delta.Write(w)
}

// library returns a profile as the library has it.
func (f *File) library() (*pb.Profile, error) {
	var b bytes.Buffer
	if err := f.WritePlain(&b); err != nil {
		return nil, err
	}
	return pb.ParseData(b.Bytes())
}
