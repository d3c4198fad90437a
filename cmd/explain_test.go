package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/wholefile"
)

// explained runs heapprof explain on a profile, as on a terminal of 80 columns.
func explained(t *testing.T, p *profile.Profile, args ...string) (out, err string, status int) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := format.WriteFile("p.json", wholefile.Options{}, p); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status = Run(&console.Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Width: 80}, append([]string{"explain"}, args...))
	return stdout.String(), stderr.String(), status
}

func TestExplainLooksAsTheGoldenFiles(t *testing.T) {
	for name, args := range map[string][]string{
		"explain.txt":      {"p.json"},
		"explain.full.txt": {"p.json", "2"},
		"explain.json":     {"--format", "json", "p.json"},
		"explain.none.txt": {"--code", "grows", "p.json"},
	} {
		t.Run(name, func(t *testing.T) {
			p := reporttest.Found()
			if strings.Contains(name, "none") {
				p = reporttest.Sample()
			}
			dir, err := os.Getwd()
			if err != nil {
				t.Fatal(err)
			}
			out, _, status := explained(t, p, args...)
			t.Chdir(dir)
			if status != console.ExitOK {
				t.Errorf("status %d", status)
			}
			golden(t, name, []byte(out))
		})
	}
}

func TestExplainShowsTheSourceOfItsSite(t *testing.T) {
	p := reporttest.Found()
	file := filepath.Join(t.TempDir(), "cache_put.c")
	if err := os.WriteFile(file, []byte(strings.Repeat("\n", 9)+"\te = malloc(sizeof *e);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range p.Frames {
		if p.Frames[i].Function == "cache_put" {
			p.Frames[i].File = file
		}
	}
	if out, _, _ := explained(t, p, "p.json"); !strings.Contains(out, "10  e = malloc(sizeof *e);\n") {
		t.Errorf("no source: %s", out)
	}
	if out, _, _ := explained(t, p, "p.json", "1"); !strings.Contains(out, "> 10      e = malloc(sizeof *e);\n") {
		t.Errorf("in full no source: %s", out)
	}
}

func TestWhatExplainCannotDoIsAnError(t *testing.T) {
	for args, want := range map[string]string{
		"":                      "heapprof: no profile was named",
		"p.json 0":              `heapprof: "0" is no number of a finding`,
		"p.json x":              `heapprof: "x" is no number of a finding`,
		"p.json 1 2":            "heapprof: explain takes one profile",
		"p.json 99":             "and so no 99\n",
		"--code growing p.json": `heapprof: unknown finding "growing"`,
		"--format xml p.json":   `heapprof: unknown format "xml"`,
		"-o p.json p.json":      "heapprof: p.json is the profile itself",
		"missing.json":          "heapprof: missing.json does not exist",
	} {
		_, err, status := explained(t, reporttest.Found(), strings.Fields(args)...)
		if status == console.ExitOK || !strings.Contains(err, want) {
			t.Errorf("explain %s: status %d, %s", args, status, err)
		}
	}
}
