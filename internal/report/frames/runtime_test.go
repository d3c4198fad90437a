package frames

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// below makes a profile of one stack, innermost first.
func below(frames ...string) *profile.Profile {
	p := &profile.Profile{Frames: testkit.Frames("[root]"), Points: []profile.Point{{TotalBytes: 1, TotalBlocks: 1}}}
	for i, f := range frames {
		p.Frames = append(p.Frames, testkit.Frames(f)...)
		p.Points[0].Stack = profile.StackOf(append(p.Points[0].Stack.Frames(), uint32(i+1))...)
	}
	return p
}

func TestWhatRunTimeLibrariesAllocateForThemselvesIsALineOfItsOwn(t *testing.T) {
	const (
		grow    = "0x1: <alloc::raw_vec::RawVecInner>::finish_grow (in /bin/app)"
		begin   = "0x50: std::sys::backtrace::__rust_begin_short_backtrace (/rustc/1/library/std/src/sys/backtrace.rs:166)"
		closure = "0x51: <std::rt::lang_start<()>>::{closure#0} (/rustc/1/library/std/src/rt.rs:206)"
		start   = "0x52: std::rt::lang_start_internal (/rustc/1/library/std/src/rt.rs:171)"
		cMain   = "0x53: main (in /bin/app)"
		libc    = "0x54: __libc_start_main (csu/libc-start.c:360)"
		thread  = "0x60: <std::sys::thread::unix::Thread>::new::thread_start (/rustc/1/library/std/src/sys/thread/unix.rs:116)"
		clone   = "0x61: clone3 (in /lib/libc.so.6)"
		gimli   = "0x2: <gimli::read::abbrev::Abbreviations>::insert (in /bin/app)"
		context = "0x3: <std::backtrace_rs::symbolize::gimli::Context>::new (/rustc/1/library/backtrace/src/symbolize/gimli.rs:147)"
		print   = "0x4: std::sys::backtrace::_print_fmt (/rustc/1/library/std/src/sys/backtrace.rs:74)"
		hook    = "0x5: std::panicking::default_hook (/rustc/1/library/std/src/panicking.rs:319)"
		fail    = "0x6: app::fail (src/main.rs:35)"
		oom     = "0x7: __rustc::__rust_alloc_error_handler (in /bin/app)"
		reserve = "0x8: app::reserve (src/main.rs:70)"
		pool    = "0x9: ??? (in /usr/lib/libstdc++.so.6)"
		init    = "0xa: _dl_init (in /lib64/ld-linux-x86-64.so.2)"
		worker  = "0xb: start_thread (in /lib/libc.so.6)"
	)
	for name, c := range map[string]struct {
		stack []string
		want  string
	}{
		"a panic's backtrace":             {[]string{grow, gimli, context, print, hook, fail, begin, closure, start, cMain, libc}, "(backtraces) @ Rust's std"},
		"memory that runs out":            {[]string{grow, gimli, context, print, hook, oom, reserve, begin, start, cMain, libc}, "(backtraces) @ Rust's std"},
		"what a failing allocation says":  {[]string{grow, hook, oom, reserve, begin, start, cMain, libc}, "app::reserve @ main.rs:70"},
		"a program's own gimli":           {[]string{grow, gimli, fail, begin, start, cMain, libc}, "gimli::read::abbrev::Abbreviations::insert @ app"},
		"before main":                     {[]string{grow, start, cMain, libc}, "(runtime start-up) @ Rust's std"},
		"before a thread's closure":       {[]string{grow, thread, clone}, "(runtime start-up) @ Rust's std"},
		"a main that is inlined":          {[]string{grow, begin, closure, start, cMain, libc}, "main @ app"},
		"a main in C":                     {[]string{grow, cMain, libc}, "main @ app"},
		"libstdc++ while it is loaded":    {[]string{pool, init}, "(emergency pool, normal) @ libstdc++"},
		"libstdc++ that python loads":     {[]string{pool, init, fail, libc}, "(emergency pool, normal) @ libstdc++"},
		"libstdc++ at a thread's begin":   {[]string{pool, worker, clone}, "libstdc++.so.6@0x9"},
		"D's modules":                     {[]string{"0x1: _D2rt5minfo11ModuleGroup9sortCtorsMFAyaZv (in /usr/lib/libgphobos.so.3)", "0x2: rt_init (in /usr/lib/libgphobos.so.3)", "0x3: _d_run_main (in /usr/lib/libgphobos.so.3)", "0x4: main (/usr/include/d/core/internal/entrypoint.d:29)", libc}, "(runtime start-up) @ druntime"},
		"a constructor of D's":            {[]string{"0x1: app.load (app.d:3)", "0x2: rt_init (in /usr/lib/libgphobos.so.3)", "0x4: main (app.d:1)", libc}, "app.load @ app.d:3"},
		"libstdc++ linked into a program": {[]string{"0x1: _GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv (in /bin/app)", libc}, "(emergency pool, normal) @ libstdc++"},
	} {
		p := below(c.stack...)
		table := New(p)
		site := table.Frame(p.Points[0].Stack.At(table.Site(p.Points[0].Stack.Frames(), false)))
		got := site.Name()
		if site.Runtime != nil {
			got = site.Runtime.Name + " @ " + site.Runtime.Place
		} else if place := site.Place(); place != "" {
			got += " @ " + place
		}
		if got != c.want {
			t.Errorf("%s: the site is %q, want %s", name, got, c.want)
		}
	}
}
