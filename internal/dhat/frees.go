package dhat

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"heapprof/internal/profile"
)

// freesJSON is a profile.Frees in a file: the different stacks of frees, and rows that refer
// to them.
type freesJSON struct {
	Stacks stacksJSON      `json:"freeStacks"` // nil: it was not recorded where blocks were freed
	Freed  [][4]uint64     `json:"freed"`      // point, stack, bytes, blocks
	Wrong  []wrongFreeJSON `json:"wrongFrees"`
}

// stacksJSON are stacks in a file. There may be a hundred thousand, which encoding/json takes five
// times as long to read.
type stacksJSON [][]uint32

// UnmarshalJSON reads lists of numbers as they are written. What is not written so, if it is no
// error, encoding/json reads.
func (s *stacksJSON) UnmarshalJSON(text []byte) error {
	stacks, ok := scanStacks(text)
	if !ok {
		return json.Unmarshal(text, (*[][]uint32)(s))
	}
	*s = stacks
	return nil
}

// scanStacks reads a list of lists of whole numbers of 32 bits. It reports false for a text that is
// written in another way.
func scanStacks(text []byte) (stacks [][]uint32, ok bool) {
	var arena profile.Arena[uint32]
	stacks = make([][]uint32, 0, 1024)
	depth, number, digits := 0, uint64(0), 0
	var stack []uint32
	for _, c := range text {
		switch {
		case '0' <= c && c <= '9':
			number, digits = number*10+uint64(c-'0'), digits+1
			if depth != 2 || number > math.MaxUint32 {
				return nil, false
			}
		case c == '[' && depth < 2:
			depth++
			stack = stack[:0]
		case c == ',' && depth == 2 && digits > 0, c == ']' && depth > 0:
			if digits > 0 {
				stack = append(stack, uint32(number))
			}
			number, digits = 0, 0
			if c == ']' {
				if depth--; depth == 1 {
					stacks = append(stacks, arena.Add(stack))
				}
			}
		case c == ',' && depth == 1, c == ' ', c == '\n', c == '\r', c == '\t':
		default:
			return nil, false
		}
	}
	return stacks, true
}

// wrongFreeJSON is a profile.WrongFree in a file.
type wrongFreeJSON struct {
	Kind   string `json:"kind"`
	Point  int    `json:"point"` // -1: not known
	Stack  int    `json:"stack"`
	Blocks uint64 `json:"blocks"`
}

// newFreesJSON returns the frees as they stand in a file.
func newFreesJSON(f *profile.Frees) (j freesJSON) {
	if f == nil {
		return j
	}
	stacks, ofFreed, ofWrong := f.Distinct()
	j.Stacks = append([][]uint32{}, stacks...)
	for i, freed := range f.Stacks {
		j.Freed = append(j.Freed, [4]uint64{uint64(freed.Point), uint64(ofFreed[i]), freed.Bytes, freed.Blocks})
	}
	for i, wrong := range f.Wrong {
		j.Wrong = append(j.Wrong, wrongFreeJSON{string(wrong.Kind), wrong.Point, ofWrong[i], wrong.Blocks})
	}
	return j
}

// frees returns the frees that j stands for; nil where it was not recorded where blocks were
// freed. The points and frames that they refer to are not checked.
func (j *freesJSON) frees() (*profile.Frees, error) {
	if j.Stacks == nil {
		return nil, nil
	}
	for i, stack := range j.Stacks {
		if len(stack) > maxStack {
			return nil, fmt.Errorf("stack %d of frees has more than %d frames", i, maxStack)
		}
	}
	f := new(profile.Frees)
	for i, row := range j.Freed {
		point, stack := row[0], row[1]
		if stack >= uint64(len(j.Stacks)) {
			return nil, fmt.Errorf("row %d of freed blocks refers to stack %d, and there are %d stacks of frees", i, stack, len(j.Stacks))
		}
		f.Stacks = append(f.Stacks, profile.Freed{Point: pointIndex(point), Frames: j.Stacks[stack], Bytes: row[2], Blocks: row[3]})
	}
	for i, w := range j.Wrong {
		if w.Stack < 0 || w.Stack >= len(j.Stacks) {
			return nil, fmt.Errorf("wrong free %d refers to stack %d, and there are %d stacks of frees", i, w.Stack, len(j.Stacks))
		}
		f.Wrong = append(f.Wrong, profile.WrongFree{Kind: profile.WrongKind(w.Kind), Point: w.Point, Frames: j.Stacks[w.Stack], Blocks: w.Blocks})
	}
	return f, nil
}

// checkFrees returns the error for frees that refer to points or frames which do not exist,
// or which add up to more than 64 bits; nil if there are none.
func checkFrees(p *profile.Profile) error {
	if p.Recording == nil || p.Recording.Frees == nil {
		return nil
	}
	f := p.Recording.Frees
	stacks, _, _ := f.Distinct()
	for i, stack := range stacks {
		for _, frame := range stack {
			if int(frame) >= len(p.Frames) {
				return fmt.Errorf("stack %d of frees refers to frame %d, and the frame table ends before %d", i, frame, len(p.Frames))
			}
		}
	}
	var bytes, blocks, wrong uint64
	add := func(sum *uint64, n uint64) (carry uint64) {
		*sum, carry = bits.Add64(*sum, n, 0)
		return carry
	}
	for i, freed := range f.Stacks {
		if freed.Point < 0 || freed.Point >= len(p.Points) {
			return fmt.Errorf("row %d of freed blocks refers to point %d, and there are %d points", i, freed.Point, len(p.Points))
		}
		if add(&bytes, freed.Bytes)+add(&blocks, freed.Blocks) != 0 {
			return errors.New("the freed blocks add up to more than 2^64-1")
		}
	}
	for i, w := range f.Wrong {
		if w.Point < -1 || w.Point >= len(p.Points) {
			return fmt.Errorf("wrong free %d refers to point %d, and there are %d points", i, w.Point, len(p.Points))
		}
		if add(&wrong, w.Blocks) != 0 {
			return errors.New("the wrong frees add up to more than 2^64-1")
		}
	}
	return nil
}
