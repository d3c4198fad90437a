package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
)

// pageProfile returns a profile with findings, of which the site cache_put has its source in a file.
func pageProfile(file string) *profile.Profile {
	p := reporttest.Found()
	for i := range p.Frames {
		if p.Frames[i].Function == "cache_put" {
			p.Frames[i].File = file
		}
	}
	p.Recording.Start = time.Now().Add(time.Hour)
	return p
}

func TestWhoHeldMemoryIsCalledAsInTheReport(t *testing.T) {
	p := lookedAt(t, nil, reporttest.Held())
	if len(p.Held) != 2 {
		t.Fatalf("%d snapshots", len(p.Held))
	}
	for _, h := range p.Held {
		out := joined(told(t, "report", "--retained", "--top", "0", "--at", h.At, "a.json"))
		if !strings.Contains(out, "moment "+h.Words) {
			t.Errorf("--at %s: %q is not its moment", h.At, h.Words)
		}
		for _, o := range h.Owners {
			if words := strings.TrimSpace(o.Name + " " + o.Words); words == "" || !strings.Contains(out, words) {
				t.Errorf("--at %s: the report has no owner %q", h.At, words)
			}
		}
	}
}

func TestWhatWasResidentIsCalledAsInTheReport(t *testing.T) {
	p := lookedAt(t, nil, residentSample())
	out := joined(told(t, "report", "--resident", "a.json")) // which calls a part as the reading with most of it does
	if p.Resident == nil || len(p.Resident.Readings) == 0 {
		t.Fatal("the page has no readings")
	}
	told := map[string]bool{}
	for _, r := range p.Resident.Readings {
		if before, _, _ := strings.Cut(r.Words, ", after"); !strings.Contains(out, before+" after") {
			t.Errorf("the report has no reading %q", r.Words)
		}
		for _, part := range r.Parts {
			told[part.Kind] = told[part.Kind] || part.Words != "" && strings.Contains(out, part.Words)
		}
	}
	for kind, is := range told {
		if !is {
			t.Errorf("%s is not called as in the report", kind)
		}
	}
}

func TestAPageHasTheLinesOfItsSourceUnlessThatIsNewer(t *testing.T) {
	line := func(p *page.Page) string {
		for _, s := range p.Sources {
			return strings.Join(s.Lines, "|")
		}
		return ""
	}
	file := filepath.Join(t.TempDir(), "cache_put.c")
	p := pageProfile(file)
	if err := os.WriteFile(file, []byte(strings.Repeat("\n", 9)+"\te = malloc(sizeof *e);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := line(lookedAt(t, nil, p)); !strings.Contains(got, "    e = malloc(sizeof *e);") {
		t.Errorf("its source is %q", got)
	}
	if got := line(lookedAt(t, []string{"--no-source"}, p)); got != "" {
		t.Errorf("with --no-source it is %q", got)
	}
	p.Recording.Start = p.Recording.Start.AddDate(-10, 0, 0)
	if p.Recording.Start.IsZero() {
		t.Fatal("the profile has no time")
	}
	if got := line(lookedAt(t, nil, p)); got != "" {
		t.Errorf("of a newer file it is %q", got)
	}
}
