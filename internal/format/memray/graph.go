package memray

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strings"

	"heapprof/internal/profile"
)

// graphHead is how a graph begins that memray has written.
const graphHead = `{"version": 0, "costs": [{"description":`

func isGraph(head []byte) bool { return bytes.HasPrefix(head, []byte(graphHead)) }

// readGraph reads a graph for gprof2dot. It has the bytes of profile.Peak and no blocks, and frames without lines.
func readGraph(r io.Reader) (*profile.Profile, error) {
	from := &source{r: r}
	g := &graph{json: json.NewDecoder(from), stacks: newStacks(empty(profile.Peak | profile.NoTotals | profile.NoBlocks)), cost: -1}
	err := g.read()
	var format *profile.FormatError
	switch {
	case from.err != nil:
		return nil, from.err
	case err != nil && !errors.As(err, &format):
		return nil, profile.Formatf("is damaged: %v", err)
	case err != nil:
		return nil, err
	}
	g.stacks.p.Normalize()
	return g.stacks.p, nil
}

// source is a reader that remembers its error.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(to []byte) (int, error) {
	n, err := s.r.Read(to)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// graph has what was read so far.
type graph struct {
	json      *json.Decoder
	stacks    stacks
	cost      int    // which of an event's costs counts bytes; negative before it is known
	functions uint32 // that events refer to: one more than the highest
	bytes     uint64
}

// read reads the whole graph.
func (g *graph) read() error {
	if err := g.expect(json.Delim('{')); err != nil {
		return err
	}
	for g.json.More() {
		key, err := g.json.Token()
		if err != nil {
			return err
		}
		switch key {
		case "costs":
			err = g.readCosts()
		case "events":
			err = g.each(g.readEvent)
		case "functions":
			err = g.each(g.readFunction)
		default:
			var passed json.RawMessage
			err = g.json.Decode(&passed)
		}
		if err != nil {
			return err
		}
	}
	if err := g.expect(json.Delim('}')); err != nil {
		return err
	}
	if known := len(g.stacks.p.Frames) - 1; int64(g.functions) > int64(known) {
		return profile.Formatf("is damaged: an event refers to function %d, and there are %d", g.functions-1, known)
	}
	return nil
}

// expect reads one token, which is to be that.
func (g *graph) expect(want json.Delim) error {
	token, err := g.json.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && token != want {
		err = profile.Formatf("is damaged: it has %v where a graph has %v", token, want)
	}
	return err
}

// each reads the elements of a list, each with read.
func (g *graph) each(read func() error) error {
	if err := g.expect(json.Delim('[')); err != nil {
		return err
	}
	for g.json.More() {
		if err := read(); err != nil {
			return err
		}
	}
	return g.expect(json.Delim(']'))
}

func (g *graph) readCosts() error {
	var costs []struct{ Description, Unit string }
	if err := g.json.Decode(&costs); err != nil {
		return err
	}
	if g.cost = slices.IndexFunc(costs, func(c struct{ Description, Unit string }) bool { return c.Unit == "bytes" }); g.cost < 0 {
		return profile.Formatf("is a graph for gprof2dot that counts no bytes")
	}
	return nil
}

// readEvent reads a stack and what lived of it.
func (g *graph) readEvent() error {
	var event struct {
		Callchain []uint32
		Cost      []uint64
	}
	if err := g.json.Decode(&event); err != nil {
		return err
	}
	if g.cost < 0 || g.cost >= len(event.Cost) {
		return profile.Formatf("is damaged: it does not say what an event costs")
	}
	const most = 1 << 31 // frames, of which the first stands for no function
	for i, function := range event.Callchain {
		if function >= most {
			return profile.Formatf("is damaged: an event refers to function %d", function)
		}
		g.functions = max(g.functions, function+1)
		event.Callchain[i] = function + 1
	}
	size := event.Cost[g.cost]
	var carry uint64
	if g.bytes, carry = bits.Add64(g.bytes, size, 0); carry != 0 {
		return profile.Formatf("is damaged: the sum of all is more than 2^64-1")
	}
	g.stacks.point(event.Callchain).PeakBytes += size
	return nil
}

// readFunction reads a function.
func (g *graph) readFunction() error {
	var function struct{ Name, Module string }
	if err := g.json.Decode(&function); err != nil {
		return err
	}
	g.stacks.p.Frames = append(g.stacks.p.Frames, newFrame(strings.ToValidUTF8(function.Name, "\uFFFD"), strings.ToValidUTF8(function.Module, "\uFFFD"), 0))
	return nil
}
