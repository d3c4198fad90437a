package text

import (
	"bytes"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

func TestThreadsOfLongNamesLeaveOutColumnsRatherThanWrap(t *testing.T) {
	row := profile.Thread{
		ID: 1234567, PeakBytes: 1023 << 20, EndBytes: 1023 << 20, MaxBytes: 1023 << 20, TotalBytes: 1023 << 30,
		TotalBlocks: 123_456_789, TemporaryBlocks: 60_000_000,
	}
	threads := &view.Threads{Units: human.UnitsOf(&profile.Profile{}), Rows: []profile.Thread{row}, Sites: make([]view.ThreadSite, 1), Total: row}
	for _, width := range []int{80, 120} {
		var out bytes.Buffer
		o := ThreadsOptions{Options: Options{Width: width}, Name: func(*profile.Thread) string { return "VM Periodic Tas" }}
		if err := Threads(&out, threads, o); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if names.Width(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("in %d columns a line is wider: %q", width, line)
			}
		}
		if has := strings.Contains(out.String(), "temp"); has != (width == 120) {
			t.Errorf("in %d columns there are temporary blocks: %v", width, has)
		}
	}
}
