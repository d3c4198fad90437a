package cmd

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestAPageOfAnAttachedProfileDoesNotSpeakOfAnExit(t *testing.T) {
	p := reporttest.Refused()
	p.Recording.Attached = &profile.Attached{}
	found := false
	for _, m := range lookedAt(t, nil, p).Metrics {
		if m.Name == view.EndBytes.String() {
			found = true
			if m.Title != "Live at the end" {
				t.Errorf("what lives then is called %q", m.Title)
			}
		}
	}
	if !found {
		t.Error("the page has no bytes that live at the end")
	}
}
