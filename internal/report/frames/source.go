package frames

import (
	"path"
	"slices"
	"strings"

	"heapprof/internal/report/names"
)

// Crate is a package of Rust, or a crate of it: "serde_json", "1.0.154". The version is
// empty where it is not known, for Rust's own crates and the program's.
type Crate struct {
	Name, Version string
}

// String returns the crate's name and version, "" for no crate.
func (c Crate) String() string {
	if c.Version == "" {
		return c.Name
	}
	return c.Name + " " + c.Version
}

// origin is whose a source file is.
type origin uint8

const (
	localFile   origin = iota // nobody else's, as far as its path tells
	packageFile               // of a package that was fetched, or is kept beside the program's own code
	systemFile                // of the system, or of the compiler's own libraries
)

// source is what the path of a source file tells.
type source struct {
	origin origin
	crate  Crate  // of a packageFile or a systemFile of Rust
	dir    string // its directory below the package, with that; of a localFile as it is
	module string // of a file of Rust with a crate: the module that it is, "serde_json::value::de"
}

// sources remembers what the paths of source files tell: many frames have one file.
type sources map[string]*source

// of returns what is known of a source file.
func (s sources) of(file string) *source {
	known := s[file]
	if known == nil {
		known = &source{}
		if file != "" {
			*known = sourceOf(file)
		}
		s[file] = known
	}
	return known
}

// sourceOf takes the path of a source file apart.
func sourceOf(file string) source {
	for _, find := range []func(string) (source, bool){inRust, inRegistry, inCheckout, inVendor, inTrimmed} {
		if s, ok := find(file); ok {
			if s.crate.Name != "" && strings.HasSuffix(file, ".rs") {
				s.module = moduleOf(names.CrateKey(s.crate.Name), path.Join(s.dir, path.Base(file)))
			}
			return s
		}
	}
	s := source{dir: path.Dir(file)}
	if hasAnyPrefix(file, systemDirs) || within(file, plumbingDirs) || within(file, otherDirs) {
		s.origin = systemFile
	}
	return s
}

// moduleOf returns the module of a crate that a file of Rust is, by where it lies below the
// package's src.
func moduleOf(crate, file string) string {
	_, below, ok := strings.Cut(file, "/src/")
	if !ok {
		return crate
	}
	below = strings.TrimSuffix(strings.TrimSuffix(below, ".rs"), "/mod")
	if below == "lib" || below == "main" || below == "mod" {
		return crate
	}
	return crate + "::" + strings.ReplaceAll(below, "/", "::")
}

// systemDirs are where a system keeps what is compiled into programs.
var systemDirs = []string{"/usr/include/", "/usr/lib/", "/usr/lib64/", "/usr/local/include/", "/usr/share/"}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// inRust finds the sources that Rust comes with: /rustc/<hash>/library/alloc/src/vec/mod.rs
// as they are in its releases, rustlib/src/rust/library/… where they were installed; and
// /rust/deps/hashbrown-0.16.1/src/map.rs, which std is linked with.
func inRust(file string) (source, bool) {
	if _, rest, ok := strings.Cut(file, "/rust/deps/"); ok {
		return inPackage(rest, systemFile)
	}
	i := strings.LastIndex(file, "library/")
	if i < 0 || i > 0 && file[i-1] != '/' || !within(file, rustDirs) {
		return source{}, false
	}
	name, _, _ := strings.Cut(file[i+len("library/"):], "/")
	return source{origin: systemFile, crate: Crate{Name: name}, dir: path.Dir(file[i:])}, true
}

// inRegistry finds what cargo has fetched, or Debian has packaged:
// ~/.cargo/registry/src/<index>/jaq-json-2.0.3/src/lib.rs, /usr/share/cargo/registry/jaq-json-2.0.3/src/lib.rs.
func inRegistry(file string) (source, bool) {
	rest, ok := after(file, "registry/")
	if !ok {
		return source{}, false
	}
	rest = strings.TrimPrefix(rest, "src/")
	if s, ok := inPackage(rest, packageFile); ok {
		return s, true
	}
	_, rest, _ = strings.Cut(rest, "/") // the index
	return inPackage(rest, packageFile)
}

