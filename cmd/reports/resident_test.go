package reports

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

func TestAdviceIsOnlyOnWhatIsMuch(t *testing.T) {
	for _, c := range []struct {
		part profile.ResidentPart
		want string // "": nothing is said
	}{
		{profile.ResidentPart{Kind: profile.FreeArenas, Bytes: 50 << 20, Count: 8}, "MALLOC_ARENA_MAX"},
		{profile.ResidentPart{Kind: profile.FreeArenas, Bytes: 50 << 20, Count: 1}, "malloc_trim"},
		{profile.ResidentPart{Kind: profile.FreeArenas, Bytes: 5 << 20, Count: 8}, ""},
		{profile.ResidentPart{Kind: profile.StaticData, Bytes: 50 << 20}, ""},
		{profile.ResidentPart{Kind: profile.Pinned, Bytes: 50 << 20}, "apart"},
		{profile.ResidentPart{Kind: profile.FreeAllocator, Bytes: 50 << 20, Name: "mimalloc"}, "MIMALLOC_PURGE_DELAY"},
	} {
		reading := profile.ResidentReading{Parts: []profile.ResidentPart{c.part, {Kind: profile.Files, Bytes: 50 << 20}}}
		items := residentAdvice(&view.ResidentReading{ResidentReading: &reading})
		if c.want == "" && len(items) > 0 || c.want != "" && (len(items) == 0 || !strings.Contains(items[0].Text, c.want)) {
			t.Errorf("%+v: %+v", c.part, items)
		}
		if c.want == "malloc_trim" && strings.Contains(items[0].Text, "MALLOC_ARENA_MAX") {
			t.Errorf("%+v: %+v", c.part, items)
		}
	}
}
