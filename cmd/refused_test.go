package cmd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/wholefile"
)

// refusedPage runs heapprof with arguments, the last of which is the file of a profile, in a terminal of 80 columns.
func refusedPage(t *testing.T, p *profile.Profile, args ...string) (out, errors string, status int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "app.json")
	if err := format.WriteFile(file, wholefile.Options{}, p); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	s := &console.Streams{Out: &stdout, Err: &stderr, Width: 80}
	status = Run(s, append(args, file))
	return strings.ReplaceAll(stdout.String(), file, "app.json"), strings.ReplaceAll(stderr.String(), file, "app.json"), status
}

func TestPageOnWhatFailedLooksAsTheGoldenFiles(t *testing.T) {
	for name, args := range map[string][]string{
		"refused.width80.txt":  {"report", "--refused"},
		"refused.top1.txt":     {"report", "--refused", "--top", "1"},
		"refused.json":         {"report", "--refused", "--format", "json"},
		"refused.csv":          {"report", "--refused", "--format", "csv"},
		"refused.md":           {"report", "--refused", "--format", "markdown"},
		"refused.report.txt":   {"report"},
		"refused.explain.txt":  {"explain"},
		"refused.explain.json": {"explain", "--format", "json"},
		"refused.at-limit.txt": {"report", "--at", "limit 1"},
	} {
		out, said, status := refusedPage(t, reporttest.Refused(), args...)
		if status != 0 {
			t.Errorf("%s: status %d, %s", name, status, said)
		}
		golden(t, name, []byte(out))
	}
}

func TestProfilesThatDoNotTellWhatFailedSaySo(t *testing.T) {
	older, none := reporttest.Refused(), reporttest.Refused()
	older.Recording.Refusals, older.Recording.Limit = nil, nil
	none.Recording.Refusals, none.Recording.Limit.Crossed = []profile.Refusal{}, nil
	out, said, status := refusedPage(t, older, "report", "--refused")
	if out != "" || status != 1 || said != "heapprof: app.json does not tell which allocations failed: an older heapprof recorded it\n" {
		t.Errorf("an old one: status %d, %q, %q", status, out, said)
	}
	out, said, status = refusedPage(t, reporttest.Foreign(t, "dhat-rs-heap.json"), "report", "--refused")
	if out != "" || status != 1 || !strings.Contains(said, "does not tell which allocations failed: dhat-rs does not record it, heapprof run does") {
		t.Errorf("dhat-rs's: status %d, %q, %q", status, out, said)
	}
	out, _, status = refusedPage(t, none, "report", "--refused")
	if status != 0 || !strings.Contains(out, "limit    128 KiB: not reached\n\nno allocation failed\n") {
		t.Errorf("nothing failed: status %d\n%s", status, out)
	}
	attached := reporttest.Refused()
	attached.Recording.Attached, attached.Recording.ExitCode = &profile.Attached{}, -1
	if out, _, _ = refusedPage(t, attached, "report", "--refused"); strings.Contains(out, "exited with status") || !strings.Contains(out, "attached  to ") {
		t.Errorf("one that was attached to is said to have ended:\n%s", out)
	}
	none.Recording.Counts.LostEvents = 1
	if out, _, _ = refusedPage(t, none, "report"); !strings.Contains(out, "limit         128 KiB: not reached by what was recorded\n") {
		t.Errorf("calls were lost:\n%s", out)
	}
	for name, p := range map[string]*profile.Profile{"an old one": older, "dhat-rs's": reporttest.Foreign(t, "dhat-rs-heap.json")} {
		if out, _, _ := refusedPage(t, p, "report"); strings.Contains(out, "\nrefused ") || strings.Contains(out, "\nlimit ") {
			t.Errorf("%s: the report speaks of what was not recorded:\n%s", name, out)
		}
	}
}

func TestAllocationsThatWereMadeToFailAreToldWithHowTheProgramEnded(t *testing.T) {
	p := reporttest.Refused()
	p.Recording.Signal, p.Recording.ExitCode, p.Recording.Limit = 0, 3, nil
	for i := range p.Recording.Refusals {
		p.Recording.Refusals[i].By = profile.RefusedByOrder
	}
	p.Recording.Counts.OtherRefusals = 5
	out, _, _ := refusedPage(t, p, "report")
	const want = `refused       … and 5 more calls: report --refused shows all
injected      1,203 allocations were made to fail; the program exited with
              status 3, 1.10 ms after the last one
              480 B to 23.4 KiB: Vec<String>  jaq_json::Val::range  jaq-json
              lib.rs:165, 1,200 times
`
	if !strings.Contains(out, want) {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestSizesThatNoAddressSpaceHasAreSaidToBeSuch(t *testing.T) {
	for bytes, want := range map[uint64]string{
		1<<48 - 1:        "",
		1 << 48:          "more than an address space has",
		1<<63 - 2:        "more than an address space has",
		1 << 63:          "more than an address space has",
		profile.AllBytes: "more than an address space has: -1 as a size, or a product that overflowed",
		1<<64 - 4096:     "more than an address space has: as a number with a sign it is -4,096",
	} {
		if got := wording.ImpossibleWords(bytes); got != want {
			t.Errorf("%#x: %q, want %q", bytes, got, want)
		}
	}
}

func TestHostileTextsOfWhatFailedDoNotReachTheTerminal(t *testing.T) {
	p := reporttest.Refused()
	p.Recording.Refusals[0].By, p.Recording.Limit.Action = "\x1b[2J", "\x1b]0;"
	p.Moments[1].Mark, p.Recording.Limit.Crossed.Mark = "\x1b[31m", "\x1b[31m"
	for _, args := range [][]string{{"report", "--refused"}, {"report"}, {"explain"}, {"report", "--refused", "--format", "json"}, {"report", "--refused", "--format", "markdown"}} {
		if out, said, status := refusedPage(t, p, args...); strings.ContainsRune(out+said, 0x1b) || status != 0 {
			t.Errorf("%q: status %d\n%q\n%s", args, status, out, said)
		}
	}
}

func TestRunInWhichEveryAllocationFailedIsNotSaidToHaveHadNone(t *testing.T) {
	p := reporttest.Refused()
	p.Points, p.Recording.Limit = nil, nil
	var out bytes.Buffer
	if err := reports.Summary(&out, view.NewSource(p), 5, 80, false); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); !strings.HasPrefix(said, "allocated  nothing\nrefused    480 B to 23.4 KiB: Vec<String>  jaq_json::Val::range") || strings.Contains(said, "never called") {
		t.Errorf("got\n%s", said)
	}
}
