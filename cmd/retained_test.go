package cmd

import (
	"bytes"
	"encoding/json"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

// heldPage runs heapprof with a file of reporttest.Held at the end of args, on a terminal of 80 columns, and returns
// what it writes.
func heldPage(t *testing.T, args ...string) []byte {
	t.Helper()
	return pageOf(t, reporttest.Held(), args...)
}

// pageOf does what heldPage does, with another profile.
func pageOf(t *testing.T, p *profile.Profile, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if status := Run(&console.Streams{Out: &out, Err: &errs, Width: 80}, append(args, saved(t, p))); status != 0 {
		t.Fatalf("heapprof %v: status %d: %s", args, status, &errs)
	}
	return out.Bytes()
}

func TestTheRetainedPageLooksAsTheGoldenFiles(t *testing.T) {
	for name, args := range map[string][]string{
		"retained.width80.txt":      {"report", "--retained"},
		"retained.top1.width80.txt": {"report", "--retained", "--top", "1", "--at", "exit"},
		"retained.json":             {"report", "--retained", "--format", "json"},
		"retained.csv":              {"report", "--retained", "--format", "csv"},
		"retained.md":               {"report", "--retained", "--format", "markdown"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, heldPage(t, args...)) })
	}
}

func TestOwnersSharedAndLeakedAddUpToWhatLived(t *testing.T) {
	var page struct {
		Snapshot struct{ Bytes uint64 }
		Owners   []struct {
			Retained uint64 `json:"retained_bytes"`
		}
		Shared uint64 `json:"shared_bytes"`
		Leaked []struct{ Bytes uint64 }
	}
	if err := json.Unmarshal(heldPage(t, "report", "--retained", "--top", "1", "--format", "json"), &page); err != nil {
		t.Fatal(err)
	}
	sum := page.Shared
	for _, o := range page.Owners {
		sum += o.Retained
	}
	for _, l := range page.Leaked {
		sum += l.Bytes
	}
	if sum != page.Snapshot.Bytes || sum == 0 {
		t.Errorf("owners, shared and leaked add up to %d bytes, and %d lived", sum, page.Snapshot.Bytes)
	}
}

func TestAReportOfLeaksTellsWhatIsLostFromWhatIsHeld(t *testing.T) {
	for name, args := range map[string][]string{
		"leaks.retained.width80.txt": {"report", "--leaks"},
		"leaks.retained.json":        {"report", "--leaks", "--top", "2", "--format", "json"},
		"leaks.retained.csv":         {"report", "--leaks", "--format", "csv"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, heldPage(t, args...)) })
	}
}
