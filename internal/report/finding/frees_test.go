package finding

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestOfWrongFreesTheWorstOfEachKindIsNamed(t *testing.T) {
	found := WrongFrees(view.NewSource(reporttest.WrongFrees()))
	want := []struct {
		code             Code
		count, worst     uint64
		freed, allocated string
		remedy           profile.Remedy
	}{
		{MismatchedFrees, 12, 10, "c_release", "c_buffer", PairFrees},
		{FreedTwice, 1, 1, "c_release", "c_buffer", UseSanitizer},
		{ForeignFrees, 3, 3, "c_release", "", ""},
	}
	if len(found) != len(want) {
		t.Fatalf("%d findings", len(found))
	}
	for i, w := range want {
		f, allocated := found[i], ""
		if f.Site != nil {
			allocated = f.Site.Name
		}
		if f.Code != w.code || f.Evidence.Count != w.count || f.Evidence.Blocks != w.worst || f.Evidence.FreedAt.Name != w.freed || allocated != w.allocated || f.Remedy != w.remedy {
			t.Errorf("%+v, %+v", f, f.Evidence)
		}
	}
	if found := WrongFrees(view.NewSource(reporttest.Frees())); len(found) > 0 {
		t.Errorf("a program that frees as it should has %v", found)
	}
}
