package cmd

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

func TestLeaksOfAnAttachedProfileAreNotSaidToBeNeverFreed(t *testing.T) {
	p := reporttest.Refused()
	p.Recording.Attached = &profile.Attached{}
	out, said, status := refusedPage(t, p, "report", "--leaks")
	if status != 0 || strings.Contains(out, "never freed") || !strings.Contains(out, "blocks not freed") {
		t.Errorf("status %d, %s\n%s", status, said, out)
	}
}
