package frames

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// steps returns the steps of a stack, which is written outermost first, as a reader would
// list them: the first letters of functions, and runs by their frames and crates. The site is
// the innermost frame.
func steps(stack ...string) string {
	p := &profile.Profile{Frames: testkit.Frames("[root]"), Points: []profile.Point{{}}}
	for i, name := range stack {
		crate, _, _ := strings.Cut(strings.TrimPrefix(name, "<"), "::")
		file := fmt.Sprintf("/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/%s-1.0.0/src/lib.rs", crate)
		switch crate {
		case "app":
			file = "src/main.rs"
		case "core", "alloc", "std":
			file = "/rustc/0123456789012345678901234567890123456789/library/" + crate + "/src/lib.rs"
		}
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("%#x: %s (%s:%d)", i+1, name, file, i+1))...)
		p.Points[0].Stack = profile.StackOf(append(p.Points[0].Stack.Frames(), uint32(i+1))...)
	}
	outward := p.Points[0].Stack.Frames()
	slices.Reverse(outward)
	p.Points[0].Stack = profile.StackOf(outward...)
	s := NewSteps(New(p), false)
	all, counts := s.Fold(nil, nil, p.Points[0].Stack.Frames(), 0)
	slices.Reverse(all)
	slices.Reverse(counts)
	var b strings.Builder
	for _, step := range all {
		run, ok := s.Run(step)
		if !ok {
			fmt.Fprint(&b, " ", p.Frames[step].Function)
			continue
		}
		fmt.Fprintf(&b, " …%d%v", counts[0], s.Runs()[run].Crates)
		if s.Runs()[run].Recursion {
			b.WriteString("again")
		}
		counts = counts[1:]
	}
	return strings.TrimSpace(b.String())
}

func TestARunOfRunTimeCratesIsOneStep(t *testing.T) {
	for name, c := range map[string]struct {
		stack []string
		want  string
	}{
		"in the middle":   {[]string{"app::main", "tokio::run", "core::call", "tokio::poll", "hyper::poll", "app::serve", "app::make"}, "app::main …4[tokio hyper] app::serve app::make"},
		"outermost":       {[]string{"tokio::run", "tokio::poll", "tokio::poll", "app::make"}, "…3[tokio] app::make"},
		"std alone":       {[]string{"app::main", "core::call", "std::catch", "core::call", "app::make"}, "app::main …3[std] app::make"},
		"two are shown":   {[]string{"app::main", "tokio::run", "tokio::poll", "app::make"}, "app::main tokio::run tokio::poll app::make"},
		"the site is not": {[]string{"tokio::a", "tokio::b", "tokio::c", "tokio::d"}, "…3[tokio] tokio::d"},
		"three are named": {[]string{"axum::a", "tower::a", "tower::b", "hyper::a", "hyper::b", "tokio::a", "tokio::b", "app::make"}, "…7[tower hyper tokio] app::make"},
		"others' crates":  {[]string{"app::main", "regex::a", "regex::b", "regex::c", "app::make"}, "app::main regex::a regex::b regex::c app::make"},
	} {
		if got := steps(c.stack...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestFunctionsThatCallThemselvesAreShownOnce(t *testing.T) {
	for _, c := range []struct{ stack, want string }{
		{"m a b a b a b s", "app::m app::a app::b …4[]again app::s"},
		{"m a b a c a b d a b c s", "app::m app::a app::b app::a app::c app::a app::b app::d …3[]again app::s"},
		{"m s s s s s s", "app::m app::s …4[]again app::s"},
		{"m a b a s", "app::m app::a app::b app::a app::s"},
	} {
		var stack []string
		for f := range strings.FieldsSeq(c.stack) {
			stack = append(stack, "app::"+f)
		}
		if got := steps(stack...); got != c.want {
			t.Errorf("%s: %s, want %s", c.stack, got, c.want)
		}
	}
	// What calls the program back again and again is part of the run.
	sort := []string{"app::sort", "rayon::join", "rayon::call", "rayon_core::run", "app::half"}
	if got, want := steps(append(slices.Repeat(sort, 5), "app::make")...), "app::sort …3[rayon rayon_core] app::half …20[rayon rayon_core]again app::make"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
