package dhat

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestNormalizedProfilesOfTheSameContentAreTheSameBytes(t *testing.T) {
	want := profiletest.Sample()
	want.Normalize()
	for seed := range uint64(20) {
		p := profiletest.Sample()
		shuffle(p, rand.New(rand.NewPCG(seed, 0)))
		p.Normalize()
		if got, want := encode(t, p), encode(t, want); !bytes.Equal(got, want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
}

// shuffle renumbers the frames and reorders the points and the frees.
func shuffle(p *profile.Profile, rng *rand.Rand) {
	order := append([]int{0}, rng.Perm(len(p.Frames)-1)...)
	frames := make([]profile.Frame, len(p.Frames))
	for i := range order {
		if i > 0 {
			order[i]++
		}
		frames[order[i]] = p.Frames[i]
	}
	p.Frames = frames
	renumber := func(stack []uint32) {
		for i, f := range stack {
			stack[i] = uint32(order[f])
		}
	}
	for _, points := range [][]profile.Point{p.Points, p.Recording.Mappings.Points} {
		for i := range points {
			stack := points[i].Stack.Frames()
			renumber(stack)
			points[i].Stack = profile.StackOf(stack...)
		}
	}
	renumber(p.Recording.Limit.Crossed.Stack)
	for i := range p.Recording.Refusals {
		renumber(p.Recording.Refusals[i].Stack)
	}
	freed, wrong := p.Recording.Frees.Stacks, p.Recording.Frees.Wrong
	at := rng.Perm(len(p.Points)) // where each point comes to lie
	points := slices.Clone(p.Points)
	for i, to := range at {
		p.Points[to] = points[i]
	}
	for i := range freed {
		renumber(freed[i].Frames)
		freed[i].Point = at[freed[i].Point]
	}
	for _, reading := range p.Recording.Resident.Readings {
		for i := range reading.Parts {
			if part := &reading.Parts[i]; part.Point >= 0 {
				part.Point = at[part.Point]
			}
		}
		for i := range reading.Points {
			reading.Points[i].Point = at[reading.Points[i].Point]
		}
	}
	for _, s := range p.Recording.Snapshots {
		for _, o := range s.Owners {
			for i := range o.Top {
				o.Top[i].Point = at[o.Top[i].Point]
			}
		}
		for i := range s.SharedTop {
			s.SharedTop[i].Point = at[s.SharedTop[i].Point]
		}
		for i := range s.Groups {
			s.Groups[i].Point = at[s.Groups[i].Point]
		}
		for i := range s.Deep {
			if d := &s.Deep[i]; d.Point >= 0 {
				d.Point = at[d.Point]
			}
		}
		for i := range s.Contents {
			s.Contents[i].Point = at[s.Contents[i].Point]
		}
	}
	for i := range wrong {
		renumber(wrong[i].Frames)
		if wrong[i].Point >= 0 {
			wrong[i].Point = at[wrong[i].Point]
		}
	}
	rng.Shuffle(len(freed), func(i, j int) { freed[i], freed[j] = freed[j], freed[i] })
	rng.Shuffle(len(wrong), func(i, j int) { wrong[i], wrong[j] = wrong[j], wrong[i] })
}

// A reader may index the frames' modules by a frame's number, whatever the program allocated.
func TestFramesWithoutModulesHaveTheirEntriesToo(t *testing.T) {
	p := profiletest.Sample()
	p.Modules = nil
	for i := range p.Frames {
		p.Frames[i].Module = nil
	}
	if got, want := encode(t, p), []byte(`"frameModules":[-1`+strings.Repeat(",-1", len(p.Frames)-1)+"]\n"); !bytes.Contains(got, want) {
		t.Errorf("got\n%s\nwithout %s", got, want)
	}
}

func TestWriteRefusesWhatNoViewerTakes(t *testing.T) {
	for want, spoil := range map[string]func(p *profile.Profile){
		"point 1 refers to frame 5, and the frame table ends before 5": func(p *profile.Profile) { p.Points[1].Stack = profile.StackOf(5) },
		"the frame table does not begin with [root]":                   func(p *profile.Profile) { p.Frames[0] = profile.Frame{Function: "main"} },
		"points 0 and 1 have the same frames":                          func(p *profile.Profile) { p.Points[1].Stack = profile.StackOf(1, 2) },
		"points 0 and 2 have the same frames": func(p *profile.Profile) {
			p.Points = append(p.Points, profile.Point{Stack: profile.StackOf(1, 2)})
		},
		"the format has lifetimes, maxima, the peak and the end all together or not at all, but of a tool that it names": func(p *profile.Profile) {
			p.Recording, p.Columns, p.Sampling = nil, profile.Lives&^profile.Peak, profile.Sampling{}
		},
		"the format has the columns of heapprof's recordings only of a tool that it names": func(p *profile.Profile) { p.Recording, p.Sampling = nil, profile.Sampling{} },
		"the format tells of nothing but a recording of a tool that it names that its numbers are estimates": func(p *profile.Profile) {
			p.Recording, p.Sampling.MeanBytes = nil, 1
		},
		"the format has a timeline only of a tool that it names": func(p *profile.Profile) {
			p.Recording, p.Sampling, p.Columns = nil, profile.Sampling{}, profile.Lives
		},
	} {
		p := profiletest.Sample()
		spoil(p)
		var out bytes.Buffer
		if err := checkAndWrite(&out, p); err == nil || err.Error() != want || out.Len() > 0 {
			t.Errorf("got %v and %d bytes, want %s", err, out.Len(), want)
		}
	}
}

func TestWritePassesOnItsTargetsError(t *testing.T) {
	r, w := io.Pipe()
	broken := errors.New("nobody listens")
	r.CloseWithError(broken)
	if err := checkAndWrite(w, profiletest.Sample()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// checkAndWrite writes a profile as its users do.
func checkAndWrite(w io.Writer, p *profile.Profile) error {
	if err := Check(p); err != nil {
		return err
	}
	return Write(w, p)
}
