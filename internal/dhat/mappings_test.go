package dhat

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestNoMappingsIsNotTheSameAsNoneMade(t *testing.T) {
	p := profiletest.Sample()
	p.Recording.Mappings = &profile.Mappings{}
	if got := decode(t, encode(t, p)); got.OfMappings() == nil || len(got.OfMappings().Points) != 0 {
		t.Errorf("recorded and none made: %+v", got.Recording.Mappings)
	}
	p.Recording.Mappings = nil
	if got := decode(t, encode(t, p)); got.OfMappings() != nil {
		t.Errorf("not recorded: %+v", got.Recording.Mappings)
	}
}
