package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// snippet is a block of code in docs/CI.md.
type snippet struct {
	file string // that it is; "" for none
	lang string
	text string
}

// ciSnippets returns the blocks of a section of docs/CI.md.
func ciSnippets(t *testing.T, section string) []snippet {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs/CI.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(page), "\n## "+section+"\n")
	if !found {
		t.Fatalf("docs/CI.md has no section %s", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var all []snippet
	for _, m := range regexp.MustCompile("(?ms)(?:^\\*\\*([^*\n]+)\\*\\*\n\n)?^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		all = append(all, snippet{m[1], m[2], m[3]})
	}
	return all
}

// writeFiles writes the files of a section and of the budgets into a project, with a limit in the place of 8 MiB.
func writeFiles(t *testing.T, dir string, snippets []snippet, limit string) {
	t.Helper()
	for _, s := range append(snippets, ciSnippets(t, "Budgets")...) {
		if s.file == "" {
			continue
		}
		name := filepath.Join(dir, s.file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(s.text, "8MiB", limit)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runCI runs a shell's text in a project, and returns what it printed and whether it succeeded.
func runCI(t *testing.T, dir, script string, env ...string) (out string, ok bool) {
	t.Helper()
	c := exec.Command("sh", "-e", "-c", script)
	c.Dir = dir
	c.Env = append(os.Environ(), append([]string{"TMPDIR=" + t.TempDir(), "GITHUB_WORKSPACE=" + dir, "GOFLAGS="}, env...)...)
	text, err := c.CombinedOutput()
	return string(text), err == nil
}

// tryCI runs each of a section's scripts in a project of testdata/ci, in one directory one after another: as they stand,
// which succeeds and says that, and with a limit of 1 KiB in the place of 8 MiB, which each must fail for.
func tryCI(t *testing.T, section, from, kept string, env ...string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testkit.Root(t), "testdata/ci", from))); err != nil {
		t.Fatal(err)
	}
	snippets := ciSnippets(t, section)
	exceeded := regexp.MustCompile(`peak-bytes \S+ [KM]iB exceeds 1 KiB by`)
	for _, limit := range []string{"8MiB", "1KiB"} {
		writeFiles(t, dir, snippets, limit)
		for _, s := range snippets {
			if s.lang != "sh" {
				continue
			}
			script := strings.ReplaceAll(s.text, "8MiB", limit)
			if runtime.GOARCH == "arm64" {
				script = strings.ReplaceAll(script, "X86_64", "AARCH64")
			}
			out, ok := runCI(t, dir, script, env...)
			switch {
			case limit == "8MiB" && (!ok || !strings.Contains(out, kept)):
				t.Errorf("%s: succeeds %v, without %q:\n%s\n%s", section, ok, kept, script, out)
			case limit == "1KiB" && (ok || !exceeded.MatchString(out)):
				t.Errorf("%s, of too little: succeeds %v:\n%s\n%s", section, ok, script, out)
			}
		}
	}
}

func TestSnippetOfCargoTest(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "cargo")
	tryCI(t, "cargo test", "cargo", "heapprof: loading: unit tests: peak-bytes ")
}

func TestSnippetsOfNextest(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "cargo")
	if err := exec.Command("cargo", "nextest", "--version").Run(); err != nil {
		t.Skip("cargo-nextest is not installed") // building it takes ten minutes; what it calls programs with is in package suite and TestScripts/run_files
	}
	tryCI(t, "cargo nextest", "cargo", "2 tests run: 2 passed")
}

func TestSnippetsOfCTest(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "ctest")
	tryCI(t, "CTest", "rows", "100% tests passed")
}

func TestSnippetOfGoTest(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "gcc")
	tryCI(t, "go test", "cgo", "ok  \texample.com/rows", "CGO_ENABLED=1")
}

func TestSnippetOfPytest(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "pytest")
	testkit.Tool(t, "cc")
	tryCI(t, "pytest", "rows", "1 passed")
}

func TestSnippetOfMake(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "make")
	testkit.Tool(t, "cc")
	tryCI(t, "make", "rows", "heapprof: prog: 3 limits kept")
}

// TestSnippetsOfCommands runs the commands that stand alone in docs/CI.md, and in files of systems that are not here.
func TestSnippetsOfCommands(t *testing.T) {
	t.Parallel()
	testkit.Tool(t, "cc")
	for section, says := range map[string]string{
		"Against a baseline": "heapprof: the baseline is base.json.gz\n", "What differs from run to run": "heapprof: prog: 5 runs, 0 that differ: ",
		"GitHub Actions": "heapprof: prog: 2 limits kept", "GitLab, Jenkins": "heapprof: prog: 2 limits kept",
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(testkit.Root(t), "testdata/ci/rows"))); err != nil {
			t.Fatal(err)
		}
		snippets := ciSnippets(t, section)
		writeFiles(t, dir, snippets, "8MiB")
		script := "cc -g -O1 -o prog prog.c\n"
		for _, s := range snippets {
			if s.lang == "sh" {
				script += s.text
				continue
			}
			for _, m := range regexp.MustCompile(`(?m)^ *- (?:run: )?((?:cc|cat|heapprof) .*)$`).FindAllStringSubmatch(s.text, -1) {
				script += m[1] + "\n"
			}
		}
		summary := filepath.Join(dir, "summary.md")
		out, ok := runCI(t, dir, script, "GITHUB_STEP_SUMMARY="+summary)
		if !ok || !strings.Contains(out, says) {
			t.Errorf("%s: succeeds %v, without %q:\n%s\n%s", section, ok, says, script, out)
		}
		if text, err := os.ReadFile(summary); section == "GitHub Actions" && (err != nil || !strings.HasPrefix(string(text), "**Heap budget: all 2 limits kept**")) {
			t.Errorf("the job's summary: %s, %v", text, err)
		}
	}
}
