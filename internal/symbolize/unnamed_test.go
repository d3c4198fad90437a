package symbolize

import (
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestWhatStaysWithoutANameIsToldByItsFunction(t *testing.T) {
	program := testkit.Build(t, "tree.c", "-O0", "-Wl,--build-id=0xc0ffee")
	stripped := filepath.Join(t.TempDir(), "tree")
	if out, err := exec.Command(testkit.Tool(t, "strip"), "-o", stripped, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var insert uint64
	for _, s := range testkit.Symbols(t, program) {
		if s.Name == "insert" {
			insert = s.Value
		}
	}
	const bias = 0x7f0000000000
	m := &profile.Module{Path: stripped, BuildID: "c0ffee", Start: bias, End: bias + 1<<20, Bias: bias}
	p := &profile.Profile{
		Frames:  []profile.Frame{profile.Root, {Addr: bias + insert + 4, Module: m}, {Addr: bias + insert + 9, Module: m}},
		Points:  []profile.Point{{Stack: profile.StackOf(1, 2)}},
		Modules: []*profile.Module{m},
	}
	r := Name(p, Options{})
	for _, f := range p.Points[0].Stack.All() {
		if got := p.Frames[f]; got.Function != "" || got.Entry != bias+insert {
			t.Errorf("got %+v, want the function at %#x", got, bias+insert)
		}
	}
	if r.Named != 0 {
		t.Errorf("%d frames are said to have got names", r.Named)
	}
}
