package dhat

import (
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

func TestWhyAProfileEndsIsKept(t *testing.T) {
	use := profile.MemoryUse{Of: profile.GroupLimit, Limit: 2 << 30, Used: 1 << 30}
	for name, end := range map[string]profile.Recording{
		"of the end":    {},
		"asked":         {Dump: &profile.Dump{Why: profile.DumpAsked, Number: 3, Mark: "warm", Recorder: "7/8/9"}},
		"near a limit":  {Dump: &profile.Dump{Why: profile.DumpLimit, Number: 1, Use: &use}},
		"at a size":     {Dump: &profile.Dump{Why: profile.DumpLimit, Number: 1, Bytes: 1 << 20}},
		"flushed":       {Dump: &profile.Dump{Why: profile.DumpFlush}},
		"out of memory": {OutOfMemory: &profile.OutOfMemory{MemoryUse: use, Anonymous: 5, Recorder: 6}},
		"not known how": {OutOfMemory: &profile.OutOfMemory{}},
		"attached": {Attached: &profile.Attached{
			Age: 4711, FreedBefore: 12345, ResizedBefore: 67, Pauses: profile.Pauses{Count: 5, Median: 900, Longest: 4000}, End: profile.AttachDuration,
		}},
		"attached, of which little is known": {Attached: &profile.Attached{End: profile.AttachExec}},
		"dumped while attached":              {Dump: &profile.Dump{Why: profile.DumpAsked}, Attached: &profile.Attached{End: profile.AttachAsked}},
	} {
		p := profiletest.Sample()
		p.Recording.Dump, p.Recording.OutOfMemory, p.Recording.Attached = end.Dump, end.OutOfMemory, end.Attached
		text := encode(t, p)
		got := decode(t, text).Recording
		if !reflect.DeepEqual(got.Dump, end.Dump) || !reflect.DeepEqual(got.OutOfMemory, end.OutOfMemory) || !reflect.DeepEqual(got.Attached, end.Attached) {
			t.Errorf("%s: %+v, %+v, %+v, want %+v, %+v, %+v", name, got.Dump, got.OutOfMemory, got.Attached, end.Dump, end.OutOfMemory, end.Attached)
		}
	}
}
