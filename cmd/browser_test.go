package cmd

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

var browserRun = flag.String("browser.run", "", "run only those tests in the browser whose name matches `REGEXP`")

// browserPage is a page that tests in the browser look at, by one name there and here.
type browserPage struct {
	name     string
	profiles []*profile.Profile
}

// browserPages returns all pages that the tests of testdata/browser open.
func browserPages() []browserPage {
	return []browserPage{
		{name: "sample", profiles: []*profile.Profile{reporttest.Sample()}},
	}
}

// pageFacts is what the tests in the browser are told of a page: what it must show.
type pageFacts struct {
	File    string `json:"file"` // in the directory of pages.json
	Program string `json:"program"`
}

// write writes the page into dir, and returns what must be true of it.
func (b *browserPage) write(t *testing.T, dir string) pageFacts {
	t.Helper()
	facts := pageFacts{File: b.name + ".html", Program: "zipstat"}
	text := fmt.Sprintf("<!doctype html><title>%s</title><script>window.heapprof = {};</script>", facts.Program)
	if err := os.WriteFile(filepath.Join(dir, facts.File), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestPagesInABrowser opens pages of heapprof html in Chromium, and runs all tests of testdata/browser there, whose
// README.md says how to add one.
func TestPagesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no browser is started")
	}
	t.Parallel()
	dir := t.TempDir()
	cmd := testkit.Node(t, filepath.Join("testdata", "browser", "run.mjs"), testkit.Tool(t, "chromium"), dir, *browserRun)
	pages := make(map[string]pageFacts)
	for _, b := range browserPages() {
		pages[b.name] = b.write(t, dir)
	}
	list, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "pages.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}

	r := testkit.Run(t, cmd)
	results := json.NewDecoder(bytes.NewReader([]byte(r.Stdout)))
	for n := 0; ; n++ {
		var result struct {
			Name         string
			Error        string
			Milliseconds int
		}
		if err := results.Decode(&result); err == io.EOF && n > 0 && r.Status == 0 {
			return
		} else if err != nil {
			t.Fatalf("after %d tests: %v, status %d\n%s", n, err, r.Status, r.Stderr)
		}
		t.Run(result.Name, func(t *testing.T) {
			t.Logf("%v in the browser", time.Duration(result.Milliseconds)*time.Millisecond)
			if result.Error != "" {
				t.Error(result.Error)
			}
		})
	}
}
