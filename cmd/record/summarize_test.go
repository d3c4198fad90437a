package record

import (
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/tracker"
)

func TestAnEarlyCrashIsNotTakenForALibraryThatWasNotLoaded(t *testing.T) {
	const notLoaded, early = "did not load the tracker library", "ended before the tracker library had anything to tell of it"
	for _, c := range []struct {
		result      tracker.Result
		says, never string
	}{
		{tracker.Result{Image: tracker.Image{Started: true}, Signal: 11}, early, notLoaded},
		{tracker.Result{Image: tracker.Image{Started: true}}, notLoaded, early},
	} {
		c.result.Profile = &profile.Profile{Recording: &profile.Recording{}}
		var out strings.Builder
		s := &console.Streams{Err: &out}
		summarize(s, &RunOptions{Args: []string{"prog"}}, &c.result, nil, "")
		if text := out.String(); !strings.Contains(text, c.says) || strings.Contains(text, c.never) {
			t.Errorf("signal %d: %s", c.result.Signal, text)
		}
	}
}
