//go:build linux

package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

func TestEachProgramRunsOnItsShortInput(t *testing.T) {
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			b := bench{ctx: t.Context(), work: t.TempDir()}
			c, err := p.command(b.work, true)
			var missing *missingError
			switch {
			case errors.As(err, &missing) && p.optional:
				t.Skip(err)
			case errors.As(err, &missing):
				testkit.Skip(t, "%v", err)
			case err != nil:
				t.Fatal(err)
			}
			m, err := b.once(&tool{name: "native"}, c)
			if err != nil {
				t.Fatal(err)
			}
			if c.rate != nil && m.rate <= 0 {
				t.Errorf("its throughput is %v", m.rate)
			}
		})
	}
}

func TestAServerEndsWithItsClient(t *testing.T) {
	nothing := command{
		argv:   []string{testkit.Tool(t, "sleep"), "600"}, // serves nothing
		client: func(context.Context) ([]byte, error) { return nil, errors.New("no answer") },
		rate:   redisRate,
	}
	b := bench{ctx: t.Context(), work: t.TempDir()}
	if _, err := b.once(&tool{name: "native"}, nothing); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("the error is %v, want the client's", err)
	}
}

func TestAPeerThatTakesTooLongIsStopped(t *testing.T) {
	// As heaptrack does: a script that waits for the program.
	script := &tool{name: "script", peer: true, limit: 50 * time.Millisecond, wrap: func(string) []string {
		return []string{testkit.Tool(t, "sh"), "-c", `"$@"; exit 0`, "sh"}
	}}
	b := bench{ctx: t.Context(), work: t.TempDir()}
	c := command{argv: []string{testkit.Tool(t, "sleep"), "600.0625"}}
	if _, err := b.once(script, c); err == nil || !strings.Contains(err.Error(), "not done after 50ms") {
		t.Errorf("the error is %v", err)
	}
	left := func(p procfs.Process) bool {
		args, _ := p.Arguments()
		return slices.Equal(args, c.argv)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		processes, err := procfs.Processes()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(processes, left) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q is left", c.argv)
		}
	}
}

func TestPicturesOfAProfileAreOpenedAndZoomed(t *testing.T) {
	testkit.Tool(t, "chromium")
	testkit.NodePackage(t, "playwright-core")
	var out strings.Builder
	file := filepath.Join(testkit.Root(t), "testdata", "profiles", "valgrind-heap.json")
	if err := run(t.Context(), []string{"-profile", file, "-n", "1"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if row := regexp.MustCompile(`(?m)^valgrind-heap\.json +0\.0( +\d+( +\d+\.\d{3}){3}){2}$`); !row.MatchString(out.String()) {
		t.Errorf("the table has no figures:\n%s", &out)
	}
}
