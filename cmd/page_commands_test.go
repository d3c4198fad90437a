package cmd

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// TestTheCommandsOfAPageAreRight runs each kind of command that a page offers.
func TestTheCommandsOfAPageAreRight(t *testing.T) {
	modules := modulesDir(t)
	held := reporttest.Held()
	held.FindLost()
	run := func(p ...*profile.Profile) {
		t.Helper()
		x := lookedAt(t, nil, p...)
		chosen := []map[string]any{{"inverted": true}, {"fold": false}, {"filter": "it's $HOME"}, {"filter": "a(b"}, {"filter": "[i]ndex"}, {"filter": "(?=x)"}}
		add := func(values map[string]any) { chosen = append(chosen, values) }
		for _, view := range []string{"flame", "table", "tree", "histograms", "owners"} {
			add(map[string]any{"view": view})
		}
		for _, preset := range []string{"peak", "leaks", "churn", "growth", "resident", "retained", "types"} {
			add(map[string]any{"view": "table", "preset": preset})
		}
		for _, group := range []string{"site", "function", "type", "module", "crate", "file"} {
			add(map[string]any{"view": "table", "group": group})
		}
		for _, m := range x.Metrics {
			add(map[string]any{"metric": m.Name})
		}
		ranges := [][]int{nil}
		if x.Windows != nil {
			ranges = append(ranges, []int{-1, 3}, []int{2, 4}, []int{3, len(x.Windows.Time)})
		}
		for _, r := range ranges {
			pick := func(kind string, count int) {
				for id := range min(count, 4) {
					add(map[string]any{"range": r, "metric": "total-bytes", "selection": map[string]any{"kind": kind, "id": id, "type": -1}})
				}
			}
			pick("function", len(x.Functions.Name))
			pick("place", len(x.Places.Function))
			pick("type", len(x.Types.Name))
			pick("finding", len(x.Findings))
			if len(x.Held) > 0 {
				pick("owner", len(x.Held[0].Owners))
			}
		}
		var commands [][]string
		asked(t, modules, "commands", map[string]any{"page": x, "all": chosen}, &commands)
		done := map[string]bool{}
		for i, all := range commands {
			for j, args := range words(t, all) {
				if done[all[j]] {
					continue
				}
				done[all[j]] = true
				var out bytes.Buffer
				if status := Run(&console.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Width: 100}, args); status != console.ExitOK {
					t.Errorf("for %v: %s\n%s", chosen[i], all[j], out.String())
				}
			}
		}
		if len(done) < 10 {
			t.Errorf("only %d commands", len(done))
		}
	}
	run(reporttest.Found())
	run(held)
	run(reporttest.Sampled())
	run(reporttest.Typed(), reporttest.Typed())
}

// TestTheCommandsOfAPageAreGivenWhatThePageWas holds that they print the same numbers, and not those of the heap, or of other sites.
func TestTheCommandsOfAPageAreGivenWhatThePageWas(t *testing.T) {
	modules := modulesDir(t)
	all := []map[string]any{{}, {"view": "table"}, {"view": "tree", "selection": map[string]any{"kind": "function", "id": 0}}}
	holds := func(flags []string, want map[string]string, profiles ...*profile.Profile) {
		t.Helper()
		x := lookedAt(t, flags, profiles...)
		var commands [][]string
		asked(t, modules, "commands", map[string]any{"page": x, "all": all}, &commands)
		for _, command := range slices.Concat(commands...) {
			takes := flagsOf(t, strings.Fields(command)[1])
			for flag, text := range want {
				if takes[flag] != strings.Contains(command, text) {
					t.Errorf("a page with %q has %s", flags, command)
				}
			}
		}
	}
	holds([]string{"--mappings"}, map[string]string{"--mappings": " --mappings "}, reporttest.Mapped())
	holds([]string{"--plumbing", "^my_", "--own", "app,lib", "--source-path", "/src"},
		map[string]string{"--plumbing": " --plumbing '^my_' ", "--own": " --own app,lib ", "--source-path": " --source-path /src "}, reporttest.Found())
}

// flagsOf returns which flags a command of heapprof takes.
func flagsOf(t *testing.T, command string) map[string]bool {
	t.Helper()
	takes := map[string]bool{}
	for _, word := range strings.Fields(told(t, command, "--help")) {
		takes[word] = true
	}
	return takes
}

// TestTheCommandOfAQuestionAsksIt holds that leaks and churn, which a page's table shows by their metrics, are asked for by name, and that
// no command is offered that prints something else.
func TestTheCommandOfAQuestionAsksIt(t *testing.T) {
	modules := modulesDir(t)
	x := lookedAt(t, nil, reporttest.Found())
	var commands [][]string
	asked(t, modules, "commands", map[string]any{"page": x, "all": []map[string]any{
		{"view": "table", "metric": "end-bytes"}, {"view": "table", "metric": "total-blocks"}, {"view": "table", "metric": "end-blocks"}, {"view": "table"},
		{"view": "table", "brush": []int{1, 64, 1, 1000}},
	}}, &commands)
	want := [][]string{
		{"heapprof report --leaks a.json"}, {"heapprof report --churn a.json"}, {"heapprof report --leaks --sort end-blocks a.json"}, {"heapprof report a.json"},
		{},
	}
	for i, all := range commands {
		if !slices.Equal(all, want[i]) {
			t.Errorf("%q, not %q", all, want[i])
		}
	}
}

// words returns the arguments that a shell makes of commands of heapprof.
func words(t *testing.T, commands []string) (all [][]string) {
	t.Helper()
	const heapprof = `heapprof() { printf '%s\0' "$@"; printf '\1'; }`
	r := testkit.Run(t, exec.Command("sh", "-c", heapprof+"\n"+strings.Join(commands, "\n")))
	for _, args := range strings.SplitAfter(r.Stdout, "\x00\x01") {
		if args != "" {
			all = append(all, strings.Split(strings.TrimSuffix(args, "\x00\x01"), "\x00"))
		}
	}
	if len(all) != len(commands) || r.Status != 0 {
		t.Fatalf("a shell makes %q of %q: %s", all, commands, r.Stderr)
	}
	return all
}
