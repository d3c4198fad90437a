package view

import (
	"testing"

	"heapprof/internal/report/reporttest"
)

func TestADiffCountsItsChangesAndFoldsWhatDidNotChange(t *testing.T) {
	after := reporttest.Sample()
	after.Points[0].PeakBytes += 100
	d, err := NewDiff(NewSource(reporttest.Sample()), NewSource(after), Options{Top: 20})
	if err != nil {
		t.Fatal(err)
	}
	if c := d.Came; c.More.Rows != 1 || c.More.Size != 100 || c.New.Rows+c.Gone.Rows+c.Fewer.Rows != 0 || c.Same.Rows == 0 {
		t.Errorf("%+v", c)
	}
	if len(d.Rows) != 2 || d.Rows[0].Kind != Entry || d.Rows[1].Kind != Unchanged || d.Rows[1].Count < d.Came.Same.Rows {
		t.Errorf("%d rows", len(d.Rows))
	}
	if d, err = NewDiff(d.Before, d.After, Options{}); err != nil || len(d.Rows) < 3 {
		t.Errorf("who asks for all rows gets %d, %v", len(d.Rows), err)
	}
}
