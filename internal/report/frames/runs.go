package frames

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"heapprof/internal/report/names"
)

// Run is a row of frames that a reader may pass over: they lie between frames that are
// shown, and are the machinery by which one of these came to call the other.
type Run struct {
	From, To int      // the frames are stack[From:To]
	Crates   []string // whose they are, of most frames first: "tokio", "hyper"; as Frame.Group has it
}

// shortestRun is how many frames a Run has at least: a line for two would save one.
const shortestRun = 3

// Runs returns the runs of a stack's part that Trim shows, innermost first: frames of
// run-time crates and of plumbing, and what lies between the first and the last call of a
// function that calls itself. The site is in none, nor is the program's own code.
func (t *Table) Runs(stack []uint32) []Run {
	site, end := t.Trim(stack, false)
	var runs []Run
	for from := max(site+1, 1); from < end; {
		to := from
		for to < end && !t.frames[stack[to]].Own && !t.frames[stack[to]].Marker {
			to++
		}
		runs = t.appendRuns(runs, stack, from, to)
		from = to + 1
	}
	return runs
}

// appendRuns appends the runs of stack[from:to], of which no frame is the program's own.
func (t *Table) appendRuns(runs []Run, stack []uint32, from, to int) []Run {
	inner, outer := t.recursion(stack, from, to)
	for i := from; i < to; {
		j := i
		for j < to && (inner < j && j < outer || t.frames[stack[j]].isMachinery()) {
			j++
		}
		if j-i >= shortestRun {
			runs = append(runs, Run{From: i, To: j, Crates: t.groups(stack[i:j])})
		}
		i = j + 1
	}
	return runs
}

// recursion returns the first and the last call of the function that goes furthest by
// calling itself, as indices into the stack: of those that are called three times or more
// in stack[from:to]. They are equal if there is none.
func (t *Table) recursion(stack []uint32, from, to int) (inner, outer int) {
	type calls struct {
		first, last, count int
	}
	seen := make(map[string]calls)
	for i := from; i < to; i++ {
		f := &t.frames[stack[i]]
		if f.isMachinery() || f.Function == "" {
			continue
		}
		c, ok := seen[f.Function]
		if !ok {
			c.first = i
		}
		c.last, c.count = i, c.count+1
		seen[f.Function] = c
		if c.count >= 3 && c.last-c.first > outer-inner {
			inner, outer = c.first, c.last
		}
	}
	return inner, outer
}

// isMachinery reports whether the frame is one that calls what it was given to call.
func (f *Frame) isMachinery() bool {
	return f.Plumbing || runtimeCrates[names.CrateKey(f.Crate.Name)] || f.Crate.Name == "" && runtimeNames.match(names.Qualified(f.Function))
}

// groups returns whose the frames are, of most frames first. Rust's own crates are "std".
func (t *Table) groups(stack []uint32) []string {
	counts := make(map[string]int)
	var groups []string
	for _, i := range stack {
		group := t.frames[i].Group()
		if group == "core" || group == "alloc" {
			group = "std"
		}
		if group == "" {
			continue
		}
		if counts[group] == 0 {
			groups = append(groups, group)
		}
		counts[group]++
	}
	slices.SortStableFunc(groups, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	if len(groups) > 1 {
		groups = slices.DeleteFunc(groups, func(g string) bool { return g == "std" })
	}
	return groups
}

// Group returns in one word what the frame is part of: the name of its crate; for other
// languages the outermost scope of its function, else the directory of its file, else the
// base name of its module.
func (f *Frame) Group() string {
	if f.Crate.Name != "" {
		return f.Crate.Name
	}
	if scope, _, ok := strings.Cut(names.Qualified(f.Function), "::"); ok {
		return scope
	}
	switch {
	case f.File != "" && f.Dir != "" && f.Dir != ".":
		return f.Dir
	case f.Module != "":
		return path.Base(f.Module)
	}
	return ""
}

// runtimeCrates are crates, as functions spell them, that call what they are given: executors
// and the servers on them, pools of threads, traits that values are read through.
var runtimeCrates = func() map[string]bool {
	all := make(map[string]bool)
	for _, name := range []string{
		"std", "core", "alloc", "test", "backtrace", "panic_unwind",
		"tokio", "tokio_util", "tokio_stream", "mio", "hyper", "hyper_util", "h2", "http_body", "http_body_util", "tower", "tower_service", "tower_layer", "tower_http",
		"axum", "axum_core", "actix_rt", "actix_server", "actix_service", "actix_http", "actix_web", "actix_router", "warp", "tonic",
		"futures", "futures_core", "futures_util", "futures_executor", "futures_channel", "futures_lite", "async_std", "async_executor", "async_global_executor", "async_io", "async_task",
		"smol", "blocking", "pollster", "tracing", "tracing_futures",
		"rayon", "rayon_core", "crossbeam", "crossbeam_utils", "crossbeam_deque", "crossbeam_epoch", "crossbeam_channel", "threadpool", "scoped_threadpool",
		"serde", "serde_core", "serde_json", "erased_serde", "serde_path_to_error",
	} {
		all[name] = true
	}
	return all
}()

// runtimeNames are the same in other languages.
var runtimeNames = compilePatterns("boost::asio::", "tbb::", "g_main_loop_run", "g_main_context_*", "g_main_dispatch", "QCoreApplication::notify*", "QEventLoop::exec")
