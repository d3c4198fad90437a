//go:build linux && amd64

package recordtest

import (
	"maps"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// An allocatorRow is a program whose blocks come from another allocator than the C
// library's, or through one that stands before it.
type allocatorRow struct {
	name  string
	build func(*testing.T) string
	flags []string // of heapprof run
	args  []string
	env   func(*testing.T) []string // what is set for it besides; may be nil

	// own says of a stack that its block is one of those that the program counts:
	// the C library makes some as well, and the allocators some at their start.
	own func([]profile.Frame) bool
	// blocks are those of functions, which stand in the sources; a program of Rust
	// prints them itself.
	blocks map[string]uint64

	refused string // what run must say where it cannot see the heap, a regular expression
	// partial says that calls may be missing, and what the profile must say of that: a
	// regular expression.
	partial string
}

func allocatorRows() []allocatorRow {
	rows := slices.Concat(rustRows(), linkedRows(), sharedRows(), ownRows(), staticRows(), strippedRows())
	for i := range rows {
		if rows[i].env == nil {
			rows[i].env = func(*testing.T) []string { return nil }
		}
	}
	return rows
}

// rustRows are the programs of the cargo workspace. Static ones are among them.
func rustRows() []allocatorRow {
	var rows []allocatorRow
	for _, program := range fixture.RustPrograms() {
		if program.Program == "on_dhat" {
			continue // has a test of its own
		}
		row := allocatorRow{
			name:    "Rust: " + program.Name(),
			build:   func(t *testing.T) string { return testkit.BuildCargo(t, program) },
			own:     isRust,
			refused: refusedRust(program),
			partial: partialRust(program),
		}
		if row.refused == hiddenWords {
			row.env = func(*testing.T) []string { return []string{"LINGER=1"} }
		}
		rows = append(rows, row)
	}
	return rows
}

// refusedRust says what run has to say of a program whose heap it cannot see.
func refusedRust(c fixture.Cargo) string {
	switch {
	case (c.Static || strings.HasSuffix(c.Target, "-musl")) && refusedStatic() != "":
		return refusedStatic()
	case c.Profile == "strip-all" && c.Program == "on_mapped":
		return hiddenWords
	case c.Profile == "strip-all":
		return strippedWords
	}
	return ""
}

// partialRust says what a profile has to say of a program of whose allocator link-time
// optimisation, for speed, makes copies in its callers that are no functions.
func partialRust(c fixture.Cargo) string {
	if c.Program == "on_mapped" && (c.Profile == "lto-fat" || c.Profile == "lto-thin") {
		return "__rust_alloc_zeroed.*calls are known to be missing and more may be"
	}
	return ""
}

// refusedStatic says what run has to say of a static program.
func refusedStatic() string {
	if runtime.GOARCH != "amd64" {
		return "statically linked"
	}
	return ""
}

// pieces are the blocks of pieces.h by function.
var pieces = map[string]uint64{
	"plant": 1<<10 - 1, "grow": 60, "clear": 50, "align": 2 * 30, "trade": 2 * 1000, "leak": 40, "summit": 16,
}

// linkedRows are allocators linked into programs of C and C++ from archives.
func linkedRows() []allocatorRow {
	var rows []allocatorRow
	for _, allocator := range fixture.LinkedAllocators() {
		linked := func(source string) func(t *testing.T) string {
			return func(t *testing.T) string { return testkit.BuildLinked(t, allocator, source) }
		}
		rows = append(rows,
			allocatorRow{name: "C: " + allocator.Name + " linked", build: linked("pieces.c"), own: inSources("pieces.h"), blocks: pieces},
			allocatorRow{name: "C++: " + allocator.Name + " linked", build: linked("operators.cc"), own: inSources("operators.cc")})
	}
	return rows
}

// sharedRows are the same allocators as shared libraries.
func sharedRows() []allocatorRow {
	var rows []allocatorRow
	for _, library := range allocators {
		plain := func(flags ...string) func(*testing.T) string {
			return func(t *testing.T) string { return testkit.Build(t, "pieces.c", append(piecesFlags, flags...)...) }
		}
		rows = append(rows,
			allocatorRow{name: "C: " + library + " needed", build: plain("-Wl,--no-as-needed", "-l:"+library), own: inSources("pieces.h"), blocks: pieces},
			allocatorRow{
				name: "C: " + library + " preloaded", build: plain(), own: inSources("pieces.h"), blocks: pieces,
				env: func(t *testing.T) []string { return []string{"LD_PRELOAD=" + findLibrary(t, library)} },
			})
	}
	return rows
}

// piecesFlags are clipped: who appends to them gets a copy.
var piecesFlags = slices.Clip([]string{"-O2", "-g", "-pthread"})

// ownRows are programs that define allocation functions themselves.
func ownRows() []allocatorRow {
	build := func(source string, flags ...string) func(*testing.T) string {
		return func(t *testing.T) string { return testkit.Build(t, source, flags...) }
	}
	poolFlags := []string{"--alloc-function", "pool_alloc(size=2)", "--free-function", "pool_free(ptr=2)"}
	sessions := map[string]uint64{"open_session": 300, "serve": 300}
	notes := maps.Clone(sessions)
	notes["note"] = 300
	return []allocatorRow{
		{name: "C: its own malloc", build: build("own_malloc.c", piecesFlags...), own: inSources("pieces.h"), blocks: pieces},
		{name: "C++: its own operator new over malloc", build: build("own_new.cc"), own: throughSource("own_new.cc")},
		{name: "C++: its own operator new over a pool", build: build("own_new.cc", "-O2", "-g", "-DPOOL"), own: throughSource("own_new.cc")},
		{name: "C: TBB's allocator", build: withTBB, own: inSources("pieces.h", "scalable.c"), blocks: pieces},
		{name: "C: a pool", build: build("pool.c"), flags: poolFlags, own: inSources("pool.c"), blocks: sessions},
		{name: "C: a pool and malloc", build: build("pool.c"), flags: poolFlags, args: []string{"malloc"}, own: inSources("pool.c"), blocks: notes},
	}
}

func withTBB(t *testing.T) string {
	findLibrary(t, "libtbbmalloc.so")
	return testkit.Build(t, "scalable.c", append(piecesFlags, "-ltbbmalloc")...)
}

// staticRows have the C library in them.
func staticRows() []allocatorRow {
	var rows []allocatorRow
	for _, flag := range []string{"-static", "-static-pie"} {
		rows = append(rows, allocatorRow{
			name:    "C: " + flag,
			build:   func(t *testing.T) string { return testkit.Build(t, "pieces.c", append(piecesFlags, flag)...) },
			own:     inSources("pieces.h"),
			blocks:  pieces,
			refused: refusedStatic(),
		})
	}
	return rows
}

// strippedRows have their symbols in a separate debug file.
func strippedRows() []allocatorRow {
	rows := []allocatorRow{
		{name: "C: its own malloc", build: func(t *testing.T) string { return testkit.Build(t, "own_malloc.c", piecesFlags...) }},
		{name: "C: -static", build: func(t *testing.T) string { return testkit.Build(t, "pieces.c", append(piecesFlags, "-static")...) }, refused: refusedStatic()},
	}
	for _, allocator := range fixture.LinkedAllocators() {
		if allocator.Name == "jemalloc" {
			rows = append(rows, allocatorRow{name: "C: jemalloc linked", build: func(t *testing.T) string { return testkit.BuildLinked(t, allocator, "pieces.c") }})
		}
	}
	for i := range rows {
		row := &rows[i]
		build := row.build
		row.name += ", its symbols apart"
		row.build = func(t *testing.T) string { return splitDebug(t, build(t)) }
		row.own, row.blocks = inSources("pieces.h"), pieces
	}
	return rows
}

// splitDebug returns a copy of a program that has its symbols and debug information in
// another file.
func splitDebug(t *testing.T, program string) string {
	t.Helper()
	objcopy := testkit.Tool(t, "objcopy")
	stripped := filepath.Join(t.TempDir(), filepath.Base(program))
	for _, args := range [][]string{
		{"--only-keep-debug", program, stripped + ".debug"},
		{"--strip-all", "--add-gnu-debuglink=" + stripped + ".debug", program, stripped},
	} {
		if r := testkit.Run(t, exec.Command(objcopy, args...)); r.Status != 0 {
			t.Fatal(r.Stderr)
		}
	}
	return stripped
}

// inSources takes the stacks whose allocation stands in one of the sources.
func inSources(sources ...string) func([]profile.Frame) bool {
	return func(frames []profile.Frame) bool {
		c := callers(frames)
		return len(c) > 0 && isIn(c[0], sources...)
	}
}

// throughSource takes all stacks that lead through the source: in a library's
// templates, say.
func throughSource(source string) func([]profile.Frame) bool {
	return func(frames []profile.Frame) bool {
		return slices.ContainsFunc(frames, func(f profile.Frame) bool { return isIn(f, source) })
	}
}

// isRust takes the stacks whose innermost function is Rust's: what functions of the
// C library allocate for a Rust program does not go by its global allocator. Nor
// does what the standard library needs for a thread, which it asks System for.
func isRust(frames []profile.Frame) bool {
	if len(frames) == 0 || frames[0].Function == "<std::thread::thread::Thread>::new" {
		return false
	}
	return strings.Contains(frames[0].Function, "::") &&
		!slices.ContainsFunc(frames, func(f profile.Frame) bool { return f.Function == "<std::alloc::System>::alloc_impl" })
}
