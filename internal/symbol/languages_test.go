package symbol

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFunctionsOfDifferentModulesHaveDifferentNames(t *testing.T) {
	for _, test := range []struct {
		name, source, compiler string
		flags                  []string
		symbols                string // part of the linker's names
		want                   []string
	}{
		{"Fortran", "modules.f90", "gfortran", []string{"-g"}, "_MOD_create", []string{"meshes::create", "textures::create"}},
		{"Fortran within a procedure", "modules.f90", "gfortran", []string{"-g"}, "fill.", []string{"textures::create::fill"}},
		{"Fortran without debug information", "modules.f90", "gfortran", nil, "_MOD_create", []string{"meshes::create", "textures::create"}},
		{"D", "modules.d", "gdc", []string{"-g"}, "create", []string{"modules.Mesh.create", "modules.Texture.create", "modules.create"}},
		{"D of LLVM", "modules.d", "ldc2", []string{"-g"}, "create", []string{"modules.Mesh.create", "modules.Texture.create", "modules.create"}},
		{"D of LLVM with lines only", "modules.d", "ldc2", []string{"--gline-tables-only"}, "create", []string{"modules.Mesh.create", "modules.Texture.create", "modules.create"}},
		{"D without debug information", "modules.d", "gdc", nil, "create", []string{"modules.Mesh.create", "modules.Texture.create", "modules.create"}},
		{"Ada", "modules.adb", "gnatmake", []string{"-g"}, "create", []string{"modules.meshes.create", "modules.textures.create"}},
		{"Ada without debug information", "modules.adb", "gnatmake", nil, "create", []string{"modules.meshes.create", "modules.textures.create"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, path := t.TempDir(), ""
			if test.compiler == "ldc2" { // -o means something else to it
				run(t, dir, test.compiler, append(test.flags, "-of=prog", source(t, test.source))...)
				path = filepath.Join(dir, "prog")
			} else {
				path = build(t, dir, test.compiler, test.source, test.flags...)
			}
			m := open(t, path)
			var got []string
			for _, s := range functionSymbols(t, path) {
				if strings.Contains(s.Name, test.symbols) {
					if frames := m.Frames(s.Value); len(frames) > 0 {
						got = append(got, frames[len(frames)-1].Function)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
