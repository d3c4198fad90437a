package massif

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/dhat"
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// tree is the stacks of a profile as massif's trees have them: what allocates is at the top, and its callers are below.
type tree struct {
	texts  []string  // of frames, each once
	stacks [][]int32 // of each point: indices into texts, innermost first
	order  []int     // the points, so that those with the same innermost frames stand together

	// sums has, of the snapshot at hand, the bytes of the points in order up to each.
	sums []uint64
}

// unknown is how massif writes a place of which nothing is known.
const unknown = "0x0: ???"

// newTree returns the tree of a profile. Of a stack deeper than heapprof's own are at most, what is outward is left out: in
// the file a frame takes as many spaces as there are frames inside of it.
func newTree(s *view.Source) *tree {
	p := s.Profile
	t := &tree{stacks: make([][]int32, len(p.Points)), order: make([]int, len(p.Points)), sums: make([]uint64, len(p.Points)+1)}
	known := map[string]int32{}
	textOf := func(text string) int32 {
		i, ok := known[text]
		if !ok {
			i = int32(len(t.texts))
			t.texts = append(t.texts, text)
			known[text] = i
		}
		return i
	}
	of := make([]int32, len(p.Frames))
	for i := range p.Frames {
		of[i] = textOf(frameText(&p.Frames[i]))
	}
	var buffer []uint32
	for i := range p.Points {
		t.order[i] = i
		stack := s.Frames.BelowAllocator(p.Points[i].Stack.Into(&buffer))
		for _, f := range stack[:min(len(stack), profile.MaxDepth)] {
			t.stacks[i] = append(t.stacks[i], of[f])
		}
		if len(stack) == 0 {
			t.stacks[i] = []int32{textOf(unknown)}
		}
	}
	slices.SortStableFunc(t.order, func(a, b int) int { return slices.Compare(t.stacks[a], t.stacks[b]) })
	return t
}

// frameText returns a frame as massif writes it, which is as DHAT does, but that an address is always there.
func frameText(f *profile.Frame) string {
	text := names.Printable(dhat.FormatFrame(f))
	if !strings.HasPrefix(text, "0x") {
		text = "0x0: " + text
	}
	return text
}

// write writes the tree of a snapshot below a line with the words top.
func (t *tree) write(out *bufio.Writer, s *snapshot, top string) {
	for i, point := range t.order {
		t.sums[i+1] = t.sums[i] + s.of(point)
	}
	least := uint64(math.Ceil(float64(s.bytes) * float64(s.share) / 10_000))
	t.node(out, s, least, 0, part{0, len(t.order)}, top)
}

// part is a row of points in order whose stacks have some innermost frames in common.
type part struct{ from, to int }

func (t *tree) bytes(p part) uint64 { return t.sums[p.to] - t.sums[p.from] }

// node writes the node of a part that has depth frames in common, and those below it.
func (t *tree) node(out *bufio.Writer, s *snapshot, least uint64, depth int, p part, text string) {
	callers := t.callers(p, depth)
	small := 0
	for small < len(callers) && t.bytes(callers[len(callers)-1-small]) < least {
		small++
	}
	callers, rest := callers[:len(callers)-small], callers[len(callers)-small:]
	var folded uint64
	for _, c := range rest {
		folded += t.bytes(c)
	}
	// Where what is folded stands among the others, by its size.
	at := slices.IndexFunc(callers, func(c part) bool { return t.bytes(c) < folded })
	if at < 0 {
		at = len(callers)
	}
	t.line(out, depth, len(callers)+min(small, 1), t.bytes(p), text)
	for i := range len(callers) + 1 {
		if i == at && small > 0 {
			t.line(out, depth+1, 0, folded, foldedWords(small, s.share))
		}
		if i < len(callers) {
			c := callers[i]
			t.node(out, s, least, depth+1, c, t.texts[t.stacks[t.order[c.from]][depth]])
		}
	}
}

// callers returns the parts of a part by their next frame outward, the largest first. What has none is in no
// part, and so are callers of nothing.
func (t *tree) callers(p part, depth int) (all []part) {
	for from := p.from; from < p.to; {
		stack := t.stacks[t.order[from]]
		if len(stack) <= depth {
			from++
			continue
		}
		to := from + 1
		for to < p.to && t.stacks[t.order[to]][depth] == stack[depth] {
			to++
		}
		if c := (part{from, to}); t.bytes(c) > 0 {
			all = append(all, c)
		}
		from = to
	}
	slices.SortStableFunc(all, func(a, b part) int { return cmp.Compare(t.bytes(b), t.bytes(a)) })
	return all
}

func (t *tree) line(out *bufio.Writer, depth, callers int, bytes uint64, text string) {
	for range depth {
		out.WriteByte(' ')
	}
	out.WriteByte('n')
	out.Write(strconv.AppendInt(out.AvailableBuffer(), int64(callers), 10))
	out.WriteString(": ")
	out.Write(strconv.AppendUint(out.AvailableBuffer(), bytes, 10))
	out.WriteByte(' ')
	out.WriteString(text)
	out.WriteByte('\n')
}

// foldedWords says what a number of callers are that have no nodes, in massif's words, by which readers know them.
func foldedWords(n int, share uint64) string {
	if n == 1 {
		return fmt.Sprintf("in 1 place, below massif's threshold (%d.%02d%%)", share/100, share%100)
	}
	return fmt.Sprintf("in %d places, all below massif's threshold (%d.%02d%%)", n, share/100, share%100)
}
