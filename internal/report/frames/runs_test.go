package frames

import (
	"fmt"
	"testing"
)

func TestRunsOfMachineryAreToldFromWhatIsShown(t *testing.T) {
	at := func(pkg, function string) string {
		return fmt.Sprintf("0x1: %s (%s%s/src/lib.rs:1)", function, registry, pkg)
	}
	own := func(function string) string { return "0x2: " + function + " (/home/me/app/src/main.rs:2)" }
	const call = "0x3: core::ops::function::FnOnce::call_once (/rustc/1/library/core/src/ops/function.rs:250)"
	hyper, tokio, parse, seq := at("hyper-1.0.0", "hyper::poll"), at("tokio-1.0.0", "tokio::run"), at("jaq-json-1.0.0", "jaq_json::parse"), at("hifijson-1.0.0", "hifijson::seq")
	for name, c := range map[string]struct {
		stack []string
		want  string
	}{
		"an executor":               {[]string{growth, own("app::login"), hyper, call, hyper, tokio, own("app::main"), begins, symMain}, "[{2 6 [hyper tokio]}]"},
		"the executor's own memory": {[]string{growth, hyper, tokio, tokio, tokio, own("app::main"), begins, symMain}, "[{2 5 [tokio]}]"},
		"a thread":                  {[]string{growth, own("app::work"), tokio, call, tokio, call, begins, call}, "[{2 5 [tokio]}]"},
		"no more than two":          {[]string{growth, own("app::work"), hyper, tokio, own("app::main"), begins, symMain}, "[]"},
		"Rust's own":                {[]string{growth, own("app::work"), call, call, call, own("app::main"), begins, symMain}, "[{2 5 [std]}]"},
		"the program's own code":    {[]string{growth, own("app::a"), own("app::b"), own("app::a"), own("app::b"), own("app::a"), own("app::main"), begins, symMain}, "[]"},
		"another crate's recursion": {[]string{growth, at("bytes-1.0.0", "text::new"), parse, seq, parse, call, parse, seq, parse, own("app::main"), begins, symMain}, "[{3 8 [hifijson jaq-json]}]"},
		"a call that comes twice":   {[]string{growth, at("bytes-1.0.0", "text::new"), parse, seq, seq, parse, own("app::main"), begins, symMain}, "[]"},
	} {
		p := program(c.stack)
		if got := fmt.Sprint(New(p).Runs(p.Points[0].Frames)); got != c.want {
			t.Errorf("%s: the runs are %s, want %s", name, got, c.want)
		}
	}
}
