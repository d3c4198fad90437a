package heap

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// pasts is what a result says of moments, as plain data.
type pasts struct {
	Moments []Moment
	States  [][]State // by site
	Births  [][]Births
}

// takePasts returns what r says of moments, and removes it from r.
func takePasts(r *Result) pasts {
	p := pasts{r.Moments, r.States, r.Births}
	for id := range p.States {
		if len(p.States[id]) == 0 {
			p.States[id] = nil
		}
	}
	r.Moments, r.States, r.Births = nil, nil, nil
	return p
}

// modelMoments is what a model knows of moments: how every site was after every event, and which
// marks there were.
type modelMoments struct {
	began   uint64
	changes [][]modelChange // by site
	marks   []modelMark
}

type modelChange struct {
	stamp       uint64
	total, live Amount
}

type modelMark struct {
	Moment
	changes []int // by site: how many there had been
}

// note keeps what has changed at a moment.
func (m *model) note(stamp uint64) {
	for len(m.moments.changes) < len(m.sites) {
		m.moments.changes = append(m.moments.changes, []modelChange{{}})
	}
	for i, s := range m.sites {
		changes := &m.moments.changes[i]
		if last := (*changes)[len(*changes)-1]; last.total != s.total || last.live != s.live {
			*changes = append(*changes, modelChange{stamp, s.total, s.live})
		}
	}
}

func (m *model) mark(stamp uint64, name string) {
	m.begin(stamp)
	m.note(stamp)
	mark := modelMark{Moment: Moment{stamp, name}}
	for _, c := range m.moments.changes {
		mark.changes = append(mark.changes, len(c))
	}
	m.moments.marks = append(m.moments.marks, mark)
}

// pasts returns what is to be known of moments.
func (m *model) pasts(moments []Moment) pasts {
	p := pasts{Moments: moments, States: make([][]State, len(m.sites)), Births: make([][]Births, len(m.sites))}
	m.note(0)
	marks := slices.Clone(m.moments.marks)
	for site, changes := range m.moments.changes {
		n, mark := 1, 0 // changes that there had been, and marks
		last := State{}
		for i, moment := range moments {
			if moment.Mark != "" {
				if n = 1; site < len(marks[mark].changes) {
					n = marks[mark].changes[site]
				}
				mark++
			}
			for moment.Mark == "" && n < len(changes) && changes[n].stamp <= moment.Stamp {
				n++
			}
			c := changes[n-1]
			last.Moment = uint32(i)
			if s := (State{uint32(i), c.total.Bytes, c.total.Blocks, c.live.Bytes, c.live.Blocks}); s != last {
				last = s
				p.States[site] = append(p.States[site], s)
			}
		}
	}
	births := make([]map[int]Amount, len(m.sites))
	birth := func(b *modelBlock) {
		i := slices.IndexFunc(moments, func(at Moment) bool { return at.Stamp >= b.birth })
		if i < 0 {
			i = len(moments)
		}
		if births[b.site] == nil {
			births[b.site] = make(map[int]Amount)
		}
		a := births[b.site][i]
		births[b.site][i] = Amount{a.Bytes + b.size, a.Blocks + 1}
	}
	for _, b := range m.live {
		birth(b)
	}
	for _, t := range m.threads {
		if t.resizing != nil {
			birth(t.resizing)
		}
	}
	for site := range births {
		for i := range len(moments) + 1 {
			if a, ok := births[site][i]; ok {
				p.Births[site] = append(p.Births[site], Births{uint32(i), a})
			}
		}
	}
	return p
}

// checkPasts compares what is known of moments, and sees whether there are those that there should be.
func checkPasts(t *testing.T, got pasts, m *model, end uint64) {
	t.Helper()
	if want := m.pasts(got.Moments); !reflect.DeepEqual(got, want) {
		for site := range want.States {
			if !reflect.DeepEqual(got.States[site], want.States[site]) {
				t.Fatalf("site %d of %d, moments %v:\ngot  %v\nwant %v", site, len(want.States), got.Moments, got.States[site], want.States[site])
			}
		}
		t.Fatalf("births\ngot  %s\nwant %s", cut(got.Births), cut(want.Births))
	}
	var marks, wantMarks, windows []Moment
	for _, m := range got.Moments {
		if m.Mark != "" {
			marks = append(marks, m)
		} else {
			windows = append(windows, m)
		}
	}
	for _, m := range m.moments.marks {
		wantMarks = append(wantMarks, m.Moment)
	}
	if !slices.Equal(marks, wantMarks) {
		t.Fatalf("marks %v, want %v", marks, wantMarks)
	}
	if !slices.IsSortedFunc(got.Moments, func(a, b Moment) int { return int(a.Stamp) - int(b.Stamp) }) {
		t.Fatalf("moments are out of order: %v", got.Moments)
	}
	if !m.began {
		return
	}
	interval := uint64(firstWindow)
	for m.moments.began+interval*(maxWindows+1) < end {
		interval *= 2
	}
	var want []Moment
	for at := m.moments.began + interval; at < end; at += interval {
		want = append(want, Moment{Stamp: at})
	}
	if !slices.Equal(windows, want) {
		t.Fatalf("from %d to %d the windows end at %v, want %v", m.moments.began, end, windows, want)
	}
}

// cut returns v in words, not too many.
func cut(v any) string { return fmt.Sprintf("%.2000s", fmt.Sprint(v)) }
