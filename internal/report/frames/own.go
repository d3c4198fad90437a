package frames

import (
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// ownership tells of each frame whose code it is: its crate, the directory of its source
// file, and whether it is the program's own. A frame alone tells only part of that, so all
// of them are looked at first: what a crate is called where one frame has the path of its
// package and another only its function's name, and where the program's sources lie.
type ownership struct {
	rules    Rules
	program  *profile.Module // the executable; nil where it is not known
	rust     bool            // it has code of Rust's runtime: its names are Rust's where they may be
	main     string          // key of the crate that main is in; "" where it is not known
	named    map[string]bool // what the user calls own, as names.CrateKey has it, and whether a frame is of it; nil: nothing was said
	sources  sources
	packages map[string]Crate  // by the name that functions have: the package
	local    map[string]bool   // keys of crates that have a local file
	crateIn  map[string]string // by local file of Rust: the crate that a function in it is of
	cpp      map[string]string // functions as they are spelled: names as people write them; few frames have one of their own
	tree     string            // the directory of the program's own sources, with a slash at its end; "" where none is known
}

// newOwnership looks at all frames of a profile, classified but for what ownership is to tell.
func newOwnership(p *profile.Profile, t *Table, sources sources, rules Rules) *ownership {
	o := &ownership{
		sources: sources, rules: rules, packages: make(map[string]Crate),
		local: make(map[string]bool), crateIn: make(map[string]string), cpp: make(map[string]string),
	}
	if p.Recording != nil {
		if i := slices.IndexFunc(p.Modules, func(m *profile.Module) bool { return m.Path == p.Recording.Program }); i >= 0 {
			o.program = p.Modules[i]
		}
	}
	if len(rules.Own) > 0 {
		o.named = make(map[string]bool, len(rules.Own))
		for _, name := range rules.Own {
			o.named[ownKey(name)] = false
		}
	}
	o.rust = slices.ContainsFunc(t.frames, func(f Frame) bool { return f.begins })
	o.learnCrates(p, t)
	if o.rust {
		o.findMain(p, t)
	}
	o.findTree(p, t)
	return o
}

// learnCrates fills packages, local and crateIn from the frames of Rust.
func (o *ownership) learnCrates(p *profile.Profile, t *Table) {
	elsewhere := make(map[string]map[Crate]bool) // by crate: packages of another name that its functions lie in
	for i := range t.frames {
		f := &t.frames[i]
		src := o.sources.of(f.File)
		if !o.isRust(&p.Frames[i], f) {
			continue
		}
		crate, sure := names.Crate(f.Function)
		switch {
		case src.crate.Name != "" && (!sure || names.SameCrate(crate, src.crate.Name)):
			o.addPackage(src.crate)
		case src.crate.Name != "":
			if elsewhere[crate] == nil {
				elsewhere[crate] = make(map[Crate]bool)
			}
			elsewhere[crate][src.crate] = true
		case sure && f.File != "" && src.origin == localFile:
			o.local[crate] = true
			o.crateIn[f.File] = crate
		}
	}
	for crate, packages := range elsewhere {
		// A library may be called otherwise than its package. But a line of a macro may
		// lie in another package, too.
		if _, known := o.packages[crate]; known || o.local[crate] || len(packages) > 1 {
			continue
		}
		for pkg := range packages {
			o.packages[crate] = pkg
		}
	}
}

// addPackage notes a package. Of several versions none is remembered.
func (o *ownership) addPackage(c Crate) {
	key := names.CrateKey(c.Name)
	if known, ok := o.packages[key]; ok && known.Version != c.Version {
		c.Version = ""
	}
	o.packages[key] = c
}

// isRust reports whether a frame is of a function in Rust.
func (o *ownership) isRust(d *profile.Frame, f *Frame) bool {
	if d.Language != profile.UnknownLanguage {
		return d.Language == profile.Rust
	}
	langs := names.LanguagesOf(f.Function, f.File) &^ names.C
	return f.Function != "" && (langs == names.Rust || o.rust && langs&names.Rust != 0)
}

// findMain finds the crate of a Rust program's main: of what the runtime calls, else the
// crate that is called as the executable is.
func (o *ownership) findMain(p *profile.Profile, t *Table) {
	seen := make(map[uint32]bool) // frames that begin a program and have told nothing
	var buffer []uint32
	for i := range p.Points {
		stack := p.Points[i].Stack.Into(&buffer)
		for j := len(stack) - 1; j > 0; j-- {
			if f := &t.frames[stack[j]]; !f.begins || !t.beginsProgram(stack, j) || seen[stack[j-1]] {
				continue
			}
			if crate := t.calledCrate(stack[:j]); crate != "" {
				o.main = names.CrateKey(o.crateNamed(crate).Name)
				return
			}
			seen[stack[j-1]] = true
			break
		}
	}
	if o.program != nil {
		o.main = names.CrateKey(o.crateNamed(names.CrateKey(path.Base(o.program.Path))).Name)
	}
}

// beginsProgram reports whether the frame of a stack that calls a program's own code calls
// main, or a test, and not a thread's function.
func (t *Table) beginsProgram(stack []uint32, at int) bool {
	if strings.HasPrefix(t.frames[stack[at]].Function, "test::") {
		return true
	}
	return slices.ContainsFunc(stack[at+1:], func(i uint32) bool {
		f := t.frames[i].Function
		return f == "main" || strings.Contains(f, "lang_start")
	})
}

// calledCrate returns the crate of the outermost function of a stack that is not plumbing.
func (t *Table) calledCrate(stack []uint32) string {
	for _, i := range slices.Backward(stack) {
		f := &t.frames[i]
		if isMain := strings.HasSuffix(f.Function, "::main"); isMain || !f.Plumbing && !f.Startup {
			crate, _ := names.Crate(f.Function)
			return crate
		}
	}
	return ""
}

// findTree finds the directory of the program's own sources: the deepest that has nearly
// all local files of the executable's functions.
func (o *ownership) findTree(p *profile.Profile, t *Table) {
	files := make(map[string]bool)
	for i := range t.frames {
		f := &t.frames[i]
		if !f.Plumbing && !f.Startup && f.File != "" && o.sources.of(f.File).origin == localFile && (o.program == nil || p.Frames[i].Module == o.program) {
			files[f.File] = true
		}
	}
	// A file or two may be a generator's, or of a library that is linked in.
	const nearly = 0.95
	tree := ""
	for {
		below := make(map[string]int)
		for file := range files {
			if rest, ok := strings.CutPrefix(file, tree); ok {
				if i := strings.IndexByte(rest, '/'); i >= 0 {
					below[rest[:i+1]]++
				}
			}
		}
		next := ""
		for dir, n := range below {
			if float64(n) >= nearly*float64(len(files)) {
				next = dir
			}
		}
		if next == "" {
			break
		}
		tree += next
	}
	o.tree = tree
}

// crateNamed returns the crate that functions call so.
func (o *ownership) crateNamed(name string) Crate {
	if c, ok := o.packages[name]; ok {
		return c
	}
	return Crate{Name: name}
}

// mark sets what ownership tells of a frame.
func (o *ownership) mark(d *profile.Frame, f *Frame) {
	if f.Script {
		o.markScript(d, f)
		return
	}
	if isGo(d) {
		o.markGo(d, f)
		return
	}
	src := o.sources.of(f.File)
	rust := o.isRust(d, f)
	f.Crate, f.local = src.crate, src.origin == localFile
	if rust {
		f.Crate = o.crateOf(f, src)
		o.nameRust(d, f, src)
	} else if !f.Marker {
		o.nameCPP(f)
	}
	f.Dir = o.dirOf(f, src)
	own := !f.Startup && !f.Marker && f.Runtime == nil && o.isOwn(d, f, src, rust)
	if own && isPlumbingCrate[names.CrateKey(f.Crate.Name)] {
		f.Plumbing = false // the program is of that name, or the crate is worked on
	}
	if !f.Marker && !f.Startup && o.rules.isPlumbing(f) {
		f.Plumbing = true
	}
	f.Own = own && !f.Plumbing
}

// nameRust gives a function of Rust the name that it has whatever the build. One that only
// has its own is of the module that its file is.
func (o *ownership) nameRust(d *profile.Frame, f *Frame, src *source) {
	if f.Function == "" || f.Marker {
		return
	}
	crate := names.CrateKey(f.Crate.Name)
	if src.origin == localFile && f.Crate.Name != "" && strings.HasSuffix(f.File, ".rs") && !names.HasScope(f.Function) {
		f.Function = moduleOf(crate, f.File[max(strings.LastIndex(f.File, "/src/"), 0):]) + "::" + f.Function
	}
	if names.HasScope(f.Function) || strings.ContainsAny(f.Function, "<{") {
		f.name = names.RustFunction(f.Function, names.Limit(names.Printable(d.Instance)), crate, f.File)
	}
}

// nameCPP gives a function of C++ the name that people write.
func (o *ownership) nameCPP(f *Frame) {
	name, known := o.cpp[f.Function]
	if !known {
		name = names.CPPFunction(f.Function)
		o.cpp[f.Function] = name
	}
	f.name = name
}

// crateOf returns the crate of a function of Rust.
func (o *ownership) crateOf(f *Frame, src *source) Crate {
	crate, sure := names.Crate(f.Function)
	switch {
	case src.crate.Name != "" && (!sure || names.SameCrate(crate, src.crate.Name) || o.packages[crate].Name == src.crate.Name):
		return src.crate
	case sure:
		return o.crateNamed(crate)
	case f.File != "" && src.origin == localFile:
		if in, ok := o.crateIn[f.File]; ok {
			return o.crateNamed(in)
		}
	}
	if crate == "" {
		return Crate{}
	}
	return o.crateNamed(crate)
}

// dirOf returns the directory of a frame's source file, or the outermost scope of a function
// of C++ whose file is not known.
func (o *ownership) dirOf(f *Frame, src *source) string {
	switch {
	case f.File != "" && src.origin != localFile:
		return src.dir
	case f.File != "":
		if rest, ok := strings.CutPrefix(src.dir+"/", o.tree); ok && o.tree != "" {
			return path.Join(path.Base(o.tree), rest)
		}
		return src.dir
	case f.Crate.Name != "":
		return f.Crate.Name
	}
	if scope, _, ok := strings.Cut(names.Qualified(f.Function), "::"); ok {
		return scope + "::"
	}
	return ""
}

// isOwn reports whether a frame is the program's own code.
func (o *ownership) isOwn(d *profile.Frame, f *Frame, src *source, rust bool) bool {
	if o.named != nil {
		return o.isNamed(d, f)
	}
	inTree := src.origin == localFile && o.tree != "" && strings.HasPrefix(f.File, o.tree)
	switch {
	case rust && f.Crate.Name != "":
		return o.isOwnCrate(names.CrateKey(f.Crate.Name))
	case rust:
		return f.File != "" && src.origin == localFile
	case o.rust || o.program == nil || d.Module != o.program:
		return inTree
	}
	return f.Function != "" && (f.File == "" || inTree)
}

// isOwnCrate reports whether the crate of that key is the program's own.
func (o *ownership) isOwnCrate(key string) bool { return key != "" && (key == o.main || o.local[key]) }

// lineless reports whether a Rust program's own functions, and those of the crates that it
// uses, are known by their symbols alone. Rust's own libraries come with lines.
func (o *ownership) lineless(p *profile.Profile, t *Table) bool {
	seen := false
	for i := range t.frames {
		f := &t.frames[i]
		if !o.rust || o.program == nil || p.Frames[i].Module != o.program || f.name == "" || f.Plumbing || f.Startup || f.Runtime != nil {
			continue
		}
		if f.File != "" {
			return false
		}
		seen = true
	}
	return seen
}

// isNamed reports whether the user has named the frame's crate, its module, the outermost
// scope of its function, or a directory that its file is in.
//
// A Rust program is called as its main crate, and holds all the crates that it uses: its name
// is that crate's alone.
func (o *ownership) isNamed(d *profile.Frame, f *Frame) bool {
	named := false
	is := func(name string) {
		key := names.CrateKey(name)
		if _, ok := o.named[key]; ok && name != "" {
			o.named[key], named = true, true
		}
	}
	is(f.Crate.Name)
	if f.Module != "" && !(o.rust && d.Module == o.program) {
		is(path.Base(f.Module))
	}
	if scope, _, ok := strings.Cut(names.Qualified(f.Function), "::"); ok {
		is(scope)
	}
	for dir := f.Dir; dir != "" && dir != "." && dir != "/"; dir = path.Dir(dir) {
		is(dir)
	}
	return named
}

// ownKey is a name that the user calls own as ownership has it.
func ownKey(name string) string { return names.CrateKey(strings.TrimSuffix(name, "/")) }

// unknown returns which names that the user calls own no frame is of.
func (o *ownership) unknown() []string {
	var all []string
	for _, name := range o.rules.Own {
		if !o.named[ownKey(name)] {
			all = append(all, name)
		}
	}
	return all
}
