package profile_test

import (
	"reflect"
	"testing"

	. "heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestMappingsAreAProfileOfTheirOwn(t *testing.T) {
	p := profiletest.Sample()
	p.Moments = append(p.Moments, Moment{Time: 1})
	p.Recording.Snapshots = append(p.Recording.Snapshots, Snapshot{})
	p.Recording.Resident, p.Recording.ByThread, p.Recording.HasFacts = &Resident{}, []Thread{{}}, true
	heap := p.Totals()
	m := p.OfMappings()
	if m.Mode != ModeMappings || m.Units.Blocks != "mappings" || m.PeakTime != 1200 || m.EndTime != p.EndTime {
		t.Errorf("got %+v", m)
	}
	if sum := m.Totals(); sum.TotalBytes != 1<<20 || sum.TotalBlocks != 2 || sum.PeakBytes != 1<<18 || sum.EndBytes != 4096 {
		t.Errorf("the mappings' totals are %+v", sum)
	}
	if p.Sampling.IsExact() || !m.Sampling.IsExact() {
		t.Errorf("blocks were sampled, and mappings were not: %+v, %+v", p.Sampling, m.Sampling)
	}
	if r := m.Recording; m.OfMappings() != nil || m.Timeline != nil || m.Moments != nil || r.Snapshots != nil || r.Resident != nil || r.ByThread != nil || r.HasFacts {
		t.Errorf("what is the heap's is in the mappings' profile: %+v", r)
	}
	if got := p.Totals(); !reflect.DeepEqual(got, heap) || p.Mode != "heap" || p.Timeline == nil {
		t.Errorf("the heap's profile has changed: %+v", p)
	}
}

func TestNormalizeMergesMappingsOfTheSameStack(t *testing.T) {
	p := profiletest.Sample()
	m := p.Recording.Mappings
	twice := m.Points[0]
	m.Points = append(m.Points, twice)
	p.Normalize()
	twice.Add(&twice)
	got := p.Recording.Mappings.Points
	if len(got) != 1 || got[0].TotalBytes != twice.TotalBytes || p.Recording.MergedPoints != 8 {
		t.Errorf("got %+v", got)
	}
	if f := p.Frames[got[0].Stack.At(0)]; f != Marker(MappedMemory) {
		t.Errorf("the innermost frame is %v", f)
	}
}
