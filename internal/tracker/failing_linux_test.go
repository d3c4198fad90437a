//go:build linux && (amd64 || arm64)

package tracker

import "testing"

func TestAFunctionIsNamedAsItIsShownOrByTheEndOfThat(t *testing.T) {
	for function, names := range map[string][]string{
		"main":                            {"main"},
		"app::parser::parse(int)":         {"app::parser::parse(int)", "app::parser::parse", "parser::parse", "parse", "parse(int)"},
		"bool app::load<long>(long)":      {"bool app::load<long>(long)", "app::load<long>", "app::load", "load", "load<long>"},
		"app::Cache<int>::get(int) const": {"app::Cache<int>::get", "Cache<int>::get(int) const", "get"},
		"<app::Cache as app::Get>::clear": {"<app::Cache as app::Get>::clear", "clear"},
		"app::main::{{closure}}":          {"app::main::{{closure}}", "main::{{closure}}"},
		"operator new(unsigned long)":     {"operator new", "operator new(unsigned long)"},
		"alloc::vec::Vec<T,A>::push":      {"push", "Vec<T,A>::push"},
		"core::ops::function::FnOnce<()>": {"FnOnce", "FnOnce<()>"},
	} {
		for _, name := range names {
			if !isNamed(function, name) {
				t.Errorf("%s is not %s", function, name)
			}
		}
		for _, name := range []string{"pars", "arse", "in", "lear", "ewer", "ush", "oad", "", "Cache", "Vec", "app", "long"} {
			if isNamed(function, name) {
				t.Errorf("%s is %s", function, name)
			}
		}
	}
}
