package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
)

// phases returns a profile of two points: of the first all blocks lived at a moment, and half of
// them at the end; of the second each was freed at once.
func phases() *Profile {
	return &Profile{
		Columns: Lives | Own, PeakTime: 25, EndTime: 40,
		Moments: []Moment{{Time: 10}, {Time: 20, Mark: "loaded"}, {Time: 20}, {Time: 30}},
		Frames:  []Frame{Root, {Function: "keep"}, {Function: "pass"}},
		Points: []Point{
			Point{TotalBytes: 80, TotalBlocks: 8, PeakBytes: 80, PeakBlocks: 8, EndBytes: 40, EndBlocks: 4, Stack: StackOf(1)}.With(Rest{Facts: &Facts{
				History: []State{{0, 30, 3, 30, 3}, {2, 50, 5, 50, 5}, {3, 80, 8, 40, 4}},
				Births:  []Births{{0, 10, 1}, {3, 30, 3}},
			}}),
			Point{TotalBytes: 9, TotalBlocks: 9, Stack: StackOf(2)}.With(Rest{Facts: &Facts{History: []State{{1, 4, 4, 0, 0}}}}),
		},
	}
}

// amounts are the points' totals and what lived, in bytes.
func amounts(p *Profile) (all [][2]uint64) {
	for _, pt := range p.Points {
		all = append(all, [2]uint64{pt.TotalBytes, pt.EndBytes})
	}
	return all
}

func TestAPartOfARunHasWhatWasAllocatedInItAndWhatLivedAtItsEnd(t *testing.T) {
	p := phases()
	loaded := p.Marked("loaded")[0]
	for name, c := range map[string]struct {
		part    *Profile
		want    [][2]uint64
		atLeast bool
	}{
		"at a window's end":         {p.At(p.Nearest(11)), [][2]uint64{{30, 30}}, false},
		"at a mark":                 {p.At(loaded), [][2]uint64{{30, 30}, {4, 0}}, false},
		"at a later moment":         {p.At(p.Nearest(30)), [][2]uint64{{80, 40}, {4, 0}}, false},
		"at the peak":               {p.At(p.Peak()), [][2]uint64{{0, 80}}, false},
		"at the end":                {p.At(p.End()), [][2]uint64{{80, 40}, {9, 0}}, false},
		"at the start":              {p.At(p.Nearest(0)), nil, false},
		"from a mark to the end":    {p.Between(loaded, p.End()), [][2]uint64{{50, 30}, {5, 0}}, false},
		"from the start to a mark":  {p.Between(p.Nearest(0), loaded), [][2]uint64{{30, 30}, {4, 0}}, false},
		"from a mark to a window":   {p.Between(loaded, p.Nearest(31)), [][2]uint64{{50, 30}}, true},
		"while some were freed too": {p.Between(p.Nearest(10), p.Nearest(31)), [][2]uint64{{50, 30}, {4, 0}}, true},
	} {
		if got := amounts(c.part); !reflect.DeepEqual(got, c.want) || c.part.Span.AtLeast != c.atLeast {
			t.Errorf("%s: %v, at least %v; want %v, %v", name, got, c.part.Span.AtLeast, c.want, c.atLeast)
		}
		if !c.part.Columns.Has(Live) || c.part.Columns.Has(End) || c.part.Columns.Has(Peak) || len(c.part.Points) > 0 && c.part.Points[0].Rest().Facts != nil {
			t.Errorf("%s: it has columns %b, and facts", name, c.part.Columns)
		}
	}
	if p.Window() != 10 {
		t.Errorf("windows are %d long, want 10", p.Window())
	}
}
