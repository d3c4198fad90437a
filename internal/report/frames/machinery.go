package frames

import (
	"path"
	"strings"

	"heapprof/internal/report/names"
)

// IsMachinery reports whether the frame is one that calls what it was given to call, as an executor does.
func (f *Frame) IsMachinery() bool {
	return f.Plumbing || f.interpreter || runtimeCrates[names.CrateKey(f.Crate.Name)] || f.Crate.Name == "" && runtimeNames.match(names.Qualified(f.Function))
}

// group returns in one word what the frame is part of: the name of its crate; for other
// languages the outermost scope of its function, else the directory of its file, else the
// base name of its module.
func (f *Frame) group() string {
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

// Library returns in one word what library a frame is of: a crate, an outermost scope, a
// module. Rust's own crates are one; the program's own code is of none.
func (f *Frame) Library() string {
	switch g := f.group(); {
	case f.Own:
		return ""
	case g == "core" || g == "alloc":
		return "std"
	case f.Crate.Name == "" && g == f.Dir && f.Module != "":
		return path.Base(f.Module)
	default:
		return g
	}
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
