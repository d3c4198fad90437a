package cmd

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	stdjson "encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/wholefile"
)

// lookedAt makes a page of profiles that are written to a.json and b.json in a new working directory, and returns its data.
func lookedAt(t *testing.T, flags []string, profiles ...*profile.Profile) *page.Page {
	t.Helper()
	t.Chdir(t.TempDir())
	args := append([]string{"html", "-o", "page.html"}, flags...)
	for i, p := range profiles {
		name := string(rune('a'+i)) + ".json"
		if err := format.WriteFile(name, wholefile.Options{}, p); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out := told(t, args...); strings.Count(out, "\n") != 1 {
		t.Errorf("said %q", out)
	}
	return pageData(t, "page.html")
}

// told runs heapprof, which is to succeed, and returns all that it wrote, as on a very wide terminal.
func told(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	s := &console.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Width: 10_000}
	if status := Run(s, args); status != console.ExitOK {
		t.Fatalf("%q: status %d, said %s", args, status, out.String())
	}
	return out.String()
}

// pageData returns the data in a page.
func pageData(t *testing.T, file string) *page.Page {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`<script type="text/plain" id="data">([^<]*)</script>`).FindSubmatch(text)
	if found == nil {
		t.Fatal("the page has no data")
	}
	packed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(found[1])))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	p := &page.Page{}
	if err := stdjson.Unmarshal(data, p); err != nil {
		t.Fatal(err)
	}
	return p
}
