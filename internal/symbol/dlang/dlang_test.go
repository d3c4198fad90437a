package dlang

import (
	"strings"
	"testing"
)

// names are linker's names of gdc's and ldc's libraries, and what debug information calls these functions.
var names = map[string]string{
	"_Dmain": "D main",
	"_D3std4math12trigonometry5acoshFNaNbNiNfdZd":                                         "std.math.trigonometry.acosh",
	"_D4shop__T5StoreTiZQj3addMFNaNbNfiZv":                                                "shop.Store!int.add",
	"_D4shop__T5StoreTAyaZQl3addMFNaNbNfQsZv":                                             "shop.Store!string.add",
	"_D4shop4mainFZ9__lambda9MFiZi":                                                       "shop.main.__lambda9",
	"_D3std5array__T8AppenderTAyaZQo3putMFNaNbNfQzZv":                                     "std.array.Appender!string.put",
	"_D3std5range10primitives__T3putTSQBf5array__T8AppenderTyAaZQoTAaZQBmFNaNbNfKQBsQrZv": "std.range.primitives.put!(std.array.Appender!(immutable(char[])), char[])",
	"_D3std8typecons__T5TupleTkVAyaa4_64617461TmVQra5_636f756e74ZQBq8toStringMFZAya":      `std.typecons.Tuple!(uint, "data", ulong, "count").toString`,
	"_D3std11concurrency10MessageBox6__ctorMFNaNbNiNfZCQBqQBpQBk":                         "std.concurrency.MessageBox.this",
	"_DTi16_D4core4sync5mutex5Mutex4lockMFNeZv":                                           "core.sync.mutex.Mutex.lock",
	"_DThn16_3std11concurrency14FiberScheduler5yieldMFNbZv":                               "std.concurrency.FiberScheduler.yield",
	"_D3std5stdio4File__T16BinaryWriterImplVbi1ZQx5flushMFZv":                             "std.stdio.File.BinaryWriterImpl!true.flush",
	"_D8demangle__T2fnVd3ZQhFZv":                                                          "demangle.fn!3",
	"_D8demangle14__T4testVii10Z1aFZv":                                                    "demangle.test!10.a", // as older compilers write it
	"_D3app__T3mapTHAyaiTPFNaNblZvTDFG4aZbZQzFZv":                                         "app.map!(int[string], void function(long), bool delegate(char[4]))",
	"_D3app5firstFZ4__S14helpFZv":                                                         "app.first.help",
	"_DYNAMIC":                                                                            "",
	"_D":                                                                                  "",
	"_D3ap":                                                                               "",
	"main":                                                                                "",
}

func TestNamesAreDecoded(t *testing.T) {
	for name, want := range names {
		if got, ok := Demangle(name); got != want && (ok || want != "") || ok != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", name, got, ok, want)
		}
	}
}

// TestNamesThatGrowWithoutEndAreRefused has each part refer to the one before it twice.
func TestNamesThatGrowWithoutEndAreRefused(t *testing.T) {
	name := "_D1a__T1bTAAAAAAAAAi"
	for range 60 {
		name += "TB2QcQe"
	}
	if got, ok := Demangle(name + "Z1cFZv"); ok && len(got) > maxName {
		t.Errorf("%d bytes", len(got))
	}
	if _, ok := Demangle("_D1aF" + strings.Repeat("P", 100000) + "vZ1bFZv"); ok {
		t.Log("a pointer to a pointer, and so on, was taken for what it is not")
	}
}

func FuzzDemangle(f *testing.F) {
	for name := range names {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if got, ok := Demangle(name); ok != (got != "") && name != "" || len(got) > 2*maxName {
			t.Errorf("%d bytes, %v", len(got), ok)
		}
	})
}
