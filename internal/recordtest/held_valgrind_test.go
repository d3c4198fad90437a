//go:build linux && (amd64 || arm64)

package recordtest

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestPointersInDisguiseAreNoneAsValgrindSees compares the verdict on each block of a program that hides pointers in many ways.
// valgrind's "possibly lost" is held by a pointer into the block; what it says is indirectly lost hangs on lost blocks.
func TestPointersInDisguiseAreNoneAsValgrindSees(t *testing.T) {
	if testing.Short() {
		t.Skip("valgrind takes its time")
	}
	valgrind := testkit.Tool(t, "valgrind")
	const source = "held_hidden.c"
	bin := testkit.Build(t, source)
	want := lostByValgrind(t, valgrind, bin, source)
	r := record(t, []string{"--retained=exit"}, bin)
	got := holdingsOf(t, r.Profile, profile.ExitSnapshot, func(frames []profile.Frame) string {
		var key strings.Builder
		for _, f := range frames {
			if isIn(f, source) {
				fmt.Fprintf(&key, "%s:%d ", f.Function, f.Line)
			}
		}
		return key.String()
	})
	hidden := 0
	for function, by := range got.made {
		// The sums tell which blocks of a function are meant.
		if by[noOwner] != want[function] {
			t.Errorf("%v of %s are said to be lost, valgrind says %v", by[noOwner], function, want[function])
		}
		if want[function].Blocks != 0 {
			hidden++
		}
	}
	if hidden < 14 || len(got.made) < len(want) {
		t.Errorf("blocks of %d functions are lost, of %d of %d that valgrind says", hidden, len(got.made), len(want))
	}
	if t.Failed() {
		t.Log(got)
	}
}

// lostByValgrind runs a program under valgrind's memcheck and returns what it says is definitely or indirectly lost, by
// the functions and lines of a source file, innermost first.
func lostByValgrind(t *testing.T, valgrind, bin, source string, args ...string) map[string]profile.Amount {
	t.Helper()
	file := filepath.Join(t.TempDir(), "memcheck.xml")
	flags := []string{"--leak-check=full", "--leak-resolution=high", "--show-leak-kinds=all", "--num-callers=30", "--xml=yes", "--xml-file=" + file, bin}
	result := testkit.Run(t, exec.Command(valgrind, append(flags, args...)...))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, result.Stderr)
	}
	var output struct {
		Errors []struct {
			Kind   string `xml:"kind"`
			Bytes  uint64 `xml:"xwhat>leakedbytes"` // with those that hang on it
			Blocks uint64 `xml:"xwhat>leakedblocks"`
			Text   string `xml:"xwhat>text"`
			Frames []struct {
				Function string `xml:"fn"`
				File     string `xml:"file"`
				Line     uint64 `xml:"line"`
			} `xml:"stack>frame"`
		} `xml:"error"`
	}
	if err := xml.Unmarshal(text, &output); err != nil {
		t.Fatal(err)
	}
	lost := make(map[string]profile.Amount)
	for _, e := range output.Errors {
		if e.Kind != "Leak_DefinitelyLost" && e.Kind != "Leak_IndirectlyLost" {
			continue
		}
		bytes := e.Bytes
		// "1,000 (600 direct, 400 indirect) bytes in 3 blocks are definitely lost …"
		if _, direct, ok := strings.Cut(e.Text, "("); ok {
			fmt.Sscan(strings.ReplaceAll(direct, ",", ""), &bytes)
		}
		var key strings.Builder
		for _, f := range e.Frames {
			if f.File == source {
				fmt.Fprintf(&key, "%s:%d ", f.Function, f.Line)
			}
		}
		a := lost[key.String()]
		a.Add(profile.Amount{Bytes: bytes, Blocks: e.Blocks})
		lost[key.String()] = a
	}
	return lost
}

// TestNumbersAreNoPointersInAProgramThatIsNotRelocatable is of 200,000 random numbers below 2^31, where the
// heap would begin.
func TestNumbersAreNoPointersInAProgramThatIsNotRelocatable(t *testing.T) {
	r := record(t, []string{"--retained=exit"}, testkit.Build(t, "held_numbers.c", "-O0", "-g", "-no-pie"))
	h := holdingsOf(t, r.Profile, profile.ExitSnapshot, madeBy(`^(numbers|lost)$`))
	var mistaken uint64
	for _, ref := range h.References {
		if madeBy(`^lost$`)(stack(r.Profile, &r.Profile.Points[h.Groups[ref.To].Point])) != "" {
			mistaken += ref.Pointers
		}
	}
	if held := 20_000 - h.made["lost"][noOwner].Blocks; mistaken > 20 || held > 20 {
		t.Errorf("%d numbers are taken for pointers, and %d lost blocks for held", mistaken, held)
	}
	if got := h.owner(t, "held").Retained; got.Bytes < 200*1000*8 {
		t.Errorf("the table of numbers retains %v", got)
	}
	if t.Failed() {
		t.Log(h)
	}
}

// TestRunsAtOtherAddressesGiveTheSameGraph compares two runs of a program whose addresses the kernel picks anew.
func TestRunsAtOtherAddressesGiveTheSameGraph(t *testing.T) {
	var graphs [2]map[string]string
	for i := range graphs {
		r, _ := heldProgram{}.record(t)
		graphs[i] = graphOf(r.Profile, holdingsOf(t, r.Profile, profile.ExitSnapshot, heldFunction))
	}
	if len(graphs[0]) < 100 {
		t.Errorf("there are %d groups and references only", len(graphs[0]))
	}
	different := 0
	for i := range graphs {
		for key, value := range graphs[i] {
			if other := graphs[1-i][key]; other != value {
				if different++; different < 10 {
					t.Errorf("%s: %s, in the other run %q", key, value, other)
				}
			}
		}
	}
}

// graphOf returns what stands for a snapshot's groups and references, whatever their order.
func graphOf(p *profile.Profile, h holdings) map[string]string {
	graph := make(map[string]string)
	group := func(i int) string {
		g := &h.Groups[i]
		key := h.ownerName(g.Owner) + " " + g.Class
		for _, f := range stack(p, &p.Points[g.Point]) {
			key += fmt.Sprintf(" %s:%d", f.Function, f.Line)
		}
		return key
	}
	for i, g := range h.Groups {
		graph[group(i)] = fmt.Sprint(g.Live, g.Retained, g.Direct, g.Cyclic)
	}
	for _, ref := range h.References {
		if ref.From < 0 && h.Owners[ref.Owner].Kind == profile.FrameOwner {
			continue // what is left over on a thread's stack is not the same each time
		}
		from := "owner " + h.ownerName(ref.Owner)
		if ref.From >= 0 {
			from = group(ref.From)
		}
		graph[from+" -> "+group(ref.To)] = fmt.Sprint(ref.Pointers)
	}
	return graph
}
