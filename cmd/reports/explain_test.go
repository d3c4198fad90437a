package reports

import (
	"testing"

	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// A view of less than the whole heap is about what was asked for.
func TestOnlyReportsOfTheWholeHeapBeginWithFindings(t *testing.T) {
	s := view.NewSource(reporttest.Found())
	metric := view.EndBytes
	for begins, all := range map[bool][]view.Options{
		true:  {{}, {Top: 1}},
		false: {{Tree: true}, {By: view.ByFunction}, {Metric: &metric}, {Own: true}, {AllFrames: true}, {Question: view.AskLeaks}},
	} {
		for _, o := range all {
			r, err := view.NewReport(s, o)
			if err != nil {
				t.Fatal(err)
			}
			if (len(reportFindings(r)) > 0) != begins {
				t.Errorf("%+v: %v", o, !begins)
			}
		}
	}
}
