//go:build linux && (amd64 || arm64)

package recordtest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestFunctionsOfAScriptHaveNames: node writes a perf map of the code that it makes, or a jitdump file; at least 95 % of what the
// script allocates outside of JavaScript's heap carries the function that did.
func TestFunctionsOfAScriptHaveNames(t *testing.T) {
	node := testkit.Tool(t, "node")
	script := filepath.Join(testkit.Root(t), "testdata", "programs", "buffers.js")
	for _, option := range []string{"--perf-basic-prof", "--perf-prof"} {
		t.Run(option, func(t *testing.T) {
			t.Chdir(t.TempDir()) // where the jitdump file goes
			r := record(t, nil, node, option, "--interpreted-frames-native-stack", script)
			if r.Status != 0 {
				t.Fatalf("status %d\n%s", r.Status, r.Stderr)
			}
			defer os.Remove(fmt.Sprintf("/tmp/perf-%d.map", r.Profile.PID))
			var ofFill, ofGrow uint64
			for _, p := range r.Profile.Points {
				for _, f := range p.Stack.All() {
					frame := &r.Profile.Frames[f]
					if frame.Language != profile.JavaScript || frame.File != script {
						continue
					}
					switch {
					case frame.Function == "fill" && frame.Line == 5:
						ofFill += p.TotalBytes
					case frame.Function == "grow" && frame.Line == 10:
						ofGrow += p.TotalBytes
					default:
						continue
					}
					break
				}
			}
			if least := uint64(400 * 20000 * 95 / 100); ofFill < least {
				t.Errorf("fill has allocated %d bytes, want at least %d", ofFill, least)
			}
			if least := uint64(100 * 80000 * 95 / 100); ofGrow < least {
				t.Errorf("grow has allocated %d bytes, want at least %d", ofGrow, least)
			}
		})
	}
}

// TestStacksLeadThroughCodeThatLuaJITHasCompiled: its code keeps no frame pointer, and runs in a frame of its interpreter's.
func TestStacksLeadThroughCodeThatLuaJITHasCompiled(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("LuaJIT's frames are known on x86-64 alone")
	}
	r := record(t, nil, testkit.Tool(t, "luajit"), filepath.Join(testkit.Root(t), "testdata", "programs", "traces.lua"))
	if r.Status != 0 || r.Stdout != "4000\n" {
		t.Fatalf("status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	if c := r.Profile.Recording.Counts; c.IncompleteBlocks != 0 {
		t.Errorf("%d blocks have stacks that are said to be incomplete, want none", c.IncompleteBlocks)
	}
	var compiled, whole uint64
	for _, p := range r.Profile.Points {
		made, called := false, false
		for _, f := range p.Stack.All() {
			frame := &r.Profile.Frames[f]
			made = made || frame.Module == nil && !frame.IsMarker()
			called = called || made && frame.Function == "lua_pcall"
		}
		if made {
			compiled += p.TotalBlocks
		}
		if called {
			whole += p.TotalBlocks
		}
	}
	if compiled < 3500 || whole != compiled {
		t.Errorf("%d blocks come from compiled code, want at least 3500; of %d the stack leads on to lua_pcall", compiled, whole)
	}
}

// TestCodeThatTookThePlaceOfAnotherFunctionsIsNoted: an address has one name, though what was allocated through it may be another's.
func TestCodeThatTookThePlaceOfAnotherFunctionsIsNoted(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the program's code is of x86-64")
	}
	for _, args := range [][]string{{}, {"second"}} {
		r := record(t, nil, testkit.Build(t, "jit_replaced.c"), args...)
		os.Remove(fmt.Sprintf("/tmp/perf-%d.map", r.Profile.PID))
		var noted uint64
		for _, n := range r.Profile.Recording.Notes {
			if n.Code == profile.MadeReplaced {
				noted += n.Count
			}
		}
		if want := uint64(200 * len(args)); noted != want {
			t.Errorf("%v: %d blocks are noted, want %d", args, noted, want)
		}
	}
}
