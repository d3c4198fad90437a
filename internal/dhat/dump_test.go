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
	} {
		p := profiletest.Sample()
		p.Recording.Dump, p.Recording.OutOfMemory = end.Dump, end.OutOfMemory
		text := encode(t, p)
		got := decode(t, text).Recording
		if !reflect.DeepEqual(got.Dump, end.Dump) || !reflect.DeepEqual(got.OutOfMemory, end.OutOfMemory) {
			t.Errorf("%s: %+v, %+v, want %+v, %+v", name, got.Dump, got.OutOfMemory, end.Dump, end.OutOfMemory)
		}
	}
}
