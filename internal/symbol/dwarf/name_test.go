package dwarf

import "testing"

func TestAdaNamesHaveDots(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"_ada_two", "two"},
		{"meshes__create", "meshes.create"},
		{"meshes__create__inner", "meshes.create.inner"},
		{"meshes__create__2", "meshes.create__2"}, // overloaded
		{"meshes__Oadd", "meshes.Oadd"},
		{"a___b", "a___b"},
	} {
		if got := adaName(test.name).text; got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLinkersNameThatIsAPathToTheSources(t *testing.T) {
	for _, test := range []struct {
		linkage, source string
		want            bool
	}{
		{"z.Mesh.create", "create", true},                  // Zig
		{"mem.Allocator.create__anon_668", "create", true}, // an instance of several
		{"__GI_putwc", "putwc", false},                     // a label
		{"create.constprop.0", "create", false},            // a clone
		{"", "create", false}, {"create", "create", false}, {"z.", "", false},
	} {
		if got := isPathTo([]byte(test.linkage), []byte(test.source)); got != test.want {
			t.Errorf("%s of %s: got %t", test.linkage, test.source, got)
		}
	}
}
