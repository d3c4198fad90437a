package text

import (
	"bytes"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestATreeOfDeeperStacksThanAreRecordedEndsWithWhatIsLeft(t *testing.T) {
	for _, c := range []struct {
		frames int
		last   string
	}{{profile.MaxDepth, "f0  a.c:1"}, {profile.MaxDepth + 1, "… 1 more frame"}, {30_000, "… 28,976 more frames"}} {
		var out bytes.Buffer
		if err := Report(&out, report(t, reporttest.Deep(c.frames), view.Options{Tree: true}), Options{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if last := lines[len(lines)-2]; !strings.HasSuffix(last, " "+c.last) {
			t.Errorf("of %d frames the last is %q", c.frames, last[max(0, len(last)-100):])
		}
	}
}
