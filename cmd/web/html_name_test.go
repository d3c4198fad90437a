package web

import (
	"testing"

	"heapprof/cmd/reports"
)

func TestAPageIsNamedAfterWhatItShows(t *testing.T) {
	for want, inputs := range map[string][]reports.MomentInput{
		"prog.html":               {{File: "/tmp/prog.json.gz"}},
		"dhat.out.4711.html":      {{File: "dhat.out.4711"}},
		"heapprof.html":           {{File: "-"}},
		"before-after.html":       {{File: "x/before.json"}, {File: "after.json.zst"}},
		"prog-diff.html":          {{File: "old/prog.json"}, {File: "new/prog.json"}},
		"prog-40-end.html":        {{File: "prog.json", Moment: "40%", Named: true}, {File: "prog.json", Moment: "end", Named: true}},
		"prog-loaded-end.html":    {{File: "prog.json", Moment: "loaded", Named: true}, {File: "prog.json", Moment: "end", Named: true}},
		"prog-_root_my_mark.html": {{File: "prog.json", Moment: "/root/my mark", Named: true}, {File: "prog.json", Moment: "end"}},
	} {
		if got := defaultPageName(inputs); got != want {
			t.Errorf("%v: %s, want %s", inputs, got, want)
		}
	}
}
