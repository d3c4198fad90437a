package dhat

import (
	"reflect"
	"testing"
)

func TestMappingsAreAProfileOfTheirOwn(t *testing.T) {
	p := sample()
	heap := p.Totals()
	m := p.OfMappings()
	if m.Mode != ModeMappings || m.Units.Blocks != "mappings" || m.PeakTime != 1200 || m.EndTime != p.EndTime {
		t.Errorf("got %+v", m)
	}
	if sum := m.Totals(); sum.TotalBytes != 1<<20 || sum.TotalBlocks != 2 || sum.PeakBytes != 1<<18 || sum.EndBytes != 4096 {
		t.Errorf("the mappings' totals are %+v", sum)
	}
	if m.OfMappings() != nil || m.Extra.Timeline != nil {
		t.Errorf("what is the heap's is in the mappings' profile: %+v", m.Extra)
	}
	if got := p.Totals(); !reflect.DeepEqual(got, heap) || p.Mode != "heap" || p.Extra.Timeline == nil {
		t.Errorf("the heap's profile has changed: %+v", p)
	}
}

func TestNoMappingsIsNotTheSameAsNoneMade(t *testing.T) {
	p := sample()
	p.Extra.Mappings = &Mappings{}
	if got := decode(t, encode(t, p)); got.OfMappings() == nil || len(got.OfMappings().Points) != 0 {
		t.Errorf("recorded and none made: %+v", got.Extra.Mappings)
	}
	p.Extra.Mappings = nil
	if got := decode(t, encode(t, p)); got.OfMappings() != nil {
		t.Errorf("not recorded: %+v", got.Extra.Mappings)
	}
}

func TestNormalizeMergesMappingsOfTheSameStack(t *testing.T) {
	p := sample()
	m := p.Extra.Mappings
	twice := m.Points[0]
	m.Points = append(m.Points, twice)
	p.Normalize()
	twice.Add(&twice)
	got := p.Extra.Mappings.Points
	if len(got) != 1 || got[0].TotalBytes != twice.TotalBytes || p.Extra.MergedPoints != 8 {
		t.Errorf("got %+v", got)
	}
	if f := p.Frames[got[0].Frames[0]]; f != MappedMemory {
		t.Errorf("the innermost frame is %s", f)
	}
}
