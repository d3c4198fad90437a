package cmd

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/testkit"
	"heapprof/internal/wholefile"
)

var (
	browserRun  = flag.String("browser.run", "", "run only those tests in the browser whose name matches `REGEXP`")
	screenshots = flag.String("screenshots", "", "take the pictures of docs/images from the page `FILE`")
)

// pageFacts is what the tests in the browser are told of a page: what it must show, as heapprof's other commands
// say it.
type pageFacts struct {
	File string `json:"file"` // in the directory of pages.json
	// Reports is what heapprof report --format json, or diff, says of the whole run, by the value of --by.
	Reports map[string]string `json:"reports"`
	Ranges  []rangeFacts      `json:"ranges"`
}

// rangeFacts is what heapprof report --format json says of a part of the run.
type rangeFacts struct {
	Between [2]int `json:"between"` // indices of moments, as the page has them
	Report  string `json:"report"`
}

// heapprof runs a command of heapprof in this process, which must end well, and returns what it printed.
func heapprof(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := &console.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}
	if status := Run(s, args); status != console.ExitOK {
		t.Fatalf("heapprof %s: status %d: %s", strings.Join(args, " "), status, &stderr)
	}
	return stdout.String()
}

// write writes the page into dir, and returns what must be true of it.
func (b *browserPage) write(t *testing.T, dir string) pageFacts {
	t.Helper()
	facts := pageFacts{File: b.name + ".html", Reports: map[string]string{}}
	command, suffixes := "report", []string{".json"}
	if len(b.profiles) > 1 {
		command, suffixes = "diff", []string{".before.json", ".after.json"}
	}
	var files []string
	for i, p := range b.profiles {
		file := filepath.Join(dir, b.name+suffixes[i])
		if err := format.WriteFile(file, wholefile.Options{}, p); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	heapprof(t, append([]string{"html", "-o", filepath.Join(dir, facts.File)}, files...)...)
	info, err := os.Stat(filepath.Join(dir, facts.File))
	if err != nil {
		t.Fatal(err)
	}
	// 1 MB of data, and the code as it is before anybody compresses it.
	if most := int64(1_250_000); info.Size() > most {
		t.Errorf("the page %s has %d bytes, and is to have %d at most", b.name, info.Size(), most)
	}
	all := append([]string{command, "--format", "json", "--top", "0", "--min", "0"}, files...)
	for _, by := range b.by {
		facts.Reports[by] = heapprof(t, append(all, "--by", by)...)
	}
	for _, r := range b.ranges {
		facts.Ranges = append(facts.Ranges, rangeFacts{r.moments, heapprof(t, append(all, "--between", r.between)...)})
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
	for _, b := range browserPages(t) {
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
	results := json.NewDecoder(strings.NewReader(r.Stdout))
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

// TestScreenshots takes the pictures of docs/images anew, where it is asked to.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("-screenshots names no page to take pictures of")
	}
	images := filepath.Join(testkit.Root(t), "docs", "images")
	cmd := testkit.Node(t, filepath.Join("testdata", "browser", "screenshots.mjs"), testkit.Tool(t, "chromium"), *screenshots, images)
	if r := testkit.Run(t, cmd); r.Status != 0 {
		t.Errorf("status %d\n%s", r.Status, r.Stderr)
	}
}