// inPackage takes "jaq-json-2.0.3/src/lib.rs" apart.
func inPackage(file string, whose origin) (source, bool) {
	dir, _, ok := strings.Cut(file, "/")
	crate, versioned := parsePackage(dir)
	return source{origin: whose, crate: crate, dir: path.Dir(file)}, ok && versioned
}

// parsePackage takes "jaq-json-2.0.3" apart: the version has three numbers.
func parsePackage(dir string) (Crate, bool) {
	for i := 1; i < len(dir)-1; i++ {
		if dir[i] == '-' && isVersion(dir[i+1:]) {
			return Crate{Name: dir[:i], Version: dir[i+1:]}, true
		}
	}
	return Crate{Name: dir}, false
}

// isVersion reports whether a text begins with three numbers, as 1.0.0-rc.1+spec does.
func isVersion(s string) bool {
	for n := range 3 {
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		if digits == 0 || n < 2 && !strings.HasPrefix(s[digits:], ".") {
			return false
		}
		s = s[digits:]
		if n < 2 {
			s = s[1:]
		}
	}
	return s == "" || s[0] == '-' || s[0] == '+'
}

// inCheckout finds what cargo has from a repository:
// ~/.cargo/git/checkouts/jaq-0a1b2c3d4e5f6071/89abcde/jaq-json/src/lib.rs. The package is
// what the directory of its sources is called, in a repository of one package that itself.
func inCheckout(file string) (source, bool) {
	rest, ok := after(file, "git/checkouts/")
	if !ok {
		return source{}, false
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 3 {
		return source{}, false
	}
	name := parts[0]
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	if src := slices.Index(parts, "src"); src > 2 {
		name = parts[src-1]
	}
	dir := path.Join(append([]string{name}, parts[2:len(parts)-1]...)...)
	return source{origin: packageFile, crate: Crate{Name: name, Version: parts[1]}, dir: dir}, true
}

// vendorDirs are what directories are called that hold other people's sources beside the
// program's own: cargo's and Go's, Bazel's, CMake's, Meson's, and by convention.
var vendorDirs = []string{"/vendor/", "/third_party/", "/thirdparty/", "/third-party/", "/3rdparty/", "/external/", "/_deps/", "/subprojects/", "/deps/"}

// inVendor finds what is kept beside the program's own sources. A package of Rust is a
// crate; what is in another language has none.
func inVendor(file string) (source, bool) {
	for _, v := range vendorDirs {
		rest, ok := after(file, v)
		if !ok {
			continue
		}
		dir, below, ok := strings.Cut(rest, "/")
		if !ok {
			continue
		}
		s := source{origin: packageFile, dir: path.Join(v[1:], path.Dir(rest))}
		if strings.HasSuffix(file, ".rs") && below != "" {
			s.crate, _ = parsePackage(dir)
			s.dir = path.Dir(rest)
		}
		return s, true
	}
	return source{}, false
}

// inTrimmed finds packages by the ends of their paths, which is all that dhat-rs writes: dhat-0.3.3/src/lib.rs.
func inTrimmed(file string) (source, bool) {
	dir, below, _ := strings.Cut(file, "/")
	if _, versioned := parsePackage(dir); !versioned || !strings.HasPrefix(below, "src/") || !strings.HasSuffix(below, ".rs") {
		return source{}, false
	}
	return inPackage(file, packageFile)
}

// after returns what comes after the last time that dir, which ends in a slash, is in a
// path as whole components.
func after(file, dir string) (string, bool) {
	i := strings.LastIndex(file, dir)
	if i < 0 || i > 0 && dir[0] != '/' && file[i-1] != '/' {
		return "", false
	}
	return file[i+len(dir):], true
}
