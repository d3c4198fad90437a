package finding_test

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestPagesOfAPoolAreFoundWithItsSwitch(t *testing.T) {
	for name, c := range map[string]struct {
		frames []string // above main
		want   string
	}{
		"GLib's slices":         {[]string{"0x10: ??? (in /lib/libglib-2.0.so.0)", "0x20: g_slice_alloc (in /lib/libglib-2.0.so.0)"}, "G_SLICE=always-malloc"},
		"slices switched off":   {[]string{"0x10: g_malloc (in /lib/libglib-2.0.so.0)", "0x20: g_slice_alloc (in /lib/libglib-2.0.so.0)"}, ""},
		"libstdc++'s pool":      {[]string{"0x10: __gnu_cxx::__pool_alloc_base::_M_allocate_chunk(unsigned long, int&) (in /lib/libstdc++.so.6)"}, "GLIBCXX_FORCE_NEW=1"},
		"the pool switched off": {[]string{"0x10: __gnu_cxx::__pool_alloc<int>::allocate(unsigned long, void const*) (a.h:5)"}, ""},
	} {
		p := reporttest.Heap(reporttest.Line{Function: "f", Point: profile.Point{TotalBytes: 1 << 20, TotalBlocks: 256, PeakBytes: 1 << 20, PeakBlocks: 256}})
		p.Frames = testkit.Frames(append([]string{"[root]", "0x402000: main (/src/app/main.c:5)"}, c.frames...)...)
		p.Points[0].Stack = profile.Stack{}
		for i := range c.frames {
			p.Points[0].Stack = profile.StackOf(append(p.Points[0].Stack.Frames(), uint32(2+i))...)
		}
		p.Points[0].Stack = profile.StackOf(append(p.Points[0].Stack.Frames(), 1)...)
		got := ""
		for _, f := range findings(p) {
			if f.Code == finding.HiddenAllocator {
				got = f.Grounds.(*finding.Hiding).Runtime.Switch
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
