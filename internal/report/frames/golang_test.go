package frames

import (
	"testing"

	"heapprof/internal/profile"
)

// goProfile has frames as Go's own heap profiles have them, innermost first: no languages, no modules of importance.
func goProfile() *profile.Profile {
	f := func(name, file string) profile.Frame {
		return profile.Frame{Addr: 0x1000, Function: name, File: file, Line: 9}
	}
	return &profile.Profile{Frames: []profile.Frame{
		profile.Root,
		f("internal/bytealg.MakeNoZero", "runtime/slice.go"),
		f("strings.(*Builder).grow", "strings/builder.go"),
		f("gopkg.in/yaml%2ev3.(*parser).node", "/root/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/decode.go"),
		f("shop/rows.(*Table[go.shape.int,shop/keys.Key]).Add", "/srv/shop/rows/table.go"),
		f("main.main", "/srv/shop/main.go"),
		f("runtime.main", "runtime/proc.go"),
		f("strings::grow", "/srv/grow.cc"),
	}}
}

func TestTheSiteOfAGoProgramIsItsFunction(t *testing.T) {
	table := New(goProfile())
	for name, c := range map[string]struct {
		stack []uint32
		site  int
	}{
		"Go's own library allocates for its caller":     {[]uint32{1, 2, 4, 5, 6}, 2},
		"another's package does for itself":             {[]uint32{1, 2, 3, 5, 6}, 2},
		"where there is nothing else, its outermost is": {[]uint32{1, 2, 6}, 1},
	} {
		if got := table.Site(c.stack, false); got != c.site {
			t.Errorf("%s: the site is frame %d, want %d", name, got, c.site)
		}
	}
}

func TestGosFunctionsAreOfPackages(t *testing.T) {
	table := New(goProfile())
	for frame, want := range map[uint32]struct {
		crate string
		own   bool
	}{
		1: {"go", false},
		3: {"gopkg.in/yaml.v3", false},
		4: {"shop/rows", true},
		5: {"main", true},
		7: {"", true},
	} {
		f := table.Frame(frame)
		if f.Crate.Name != want.crate || f.Own != want.own {
			t.Errorf("%s is of the package %q, own: %v; want %q, %v", f.Function, f.Crate.Name, f.Own, want.crate, want.own)
		}
	}
}
