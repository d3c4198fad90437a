package dwarf

import (
	"path"
	"strings"
)

// Crate is a crate of Rust that has code in the program.
type Crate struct {
	Name string
	Root string // the source file that its modules start from, lib.rs or main.rs for the most part
}

// Crates returns the crates, each once.
func (d *Data) Crates() []Crate {
	found := []Crate{} // not nil: it was looked for
	seen := make(map[Crate]bool)
	for _, u := range d.file.units {
		if c, ok := u.crate(); ok && !seen[c] {
			seen[c] = true
			found = append(found, c)
		}
	}
	return found
}

// CrateAt returns the crate whose unit has the code at addr, and reports whether it is known.
// The code may be of functions that another crate lets every crate compile for itself.
func (d *Data) CrateAt(addr uint64) (Crate, bool) {
	id, ok := d.units.Find(addr)
	if !ok {
		return Crate{}, false
	}
	return d.body(d.file.units[id]).crate()
}

// crate returns the unit's crate. The compiler names its units as src/lib.rs/@/app.5f1c-cgu.0.
func (u *unit) crate() (Crate, bool) {
	root, rest, ok := strings.Cut(string(u.name), "/@/")
	if !ok {
		return Crate{}, false
	}
	name, _, _ := strings.Cut(rest, ".")
	if !path.IsAbs(root) {
		root = path.Join(string(u.compDir), root)
	}
	return Crate{Name: name, Root: root}, name != ""
}
